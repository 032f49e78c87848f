# SPDX-License-Identifier: BSD-2-Clause
"""LifecycleConfiguration, in and out. What is kept is what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from eucalyptus.contracts.s3 import (
    INVALID_ARGUMENT,
    INVALID_REQUEST,
    INVALID_STORAGE_CLASS,
    MALFORMED_XML,
)
from walrus.core import markup
from walrus.core.documents import moment
from walrus.core.lifecycle import Chosen, Rule
from walrus.core.markup import Element, content, element, flag, local, parts

_MOST_RULES, _LONGEST_ID, _MOST_NEWER = 1000, 255, 100
_ACTIONS = {
    "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transition",
    "NoncurrentVersionTransition",
}  # fmt: skip


# --- in ------------------------------------------------------------------------------------------


def rules(document: bytes) -> tuple[Rule, ...]:
    """The rules of a document.

    Raises MALFORMED_XML, INVALID_ARGUMENT, INVALID_REQUEST, or INVALID_STORAGE_CLASS for a
    transition, since there is one class only.
    """
    found = list(markup.read(document, "LifecycleConfiguration"))
    if not 1 <= len(found) <= _MOST_RULES:
        raise MALFORMED_XML(reason=f"it has 1 to {_MOST_RULES} rules")
    read: list[Rule] = []
    for number, child in enumerate(found, 1):
        if local(child) != "Rule":
            raise MALFORMED_XML(reason=f"{local(child)[:40]} stands where a Rule is expected")
        read.append(_rule(child, f"rule-{number}"))
    ids = [rule.id for rule in read]
    if twins := {one for one in ids if ids.count(one) > 1}:
        raise INVALID_ARGUMENT(name="ID", value=min(twins), wanted="that of one rule only")
    return tuple(read)


@lru_cache(maxsize=256)
def kept_rules(document: str) -> tuple[Rule, ...]:
    """The rules of a document that was shown; remembered, since every read of an object asks."""
    return rules(document.encode())


def _rule(found: Element, nameless: str) -> Rule:
    for child in found:
        if local(child) in ("Transition", "NoncurrentVersionTransition"):
            raise INVALID_STORAGE_CLASS(value="of a transition")
    given = parts(found, {"Status"}, {"ID", "Prefix", "Filter"} | _ACTIONS)
    status = content(given["Status"])
    if status not in ("Enabled", "Disabled"):
        raise MALFORMED_XML(reason="Status is Enabled or Disabled")
    if ("Prefix" in given) == ("Filter" in given):
        raise MALFORMED_XML(reason="a rule has either a Filter or a Prefix")
    if not _ACTIONS & given.keys():
        raise INVALID_REQUEST(reason="A rule must say at least one thing to do.")
    alone = "Prefix" in given
    chosen = Chosen(prefix=_whole(given["Prefix"])) if alone else _chosen(given["Filter"])
    rule = Rule(
        id=_id(given["ID"], nameless) if "ID" in given else nameless,
        enabled=status == "Enabled",
        chosen=chosen,
        prefix_alone=alone,
        upload_days=_upload_days(given.get("AbortIncompleteMultipartUpload")),
    )
    rule = _expiring(rule, given.get("Expiration"))
    rule = _forgetting(rule, given.get("NoncurrentVersionExpiration"))
    if (rule.lone_markers or rule.upload_days) and chosen != Chosen(prefix=chosen.prefix):
        raise INVALID_REQUEST(
            reason="Delete markers and uploads have neither tags nor a size to be chosen by."
        )
    return rule


def _id(found: Element, nameless: str) -> str:
    name = content(found)
    if len(name) > _LONGEST_ID:
        raise INVALID_ARGUMENT(
            name="ID", value=name[:80], wanted=f"of at most {_LONGEST_ID} characters"
        )
    return name or nameless


def _whole(found: Element) -> str:
    """The text of an element with its blanks, which belong to a key."""
    content(found)
    return found.text or ""


def _chosen(found: Element) -> Chosen:
    """What a Filter says; an And inside it says more of the same."""
    prefix, tags = "", {}
    sizes: dict[str, int] = {}
    together = [inner for child in found if local(child) == "And" for inner in child]
    for child in [*found, *together]:
        name = local(child)
        if name == "Prefix":
            prefix = max(prefix, _whole(child), key=len)
        elif name == "Tag":
            tag = parts(child, {"Key", "Value"})
            tags[_whole(tag["Key"])] = _whole(tag["Value"])
        elif name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
            sizes[name] = _number(child, least=0)
        elif name != "And":
            raise MALFORMED_XML(reason=f"{name[:40]} is not expected in a filter")
    return Chosen(
        prefix=prefix,
        tags=tags,
        larger=sizes.get("ObjectSizeGreaterThan"),
        smaller=sizes.get("ObjectSizeLessThan"),
    )


def _expiring(rule: Rule, found: Element | None) -> Rule:
    if found is None:
        return rule
    given = parts(found, frozenset(), {"Days", "Date", "ExpiredObjectDeleteMarker"})
    if len(given) != 1:
        raise MALFORMED_XML(reason="an Expiration says one of Days, Date and delete markers")
    if "Days" in given:
        return replace(rule, days=_number(given["Days"]))
    if "Date" in given:
        return replace(rule, date=_date(content(given["Date"])))
    marked = content(given["ExpiredObjectDeleteMarker"]).lower() == "true"
    return replace(rule, lone_markers=marked)


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise MALFORMED_XML(reason="a Date is written by ISO 8601") from wrong
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found != found.replace(hour=0, minute=0, second=0, microsecond=0):
        raise INVALID_ARGUMENT(name="Date", value=text[:80], wanted="midnight UTC")
    return found


def _forgetting(rule: Rule, found: Element | None) -> Rule:
    if found is None:
        return rule
    given = parts(found, {"NoncurrentDays"}, {"NewerNoncurrentVersions"})
    newer = given.get("NewerNoncurrentVersions")
    return replace(
        rule,
        noncurrent_days=_number(given["NoncurrentDays"]),
        newer_noncurrent=0 if newer is None else _number(newer, most=_MOST_NEWER),
    )


def _upload_days(found: Element | None) -> int:
    name = "DaysAfterInitiation"
    return 0 if found is None else _number(parts(found, {name})[name])


def _number(found: Element, *, least: int = 1, most: int = 2**40) -> int:
    text = content(found)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise MALFORMED_XML(reason=f"{local(found)} is no whole number")
    if local(found).endswith("Days") or local(found) == "DaysAfterInitiation":
        most = 2**31 - 1
    if not least <= int(text) <= most:
        raise INVALID_ARGUMENT(
            name=local(found), value=text[:80], wanted=f"a number from {least} to {most}"
        )
    return int(text)


# --- out -----------------------------------------------------------------------------------------


def shown(rules: Iterable[Rule]) -> bytes:
    """LifecycleConfiguration."""
    return markup.root("LifecycleConfiguration", (_shown_rule(rule) for rule in rules))


def _shown_rule(rule: Rule) -> str:
    inside = element("ID", rule.id)
    inside += element("Prefix", rule.chosen.prefix) if rule.prefix_alone else _filter(rule.chosen)
    inside += element("Status", "Enabled" if rule.enabled else "Disabled")
    expiration = element("Days", rule.days) if rule.days else ""
    expiration += element("Date", moment(rule.date)) if rule.date else ""
    expiration += element("ExpiredObjectDeleteMarker", flag(True)) if rule.lone_markers else ""
    inside += _around("Expiration", [expiration])
    if rule.noncurrent_days:
        newer = rule.newer_noncurrent
        kept = element("NewerNoncurrentVersions", newer) if newer else ""
        days = element("NoncurrentDays", rule.noncurrent_days)
        inside += _around("NoncurrentVersionExpiration", [days, kept])
    if rule.upload_days:
        days = element("DaysAfterInitiation", rule.upload_days)
        inside += _around("AbortIncompleteMultipartUpload", [days])
    return f"<Rule>{inside}</Rule>"


def _around(name: str, inside: Sequence[str]) -> str:
    return f"<{name}>{''.join(inside)}</{name}>" if any(inside) else ""


def _filter(chosen: Chosen) -> str:
    """Filter; several conditions stand together in an And."""
    said = [element("Prefix", chosen.prefix)] if chosen.prefix else []
    said += [
        f"<Tag>{element('Key', key)}{element('Value', value)}</Tag>"
        for key, value in sorted(chosen.tags.items())
    ]
    if chosen.larger is not None:
        said.append(element("ObjectSizeGreaterThan", chosen.larger))
    if chosen.smaller is not None:
        said.append(element("ObjectSizeLessThan", chosen.smaller))
    if not said:
        return f"<Filter>{element('Prefix', '')}</Filter>"
    together = "".join(said)
    return f"<Filter>{together if len(said) == 1 else f'<And>{together}</And>'}</Filter>"
