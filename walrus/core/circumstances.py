# SPDX-License-Identifier: BSD-2-Clause
"""What policies may ask of a request: the condition keys of AWS and S3, with their values.

A key that the request says nothing of is absent. Nothing here comes from a header that a proxy
could have set: the source is the address of the peer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

from eucalyptus.access.principals import Principal
from walrus.core import tagging
from walrus.core.asking import Asked

Values = dict[str, tuple[str, ...]]

_LISTING = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}
_LOCK = "x-amz-object-lock-"
_NOT_SHOWN = ("x-amz-meta-", "x-amz-date", "x-amz-security-token")
_COPY = "x-amz-copy-source"
_TAG, _NEW_TAG = "s3:existingobjecttag/", "s3:requestobjecttag/"
_NEW_TAGS = "s3:requestobjecttagkeys"
_KNOWN = frozenset(
    {"aws:" + name for name in (
        "currenttime", "epochtime", "principalaccount", "principalarn", "principalisawsservice",
        "principaltype", "referer", "securetransport", "sourceaccount", "sourcearn", "sourceip",
        "useragent", "userid", "username",
        # Of organizations, private networks and second factors, which there are not:
        "multifactorauthage", "multifactorauthpresent", "principalorgid", "principalorgpaths",
        "principalservicename", "requestedregion", "resourceaccount", "resourceorgid",
        "sourceowner", "sourcevpc", "sourcevpce", "tokenissuetime", "viaawsservice",
        "vpcsourceip",
    )}
    | {"s3:" + name for name in (
        "authtype", "delimiter", "locationconstraint", "max-keys", "prefix", "resourceaccount",
        "signatureage", "signatureversion", "tlsversion", "versionid",
        "object-lock-remaining-retention-days",
    )}
    | {_NEW_TAGS}
)  # fmt: skip
_KNOWN_STARTS = (_TAG, _NEW_TAG, "s3:x-amz-", "s3:object-lock-", "aws:principaltag/",
                 "aws:requesttag/", "aws:resourcetag/")  # fmt: skip


def values(asked: Asked) -> Values:
    """The condition keys, in lower case."""
    found: Values = {"aws:principalisawsservice": ("false",)}
    found |= {key: (text,) for key, text in _single(asked) if text is not None}
    tags = _new_tags(asked)
    found |= _tagged(_NEW_TAG, tags)
    if tags:
        found[_NEW_TAGS] = tuple(tags)
    if asked.stored is not None:
        found |= _tagged(_TAG, asked.stored.tags)
    return found


def _tagged(key: str, tags: Mapping[str, str]) -> Values:
    """The keys of tags. Names that differ in case only are one key with several values."""
    found: Values = {}
    for name, text in tags.items():
        found[key + name.lower()] = (*found.get(key + name.lower(), ()), text)
    return found


def is_known(key: str) -> bool:
    """Whether there is such a condition key, in any case; some are never there in this cloud."""
    lower = key.lower()
    return lower in _KNOWN or lower.startswith(_KNOWN_STARTS)


def _single(asked: Asked) -> Iterator[tuple[str, str | None]]:
    yield from _of_caller(asked.who)
    yield from _of_arrival(asked)
    yield from _of_signature(asked)
    yield from _of_headers(asked)
    for parameter, key in _LISTING.items():
        yield key, asked.query.get(parameter)
    yield "s3:versionid", asked.version


def _of_caller(who: Principal | None) -> Iterator[tuple[str, str | None]]:
    if who is None:
        yield "aws:principaltype", "Anonymous"
        return
    yield "aws:principaltype", "Account" if who.is_account_admin else "User"
    yield "aws:principalaccount", who.account_id
    yield "aws:principalarn", who.arn
    yield "aws:userid", who.user_id
    yield "aws:username", who.user_name


def _of_arrival(asked: Asked) -> Iterator[tuple[str, str | None]]:
    arrival = asked.arrival
    yield "aws:sourceip", arrival.source.removeprefix("::ffff:") or None
    yield "aws:securetransport", "true" if arrival.secure else "false"
    yield "aws:useragent", asked.headers.get("user-agent")
    yield "aws:referer", asked.headers.get("referer")
    if arrival.at is not None:
        yield "aws:currenttime", arrival.at.isoformat()
        yield "aws:epochtime", str(int(arrival.at.timestamp()))


def _of_signature(asked: Asked) -> Iterator[tuple[str, str | None]]:
    arrival = asked.arrival
    form = "POST" if asked.action.takes_form and asked.who is not None else None
    yield "s3:authtype", arrival.signed_in or form
    yield "s3:signatureversion", arrival.signature or None
    yield "s3:signatureage", _age(arrival.dated, arrival.at)


def _age(signed: str, now: datetime | None) -> str | None:
    """The milliseconds since a request was signed."""
    try:
        when = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return None if now is None else str(max(0, int((now - when).total_seconds() * 1000)))


def _of_headers(asked: Asked) -> Iterator[tuple[str, str | None]]:
    for name, text in asked.headers.items():
        if not name.startswith("x-amz-") or name.startswith(_NOT_SHOWN):
            continue
        if name == _COPY:
            text = unquote(text).lstrip("/").partition("?")[0]
        yield f"s3:{name}", text
        if name.startswith(_LOCK):
            yield f"s3:{name.removeprefix('x-amz-')}", text


def _new_tags(asked: Asked) -> dict[str, str]:
    """The tags that an object gets; those in a document only when it was read."""
    if asked.tags is not None:
        return dict(asked.tags)
    return tagging.of_headers(asked.headers)
