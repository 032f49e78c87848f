# SPDX-License-Identifier: BSD-2-Clause
"""The bridge and its addresses, through ``ip`` and /proc/sys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from eucalyptus.command import Finished, run
from eucanetd.core.plan import Link

Run = Callable[..., Awaitable[Finished]]


class Links(Protocol):
    """Brings a bridge into its wanted shape."""

    async def settle(self, link: Link) -> list[str]:
        """Make it so; gives a sentence for everything that was not. Raises CommandFailed."""
        ...

    async def addresses(self) -> frozenset[str]:
        """The IPv4 addresses of this host."""
        ...


def bridge_mac(name: str) -> str:
    """A fixed, locally administered MAC: a bridge without one changes it with its first port."""
    digest = hashlib.sha256(name.encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


class IpLinks:
    """Links by iproute2. ``ours`` is where the addresses that we added are written down."""

    def __init__(self, ours: Path, run_program: Run = run, sys: Path = Path("/proc/sys")) -> None:
        self._ours, self._run, self._sys = ours, run_program, sys

    async def addresses(self) -> frozenset[str]:
        """Every interface's addresses."""
        return frozenset(
            each["local"]
            for link in await self._ask("-4", "addr", "show")
            for each in link.get("addr_info", ())
            if "local" in each
        )

    async def settle(self, link: Link) -> list[str]:
        """Bridge and its ports, then switches, addresses, routes."""
        mended = await self._bridge(link)
        mended += self._switches(link.switches)
        mended += await self._addresses(link)
        mended += await self._routes(link)
        return mended

    async def _ask(self, *words: str) -> list[dict[str, Any]]:
        finished = await self._run(["ip", "-j", *words])
        found: list[dict[str, Any]] = json.loads(finished.out or b"[]")
        return found

    async def _bridge(self, link: Link) -> list[str]:
        links = {each["ifname"]: each for each in await self._ask("link", "show")}
        name, mended = link.bridge, []
        if name not in links:
            await self._run(
                ["ip", "link", "add", "name", name, "address", bridge_mac(name),
                 "type", "bridge", "forward_delay", "0", "stp_state", "0"]
            )  # fmt: skip
            mended.append(f"bridge {name} was missing")
        if "UP" not in links.get(name, {}).get("flags", ()):
            await self._run(["ip", "link", "set", name, "up"])
            mended.append(f"bridge {name} was down")
        for port in link.ports:
            if port in links and links[port].get("master") != name:
                await self._run(["ip", "link", "set", port, "master", name, "up"])
                mended.append(f"{port} was not on {name}")
        return mended

    def _switches(self, switches: Mapping[str, str]) -> list[str]:
        mended = []
        for name, value in switches.items():
            file = self._sys / name
            # IPv6 may be left out of the kernel; then there is nothing to switch off.
            if file.exists() and file.read_text().strip() != value:
                file.write_text(value)
                mended.append(f"{name} was not {value}")
        return mended

    async def _addresses(self, link: Link) -> list[str]:
        shown = await self._ask("-4", "addr", "show", "dev", link.bridge)
        infos = [each for found in shown for each in found.get("addr_info", ())]
        has = {f"{each['local']}/{each['prefixlen']}" for each in infos}
        mended, wanted = [], set(link.addresses)
        for address in sorted((self._remembered() - wanted) & has):
            await self._run(["ip", "addr", "del", address, "dev", link.bridge])
            mended.append(f"{link.bridge} still had {address}")
        for address in link.addresses:
            if address not in has:
                await self._run(["ip", "addr", "add", address, "dev", link.bridge])
                mended.append(f"{link.bridge} had no {address}")
        self._remember(wanted)
        return mended

    async def _routes(self, link: Link) -> list[str]:
        if not link.routes:
            return []
        shown = await self._ask("-4", "route", "show", "dev", link.bridge)
        has, mended = {each["dst"] for each in shown}, []
        for route in link.routes:
            if route not in has:
                await self._run(["ip", "route", "replace", route, "dev", link.bridge])
                mended.append(f"no route to {route}")
        return mended

    def _remembered(self) -> set[str]:
        try:
            return set(json.loads(self._ours.read_text()))
        except (OSError, ValueError, TypeError):
            return set()

    def _remember(self, addresses: set[str]) -> None:
        if self._remembered() != addresses:
            self._ours.write_text(json.dumps(sorted(addresses)))


class FakeLinks:
    """Remembers the link it was last given."""

    def __init__(self, addresses: frozenset[str] = frozenset({"127.0.0.1"})) -> None:
        self.link: Link | None = None
        self.own = addresses
        self.fails: Exception | None = None

    async def settle(self, link: Link) -> list[str]:
        """A sentence when it changed."""
        if self.fails is not None:
            raise self.fails
        changed, self.link = self.link != link, link
        return [f"{link.bridge} changed"] if changed else []

    async def addresses(self) -> frozenset[str]:
        """What it was made with."""
        return self.own
