# SPDX-License-Identifier: BSD-2-Clause
"""F-9: floods against real front workers. The honest are served, and what is held stays bounded.

The default run gives each flood a few seconds; ``make soak`` a minute, and holds it against the
clock too.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.world.bad_mix import bombs, mix
from tests.world.flood import Plan
from tests.world.fronts import Fronts, fronts

MEBIBYTE = 1 << 20
MOST_MEMORY = 64 * MEBIBYTE
MOST_LOG_PER_SECOND = 20 * MEBIBYTE / 60
SOAK = 60
LATEST = 2.0
"""Seconds within which 99 of 100 good requests are answered."""
RECOVERY = 5.0


@pytest.fixture(scope="module", name="cloud")
def _cloud() -> Iterator[Fronts]:
    """Two front workers that have served a little."""
    with fronts() as made:
        made.start_workers(2)
        flood(made, {}, seconds=2)
        yield made


def flood(cloud: Fronts, requests: Mapping[str, bytes], *, seconds: float, **more: Any) -> Any:
    """Bad requests a second beside 20 good ones; what became of them."""
    alice = cloud.user("alice")
    plan = Plan(
        port=cloud.port, seconds=seconds, good=20, key=[alice.key_id, alice.secret],
        bad=[base64.b64encode(request).decode() for request in requests.values()], **more,
    )  # fmt: skip
    words = plan.write(cloud.state / "plan.json")
    return cloud.run("tests.world.flood", words, timeout=seconds + 60)


def lengths(row: str) -> Any:
    """The flood's length in the default run and in a soak."""
    return pytest.mark.parametrize(
        "seconds",
        [pytest.param(6, id=row), pytest.param(SOAK, id=f"{row}-soak", marks=pytest.mark.soak)],
    )


def check_the_good(report: Any, seconds: float) -> None:
    """Each was answered; in time, when the run is long enough to say."""
    good = report["good"]
    assert good["outcomes"] == {"200": 20 * seconds}, good
    if seconds >= SOAK:
        assert good["p99"] <= LATEST, good


@lengths("H-30")
def test_a_thousand_bad_requests_a_second(cloud: Fronts, seconds: float) -> None:
    """F-9a, L-04: no good one fails, memory and log stay small, and it is over soon."""
    before, logged = cloud.sizes(), cloud.log_size()
    requests = mix(cloud.user("alice"), time.time())
    assert len(requests) > 200
    report = flood(cloud, requests, rate=1000, seconds=seconds)
    check_the_good(report, seconds)
    bad = report["bad"]
    assert bad["count"] == 1000 * seconds and "silence" not in bad["outcomes"], bad
    # An answer of ours that failed would be a bug that the flood found.
    assert not any("InternalError" in outcome for outcome in bad["outcomes"]), bad
    grown = {name: now.rss - before[name].rss for name, now in cloud.sizes().items()}
    assert max(grown.values()) <= MOST_MEMORY, grown
    assert cloud.log_size() - logged <= MOST_LOG_PER_SECOND * seconds
    after = flood(cloud, {}, seconds=1)
    check_the_good(after, 1)
    assert after["good"]["most"] <= RECOVERY


@lengths("F-9e")
def test_messages_made_to_be_dear(cloud: Fronts, seconds: float) -> None:
    """Fifty megabytes of malice a second: each is refused, the good ones do not wait for them."""
    report = flood(cloud, bombs(cloud.user("alice"), time.time()), rate=50, seconds=seconds)
    check_the_good(report, seconds)
    assert set(report["bad"]["outcomes"]) <= REFUSED, report["bad"]


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.1"])
@pytest.mark.parametrize(
    ("slow", "idle", "seconds"),
    [
        pytest.param(200, 500, 6, id="F-9d"),
        pytest.param(2000, 5000, SOAK, id="F-9d-soak", marks=pytest.mark.soak),
    ],
)
def test_connections_that_only_waste_places(
    cloud: Fronts, slow: int, idle: int, seconds: float, source: str
) -> None:
    """H-10, H-11 together: whoever asks is served, even from the very address of the flood."""
    before = cloud.sizes()
    report = flood(cloud, {}, seconds=seconds, slow=slow, idle=idle, source=source)
    check_the_good(report, seconds)
    most = {name: size.files + 8 for name, size in before.items()}
    cloud.until(lambda: all(s.files <= most[name] for name, s in cloud.sizes().items()), 20)


REFUSED = {
    "500 Client.AuthFailure", "500 Client.MalformedRequest", "500 Client.RequestTooLarge",
    "500 Server.ServiceUnavailable", "503", "ConnectionResetError", "BrokenPipeError",
    "IncompleteReadError",
}  # fmt: skip
"""How a bomb may end: refused, or cut off while it was being sent."""
