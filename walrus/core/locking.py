# SPDX-License-Identifier: BSD-2-Clause
"""Object lock: what keeps a version from being deleted, and who may shorten that.

A retention in GOVERNANCE mode yields to whoever may bypass it; one in COMPLIANCE mode to nobody
before its time is over; a legal hold to nobody before it is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from eucalyptus.contracts.s3 import (
    ACCESS_DENIED,
    INVALID_ARGUMENT,
    INVALID_REQUEST,
    INVALID_RETENTION,
    MALFORMED_XML,
)
from walrus.core import markup
from walrus.core.documents import moment
from walrus.core.markup import content, element, parts
from walrus.core.records import Bucket, DefaultRetention, Lock

GOVERNANCE, COMPLIANCE = "GOVERNANCE", "COMPLIANCE"
_MODES = (GOVERNANCE, COMPLIANCE)
MODE, UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
HOLD, BYPASS = "x-amz-object-lock-legal-hold", "x-amz-bypass-governance-retention"
_LONGEST = {"Days": 36500, "Years": 100}


# --- what holds ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a lock is tried, and whether by somebody who may bypass governance and says so."""

    now: datetime
    bypass: bool = False

    def retained(self, lock: Lock) -> bool:
        """Whether the retention of a lock holds."""
        if lock.until is None or lock.until <= self.now:
            return False
        return lock.mode == COMPLIANCE or not self.bypass

    def check_deletion(self, lock: Lock) -> None:
        """Raise ACCESS_DENIED while a version may not be deleted."""
        if lock.hold:
            raise ACCESS_DENIED(reason="The version is under a legal hold. Take it off first.")
        if self.retained(lock):
            raise ACCESS_DENIED(reason=f"The version is retained ({lock.mode}) until {lock.until}.")

    def retain(self, old: Lock, new: Lock) -> Lock:
        """``old`` with the retention of ``new``; raises ACCESS_DENIED where that is less."""
        longer = new.until is not None and old.until is not None and new.until >= old.until
        if self.retained(old) and not (longer and new.mode == old.mode):
            raise ACCESS_DENIED(
                reason=f"The version is retained ({old.mode}) until {old.until}. "
                "That can be made longer, but neither shorter nor weaker."
            )
        return replace(old, mode=new.mode, until=new.until)


Change = Callable[[Lock], Lock]
"""What becomes of a version's lock; may raise."""


# --- of requests ---------------------------------------------------------------------------------


def of_headers(headers: Mapping[str, str], bucket: Bucket, now: datetime) -> Lock:
    """The lock of a new object: what its request says, else what its bucket says.

    Raises INVALID_REQUEST for a bucket without object lock, and INVALID_ARGUMENT.
    """
    mode, until, hold = (headers.get(name) for name in (MODE, UNTIL, HOLD))
    if mode is None and until is None and hold is None:
        return _by_default(bucket, now)
    check_enabled(bucket)
    if hold not in (None, "ON", "OFF"):
        raise INVALID_ARGUMENT(name=HOLD, value=hold[:80], wanted="ON or OFF")
    lock = _by_default(bucket, now)
    if mode is not None or until is not None:
        if mode not in _MODES:
            raise INVALID_ARGUMENT(name=MODE, value=(mode or "")[:80], wanted=" or ".join(_MODES))
        lock = Lock(mode=mode, until=_future(UNTIL, until or "", now))
    return replace(lock, hold=hold == "ON")


def rights(headers: Mapping[str, str]) -> Iterator[str]:
    """The IAM actions that a request takes, beside its own, by locking what it puts."""
    if MODE in headers or UNTIL in headers:
        yield "s3:PutObjectRetention"
    if HOLD in headers:
        yield "s3:PutObjectLegalHold"


def check_enabled(bucket: Bucket) -> None:
    """Raise INVALID_REQUEST unless objects of the bucket can be locked."""
    if not bucket.lock_enabled:
        raise INVALID_REQUEST(reason="Bucket is missing Object Lock Configuration.")


def _by_default(bucket: Bucket, now: datetime) -> Lock:
    rule = bucket.default_retention
    if not bucket.lock_enabled or rule is None:
        return Lock()
    return Lock(mode=rule.mode, until=now + timedelta(days=rule.days or 365 * rule.years))


def _future(name: str, text: str, now: datetime) -> datetime:
    until = _date(text)
    if until is None:
        raise INVALID_ARGUMENT(name=name, value=text[:80], wanted="a date by ISO 8601")
    if until <= now:
        raise INVALID_ARGUMENT(name=name, value=text[:80], wanted="in the future")
    return until


def _date(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown_headers(lock: Lock) -> dict[str, str]:
    """What GET and HEAD tell of a lock."""
    headers = {HOLD: "ON"} if lock.hold else {}
    if lock.until is not None:
        headers |= {MODE: lock.mode, UNTIL: moment(lock.until.astimezone(UTC))}
    return headers


# --- documents -----------------------------------------------------------------------------------


def retention(document: bytes, now: datetime) -> Lock:
    """A Retention as a lock without a hold; an empty one takes the retention off.

    Raises MALFORMED_XML or INVALID_ARGUMENT.
    """
    root = markup.read(document, "Retention")
    if not len(root):
        return Lock()
    found = parts(root, {"Mode", "RetainUntilDate"})
    mode, until = content(found["Mode"]), content(found["RetainUntilDate"])
    if mode not in _MODES or _date(until) is None:
        raise MALFORMED_XML(reason="a retention has a mode and a date by ISO 8601")
    return Lock(mode=mode, until=_future("RetainUntilDate", until, now))


def shown_retention(lock: Lock) -> bytes:
    """Retention."""
    assert lock.until is not None  # the operation refuses else
    inside = (element("Mode", lock.mode), element("RetainUntilDate", moment(lock.until)))
    return markup.root("Retention", inside)


def legal_hold(document: bytes) -> bool:
    """Whether a LegalHold document says ON; raises MALFORMED_XML."""
    status = content(parts(markup.read(document, "LegalHold"), {"Status"})["Status"])
    if status not in ("ON", "OFF"):
        raise MALFORMED_XML(reason="Status is ON or OFF")
    return status == "ON"


def shown_hold(lock: Lock) -> bytes:
    """LegalHold."""
    return markup.root("LegalHold", [element("Status", "ON" if lock.hold else "OFF")])


def configuration(document: bytes) -> DefaultRetention | None:
    """The rule in an ObjectLockConfiguration; raises MALFORMED_XML or INVALID_RETENTION."""
    found = parts(
        markup.read(document, "ObjectLockConfiguration"), frozenset(), {"ObjectLockEnabled", "Rule"}
    )
    if "ObjectLockEnabled" not in found or content(found["ObjectLockEnabled"]) != "Enabled":
        raise MALFORMED_XML(reason="ObjectLockEnabled is Enabled")
    return _rule(found["Rule"]) if "Rule" in found else None


def _rule(found: markup.Element) -> DefaultRetention:
    rule = parts(parts(found, {"DefaultRetention"})["DefaultRetention"], {"Mode"}, _LONGEST.keys())
    mode, periods = content(rule["Mode"]), sorted(_LONGEST.keys() & rule.keys())
    if mode not in _MODES or len(periods) != 1:
        raise MALFORMED_XML(reason="a default retention has a mode, and either days or years")
    [unit] = periods
    text = content(rule[unit])
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise MALFORMED_XML(reason=f"{unit} is no number")
    if not 1 <= int(text) <= _LONGEST[unit]:
        raise INVALID_RETENTION(unit=unit, most=_LONGEST[unit])
    return DefaultRetention(mode=mode, **{unit.lower(): int(text)})


def shown_configuration(rule: DefaultRetention | None) -> bytes:
    """ObjectLockConfiguration of a bucket whose objects can be locked."""
    inside = [element("ObjectLockEnabled", "Enabled")]
    if rule is not None:
        period = element("Days", rule.days) if rule.days else element("Years", rule.years)
        default = element("Mode", rule.mode) + period
        inside.append(f"<Rule><DefaultRetention>{default}</DefaultRetention></Rule>")
    return markup.root("ObjectLockConfiguration", inside)
