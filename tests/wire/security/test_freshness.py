# SPDX-License-Identifier: BSD-2-Clause
"""When a message was said, and whether it was said before: rows W-72 to W-80."""

from __future__ import annotations

import asyncio
import base64

import pytest
from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.replay import MemoryReplayStore, ReplayStore
from eucalyptus.wire.security import Rules, open_envelope, verify
from eucalyptus.wire.security.instants import format_instant, parse_instant
from tests.wire.security.forge import (
    FRONT,
    INTERNAL,
    NOW,
    Style,
    letter,
    receive,
    refused,
    signer,
    unsigned,
)
from tests.wire.security.rewriting import REWRITTEN
from tests.wire.security.stamps import GOOD_STAMPS, stamped

FRONT_RULES = Rules.front_door()
DOORS = {"front": (FRONT, FRONT_RULES), "internal": (INTERNAL, Rules.internal())}


async def admit(document: bytes, store: ReplayStore, now: float = NOW) -> bool:
    """What a door does with the store: False means replay."""
    verified = receive(document, FRONT_RULES, now)
    return await store.enter(verified.replay_key, verified.expires, now)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("stamp", GOOD_STAMPS)
def test_sound_stamps_are_taken(stamp: tuple[str, str], door: str) -> None:
    style, rules = DOORS[door]
    assert refused(stamped(*stamp, style), rules) == ""


def test_w75_a_stamp_holds_nothing_else() -> None:
    scene = unsigned()
    etree.SubElement(scene.T, "x")
    assert refused(scene.seal().text(), FRONT_RULES) == "AuthFailure"
    for which in (0, 1):
        scene = unsigned()
        scene.T[which].set("x", "")
        assert refused(scene.seal().text(), FRONT_RULES) == "AuthFailure"
        scene = unsigned()
        etree.SubElement(scene.T[which], "x")
        assert refused(scene.seal().text(), FRONT_RULES) == "AuthFailure"


@pytest.mark.parametrize("lifetime", [300.0, 600.0, 900.0])
def test_whatever_expires_says_a_message_is_stale_after_the_window(lifetime: float) -> None:
    text = letter(Style(lifetime=lifetime)).text()
    for later in (0, 299):
        assert refused(text, FRONT_RULES, NOW + later) == ""
    assert refused(text, FRONT_RULES, NOW + 320) == "RequestExpired"
    assert receive(text, FRONT_RULES).expires == NOW + min(lifetime, 320)


def test_a_long_life_is_refused_between_components() -> None:
    style = Style(addressed=True, signs=INTERNAL.signs, lifetime=600)
    assert refused(letter(style).text(), Rules.internal()) == "RequestExpired"


@pytest.mark.parametrize("later", [0, 299, 299.9])
def test_w72_a_replay_is_noticed(later: float) -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        text = letter().text()
        assert await admit(text, store)
        assert not await admit(text, store, NOW + later)

    asyncio.run(story())


@pytest.mark.parametrize("row", REWRITTEN)
def test_w74_a_rewritten_replay_is_the_same_message(row: str) -> None:
    text = letter().text()
    again = REWRITTEN[row](text)
    assert again != text
    assert receive(again, FRONT_RULES).replay_key == receive(text, FRONT_RULES).replay_key


def test_w76_of_parallel_twins_one_gets_in() -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        text = letter().text()
        admitted = await asyncio.gather(*(admit(text, store) for _ in range(200)))
        assert sum(admitted) == 1

    asyncio.run(story())


def test_w77_forgeries_do_not_fill_the_store() -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        scene = letter()
        for number in range(300):
            scene.G[1].text = base64.b64encode(number.to_bytes(256, "big")).decode()
            with pytest.raises(Refused):
                await admit(scene.text(), store)
        assert len(store) == 0

    asyncio.run(story())


def test_w78_a_broken_copy_sent_first_does_not_spoil_the_message() -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        text = letter().text()
        with pytest.raises(Refused):
            await admit(text.replace(b"DescribeInstances", b"TerminateInstances"), store)
        assert await admit(text, store)

    asyncio.run(story())


def test_w80_a_clock_that_jumps_and_returns_lets_no_replay_in() -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        text = letter().text()
        assert await admit(text, store)
        assert await admit(letter(now=NOW + 3600).text(), store, NOW + 3600)
        assert len(store) == 1
        assert not await admit(text, store), "forgotten in the jump, but not let in again"
        later = letter(now=NOW + 400).text()
        assert await admit(later, store, NOW + 400), "nobody is locked out for long"

    asyncio.run(story())


def test_the_store_forgets_what_expired() -> None:
    async def story() -> None:
        store = MemoryReplayStore()
        for number in range(100):
            assert await store.enter(number.to_bytes(64, "big"), NOW + number, NOW)
        assert await store.enter(b"last", NOW + 400, NOW + 300)
        assert len(store) == 1

    asyncio.run(story())


@pytest.mark.parametrize("seconds", [0.0, 0.25, 1_800_000_000.125, 4_102_444_799.999])
def test_instants_go_out_and_come_back(seconds: float) -> None:
    assert abs(parse_instant(format_instant(seconds)) - seconds) < 0.0011


def test_keys_differ_between_signers() -> None:
    mine = receive(letter().text(), FRONT_RULES).replay_key
    theirs = receive(letter(who=signer("other")).text(), FRONT_RULES).replay_key
    assert mine[:32] != theirs[:32]
    assert len(mine) == 64
    assert verify(open_envelope(letter().text(), FRONT_RULES), signer("victim").pem, NOW)
