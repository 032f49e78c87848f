# SPDX-License-Identifier: BSD-2-Clause
"""Records: kept whole, compared by what they mean, reported as the contract says."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.internal import ServiceInfo
from nodecontroller.core.lifecycle import State
from nodecontroller.core.plain import Unreadable, build, plain
from nodecontroller.core.record import ID, Record, beheaded, first, report, same
from tests.nodecontroller.house import EPOCH, PARTITIONED, record, run_request

TEXT = st.text(max_size=12)
RECORDS = st.builds(
    Record,
    ask=st.builds(
        run_request,
        key_name=TEXT,
        user_data=st.none() | TEXT,
        expiry_time=st.none() | st.datetimes(timezones=st.just(UTC)),
        group_names=st.lists(TEXT, max_size=3).map(tuple),
    ),
    state=st.sampled_from(State),
    was_extant=st.booleans(),
    launched=st.floats(0, 2e9),
    ended=st.floats(0, 2e9),
    reason=TEXT,
    public_ip=TEXT,
)


@given(RECORDS)
def test_a_record_survives_the_journal(kept: Record) -> None:
    """Through JSON and back, to the last part."""
    assert build(Record, json.loads(json.dumps(plain(kept)))) == kept


@given(RECORDS, st.data())
def test_a_damaged_record_is_noticed(kept: Record, data: st.DataObject) -> None:
    """A part that is missing, added or of another kind."""
    content = plain(kept)
    name = data.draw(st.sampled_from(["ask", "state", "launched"]))
    for damage in (
        {k: v for k, v in content.items() if k != name},
        {**content, name + "x": 1},
        {**content, name: {"what": []}},
    ):
        with pytest.raises(Unreadable):
            build(Record, damage)


@pytest.mark.parametrize("damage", [None, [], "x", {"ask": 1}])
def test_what_is_no_record_is_noticed(damage: object) -> None:
    """Whatever JSON it is."""
    with pytest.raises(Unreadable):
        build(Record, damage)


def test_the_head_of_a_request_is_not_kept() -> None:
    """It differs each time."""
    service = ServiceInfo(partition="one", type="cluster", name="cc", uris=("http://x/",))
    ask = dataclasses.replace(run_request(), services=(service,), epoch=7, node_name="n")
    kept = beheaded(ask)
    assert (kept.services, kept.epoch, kept.node_name, kept.correlation_id) == (
        (),
        None,
        None,
        None,
    )
    assert same(ask, run_request())


def test_a_new_signature_is_the_same_request_but_a_new_place_is_not() -> None:
    """Locations are compared without their query."""
    one, two, other = (
        dataclasses.replace(
            run_request(),
            instance_type=dataclasses.replace(
                PARTITIONED,
                virtual_boot_record=(record("machine", "sda1", resource_location=place),),
            ),
        )
        for place in ("http://w/image?sig=1", "http://w/image?sig=2", "http://w/other?sig=1")
    )
    assert same(one, two) and not same(one, other)


def test_a_report_says_what_the_request_said() -> None:
    """And the node's own part: state, times, URL, address."""
    kept = dataclasses.replace(
        first(run_request(launch_index="3"), EPOCH + 0.5),
        state=State.RUNNING,
        was_extant=True,
        public_ip="10.1.2.3",
    )
    said = report(kept, "http://node/")
    assert (said.state_name, said.guest_state_name) == ("Extant", "poweredOn")
    assert said.launch_time == datetime.fromtimestamp(EPOCH, UTC)
    assert said.net_params is not None and said.net_params.public_ip == "10.1.2.3"
    assert (said.service_tag, said.launch_index, said.has_floopy) == ("http://node/", "3", 0)
    assert (said.image_id, said.owner_id, said.user_id) == ("emi-machine", "AIDA0000", "eucalyptus")


@pytest.mark.parametrize(
    "text", ["i-1234567", "i-123456789", "i-1234567g", "x", "i-12345678\n", ""]
)
def test_ids_that_are_none(text: str) -> None:
    """They become file names."""
    assert not ID.match(text)


def test_a_record_of_an_older_version_is_read() -> None:
    """What it does not know has its default."""
    kept = first(run_request(), EPOCH)
    older = {k: v for k, v in plain(kept).items() if k not in ("reason", "public_ip")}
    assert build(Record, older) == dataclasses.replace(kept, public_ip="")
