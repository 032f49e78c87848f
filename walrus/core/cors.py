# SPDX-License-Identifier: BSD-2-Clause
"""Which scripts of other origins may read a bucket's answers: its CORS rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass

from lxml import etree

from eucalyptus.contracts.s3 import INVALID_REQUEST, MALFORMED_XML
from eucalyptus.wire.documents import DocumentLimits
from walrus.core import markup

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
_MOST_RULES = 100
_LONGEST_ID = 255
_LIMITS = DocumentLimits(size=64 * 1024)
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,1024}")
_TOKEN = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_LISTS = ("AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader")
_SINGLE: Set[str] = frozenset({"ID", "MaxAgeSeconds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Scripts of ``origins`` may use ``methods`` with ``headers`` and see those in ``exposed``.

    Origins and headers may have one ``*`` each. A browser remembers it for ``seconds``.
    """

    id: str = ""
    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A script's request: where it comes from, its method, the headers it wants to send."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()


# --- documents -----------------------------------------------------------------------------------


def read(document: bytes) -> tuple[Rule, ...]:
    """The rules of a CORSConfiguration; raises MALFORMED_XML or INVALID_REQUEST."""
    root = markup.read(document, "CORSConfiguration", _LIMITS)
    rules = tuple(_rule(found) for found in root)
    if not 0 < len(rules) <= _MOST_RULES:
        raise MALFORMED_XML(reason=f"it has one to {_MOST_RULES} rules")
    return rules


def _rule(found: etree._Element) -> Rule:
    if markup.local(found) != "CORSRule":
        raise MALFORMED_XML(reason=f"CORSRule is expected, not {markup.local(found)[:40]}")
    said: dict[str, list[str]] = {name: [] for name in (*_LISTS, *_SINGLE)}
    for child in found:
        name = markup.local(child)
        if name not in said or (name in _SINGLE and said[name]):
            raise MALFORMED_XML(reason=f"{name[:40]} is not expected in a CORSRule")
        said[name].append(markup.content(child))
    if not said["AllowedOrigin"] or not said["AllowedMethod"]:
        raise MALFORMED_XML(reason="a CORSRule has AllowedOrigin and AllowedMethod")
    return Rule(
        id=_id(said["ID"]),
        origins=_patterns(said["AllowedOrigin"], "AllowedOrigin", _PRINTABLE),
        methods=_methods(said["AllowedMethod"]),
        headers=_patterns(said["AllowedHeader"], "AllowedHeader", _TOKEN),
        exposed=_exposed(said["ExposeHeader"]),
        seconds=_seconds(said["MaxAgeSeconds"]),
    )


def _id(said: Sequence[str]) -> str:
    found = "".join(said)
    if len(found) > _LONGEST_ID or not found.isprintable():
        raise INVALID_REQUEST(reason=f"the ID of a rule has up to {_LONGEST_ID} plain characters")
    return found


def _patterns(said: Iterable[str], name: str, allowed: re.Pattern[str]) -> tuple[str, ...]:
    for pattern in said:
        if not allowed.fullmatch(pattern):
            raise INVALID_REQUEST(reason=f"{name} {pattern[:80]!r} cannot be matched by any")
        if pattern.count("*") > 1:
            raise INVALID_REQUEST(reason=f"{name} {pattern[:80]!r} has more than one wildcard")
    return tuple(said)


def _methods(said: Iterable[str]) -> tuple[str, ...]:
    for method in said:
        if method not in METHODS:
            raise INVALID_REQUEST(reason=f"AllowedMethod {method[:80]!r} is none that is supported")
    return tuple(said)


def _exposed(said: Iterable[str]) -> tuple[str, ...]:
    for name in said:
        if not _TOKEN.fullmatch(name) or "*" in name:
            raise INVALID_REQUEST(reason=f"ExposeHeader {name[:80]!r} is no header's name")
    return tuple(said)


def _seconds(said: Sequence[str]) -> int | None:
    if not said:
        return None
    if not _SECONDS.fullmatch(said[0]):
        raise MALFORMED_XML(reason="MaxAgeSeconds is a number")
    return int(said[0])


def document(rules: Iterable[Rule]) -> bytes:
    """CORSConfiguration."""
    return markup.root("CORSConfiguration", (_told(rule) for rule in rules))


def _told(rule: Rule) -> str:
    lists = zip(_LISTS, (rule.origins, rule.methods, rule.headers, rule.exposed), strict=True)
    inside = markup.element("ID", rule.id) if rule.id else ""
    inside += "".join(markup.element(name, one) for name, values in lists for one in values)
    if rule.seconds is not None:
        inside += markup.element("MaxAgeSeconds", rule.seconds)
    return f"<CORSRule>{inside}</CORSRule>"


def kept(rules: Iterable[Rule]) -> str:
    """The rules as text for the database."""
    return json.dumps([asdict(rule) for rule in rules])


def of_kept(text: str) -> tuple[Rule, ...]:
    """The rules again."""
    return tuple(_of_kept(**one) for one in json.loads(text))


def _of_kept(id: str, seconds: int | None, **lists: list[str]) -> Rule:
    return Rule(id=id, seconds=seconds, **{name: tuple(value) for name, value in lists.items()})


# --- requests ------------------------------------------------------------------------------------


def crossing(method: str, headers: Mapping[str, str]) -> Crossing | None:
    """What a request says of the script that sends it, None if it says nothing.

    ``headers`` have lower-case names. A preflight names the method and headers to come.
    """
    origin = headers.get("origin", "").strip()
    if not origin:
        return None
    wanted = headers.get("access-control-request-headers", "").split(",")
    return Crossing(
        origin=origin,
        method=headers.get("access-control-request-method", method).strip(),
        headers=tuple(name.strip().lower() for name in wanted if name.strip()),
    )


def allowed(rules: Iterable[Rule], asked: Crossing) -> dict[str, str] | None:
    """The headers by which a browser lets the script go on, None if no rule allows it."""
    for rule in rules:
        pattern = _matching(rule.origins, asked.origin)
        if pattern is None or asked.method not in rule.methods:
            continue
        if all(_matching(rule.headers, name, fold=True) is not None for name in asked.headers):
            return _headers(rule, pattern, asked)
    return None


def _matching(patterns: Iterable[str], text: str, fold: bool = False) -> str | None:
    """The first pattern that ``text`` is one of; ``fold`` makes capitals no difference."""
    for pattern in patterns:
        head, star, tail = (pattern.lower() if fold else pattern).partition("*")
        if text == head if not star else len(text) >= len(head + tail) and (
            text.startswith(head) and text.endswith(tail)
        ):  # fmt: skip
            return pattern
    return None


def _headers(rule: Rule, pattern: str, asked: Crossing) -> dict[str, str]:
    anybody = pattern == "*"
    # Who may come from anywhere comes without cookies: an origin is named when a rule means it.
    told = {
        "access-control-allow-origin": "*" if anybody else asked.origin,
        "access-control-allow-methods": ", ".join(rule.methods),
        "vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    if not anybody:
        told["access-control-allow-credentials"] = "true"
    if asked.headers:
        told["access-control-allow-headers"] = ", ".join(asked.headers)
    if rule.exposed:
        told["access-control-expose-headers"] = ", ".join(rule.exposed)
    if rule.seconds is not None:
        told["access-control-max-age"] = str(rule.seconds)
    return told
