# SPDX-License-Identifier: BSD-2-Clause
"""Security groups: names, rules in one canonical form, and what a request for rules means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from eucalyptus.contracts.ec2.groups import IpPermission, IpRangeItem, UserIdGroupPair
from eucalyptus.contracts.refusals import INVALID_PARAMETER, MALFORMED_PERMISSION

DEFAULT_GROUP = "default"
DEFAULT_DESCRIPTION = "default group"
WORLD = "0.0.0.0/0"
PROTOCOLS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp", "icmp": "icmp", "1": "icmp"}
ALL_PROTOCOLS = ("tcp", "udp", "icmp")
RULES_PER_GROUP = 100


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rule:
    """One ingress rule. ``first``..``last`` are ports, or ICMP type and code (-1: any).

    Either ``cidr`` says from where, or ``source_account`` and ``source_group`` (an id).
    """

    protocol: str
    first: int
    last: int
    cidr: str = ""
    source_account: str = ""
    source_group: str = ""

    def __str__(self) -> str:
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {ports} from {self.cidr or self.source_group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A security group with its rules in the order they were made."""

    group_id: str
    account_id: str
    name: str
    description: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source group as a caller names it: any of the three may be ""."""

    account_id: str
    group_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """The form before 2009: one rule in parameters of the request itself."""

    protocol: str | None
    first: int | None
    last: int | None
    cidr: str | None
    source_name: str | None
    source_owner: str | None


Resolve = Callable[[Source], tuple[str, str]]
"""Finds a source group: gives its account and its id, or refuses."""

Meant = Callable[[Rule], bool]
"""Whether a rule for the whole world is meant that stands beside a source group."""


def never_meant(rule: Rule) -> bool:
    """What opening a group takes for granted: euca2ools says 0.0.0.0/0 beside every source."""
    return False


def group_name(text: str) -> str:
    """A group's name: 1-255 printable characters, not shaped like an id."""
    return _words(text, "GroupName")


def description(text: str) -> str:
    """A group's description: 1-255 printable characters."""
    return _words(text, "GroupDescription")


def _words(text: str, what: str) -> str:
    words = text.strip()
    if not words or len(words) > 255 or not words.isprintable():
        raise INVALID_PARAMETER(name=what, value=text[:255], wanted="1-255 printable characters")
    if what == "GroupName" and words.startswith("sg-"):
        raise INVALID_PARAMETER(name=what, value=text, wanted="a name that does not start with sg-")
    return words


def permissions_of(asked: Sequence[IpPermission], flat: Flat) -> tuple[IpPermission, ...]:
    """What a request asks for in one form: its permissions and the flat rule beside them.

    The flat form with a source group and no protocol meant all traffic between the groups.
    """
    if not (flat.protocol or flat.cidr or flat.source_name):
        return tuple(asked)
    groups = (
        (UserIdGroupPair(user_id=flat.source_owner, group_name=flat.source_name),)
        if flat.source_name
        else ()
    )
    ranges = (IpRangeItem(cidr_ip=flat.cidr),) if flat.cidr else ()
    spans: tuple[tuple[str, int | None, int | None], ...]
    if flat.protocol:
        spans = ((flat.protocol, flat.first, flat.last),)
    elif groups:
        spans = (("tcp", 1, 65535), ("udp", 1, 65535), ("icmp", -1, -1))
    else:
        raise MALFORMED_PERMISSION(reason="The rule names no protocol; add IpProtocol.")
    made = (
        IpPermission(ip_protocol=p, from_port=first, to_port=last, groups=groups, ip_ranges=ranges)
        for p, first, last in spans
    )
    return (*asked, *made)


def rules(
    permissions: Iterable[IpPermission], resolve: Resolve, meant: Meant = never_meant
) -> tuple[Rule, ...]:
    """Every rule that ``permissions`` ask for, canonical, without repeats, in their order."""
    found: dict[Rule, None] = {}
    for permission in permissions:
        ranges = {one.cidr_ip for one in permission.ip_ranges}
        by_habit = bool(permission.groups) and ranges == {WORLD}
        for rule in _of_one(permission, resolve):
            if not (by_habit and rule.cidr) or meant(rule):
                found[rule] = None
    if not found:
        raise MALFORMED_PERMISSION(
            reason="The request holds no rule; add IpPermissions with a source."
        )
    return tuple(found)


def _of_one(permission: IpPermission, resolve: Resolve) -> Iterable[Rule]:
    sources = [
        Source(account_id=g.user_id or "", group_id=g.group_id or "", name=g.group_name or "")
        for g in permission.groups
    ]
    cidrs = [_cidr(r.cidr_ip) for r in permission.ip_ranges]
    if not sources and not cidrs:
        raise MALFORMED_PERMISSION(
            reason=f"The rule for {permission.ip_protocol} names neither CidrIp nor a source group."
        )
    for protocol in _protocols(permission.ip_protocol):
        first, last = _span(protocol, permission.from_port, permission.to_port)
        for cidr in cidrs:
            yield Rule(protocol=protocol, first=first, last=last, cidr=cidr)
        for source in sources:
            account, group = resolve(source)
            yield Rule(
                protocol=protocol, first=first, last=last,
                source_account=account, source_group=group,
            )  # fmt: skip


def _protocols(text: str) -> tuple[str, ...]:
    wanted = text.strip().lower()
    if wanted in ("-1", "all"):
        return ALL_PROTOCOLS
    if wanted not in PROTOCOLS:
        raise MALFORMED_PERMISSION(reason=f"Protocol '{text}' is not tcp, udp or icmp.")
    return (PROTOCOLS[wanted],)


def _span(protocol: str, first: int | None, last: int | None) -> tuple[int, int]:
    if protocol == "icmp":
        kind = -1 if first is None else first
        code = -1 if last is None else last
        if not (-1 <= kind <= 255 and -1 <= code <= 255):
            raise MALFORMED_PERMISSION(
                reason=f"ICMP type {kind} and code {code} are not within -1 to 255."
            )
        return kind, -1 if kind == -1 else code
    if first is None and last is None:
        return 0, 65535
    low = first if first is not None else last
    high = last if last is not None else first
    assert low is not None and high is not None
    if (low, high) == (-1, -1):
        return 0, 65535
    if not 0 <= low <= high <= 65535:
        raise MALFORMED_PERMISSION(reason=f"Ports {low} to {high} are no range within 0 to 65535.")
    return low, high


def _cidr(text: str) -> str:
    try:
        return str(IPv4Network(text.strip(), strict=False))
    except (AddressValueError, NetmaskValueError, ValueError) as wrong:
        raise MALFORMED_PERMISSION(
            reason=f"'{text}' is no address range; one looks like 10.0.0.0/8."
        ) from wrong


def permissions(made: Iterable[Rule], names: Callable[[str], str]) -> tuple[IpPermission, ...]:
    """Rules as they are described: one permission per protocol and ports.

    ``names`` gives the name of a group id, or "" when the group is gone.
    """
    spans: dict[tuple[str, int, int], list[Rule]] = {}
    for rule in made:
        spans.setdefault((rule.protocol, rule.first, rule.last), []).append(rule)
    return tuple(
        IpPermission(
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            groups=tuple(
                UserIdGroupPair(
                    user_id=r.source_account,
                    group_id=r.source_group,
                    group_name=names(r.source_group) or None,
                )
                for r in members
                if r.source_group
            ),
            ip_ranges=tuple(IpRangeItem(cidr_ip=r.cidr) for r in members if r.cidr),
        )
        for (protocol, first, last), members in spans.items()
    )
