# SPDX-License-Identifier: BSD-2-Clause
"""All loops together on the real reactor: what is recorded is carried out at once."""

from __future__ import annotations

import time
from dataclasses import replace

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from cloudcontroller.compute.database.leader import Leadership
from cloudcontroller.compute.operations.news import news_bodies
from cloudcontroller.compute.periodic.loops import Loops
from eucalyptus.access.call import Call
from eucalyptus.contracts.news import Changed
from eucalyptus.database.run import Database
from tests.cloudcontroller.compute.street import URL, Street
from tests.fixtures.reactor import spin, turn


def test_a_launch_needs_no_poll(street: Street) -> None:
    """Commit wakes the launch; news wakes the question; all within a second or two."""
    world = replace(street.world, clock=time.time)
    street.now = time.time()
    street.world = world
    loops = Loops(world, reactor)
    image = street.image()
    spin(loops.start())
    try:
        (one,) = street.launch(image).instances
        turn(lambda: bool(street.zone.instances), 5)
        turn(lambda: bool(street.zone.network), 5)
        street.zone.settle()
        news = news_bodies(world)["Changed"]
        spin(news(Call(request_id="n"), Changed(service_tag=URL)))
        turn(lambda: street.described() == {one.instance_id: "running"}, 5)
        street.terminate(one.instance_id)
        turn(lambda: not street.zone.living, 5)
        spin(news(Call(request_id="n"), Changed(service_tag=URL)))
        turn(lambda: street.described() == {one.instance_id: "terminated"}, 5)
    finally:
        spin(loops.stop())


def test_one_daemon_leads(database: Database) -> None:
    """The second waits; it leads as soon as the first has gone."""
    first, second = Leadership(database.url, reactor), Leadership(database.url, reactor)
    spin(first.gain())
    waiting = Deferred.fromCoroutine(second.gain())
    waiting.addErrback(lambda failure: None)
    spin(database.read(lambda tx: None))
    assert not waiting.called
    spin(first.give_up())
    spin(waiting, 5)
    spin(first.lose(), 5)
    spin(second.give_up())
