# SPDX-License-Identifier: BSD-2-Clause
"""Asking the nodes: every NC_POLLING_FREQUENCY seconds, and at once when one has news."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from clustercontroller.core.nodes import Node
from clustercontroller.core.roster import TEARDOWN, Account
from clustercontroller.core.scheduler import NodeState
from clustercontroller.drivers.nodes import Declined, Unreachable
from clustercontroller.periodic.broadcast import Broadcast
from clustercontroller.zone import MONITOR, Zone
from eucalyptus.contracts.node import (
    Instance,
    NcDescribeInstances,
    NcDescribeInstancesResponse,
    NcDescribeResource,
    NcDescribeResourceResponse,
    NcTerminateInstance,
)  # fmt: skip
from eucalyptus.wire.networkworld import INSTANCE_ID

PATIENCE = 10.0
"""Seconds for one question of a poll."""


@dataclass(slots=True, kw_only=True)
class _Poll:
    """One poll of a node: of the ``whole`` of it, or of what its news may be about.

    ``ended`` fires at its end; ``again`` says that another is to follow, and whether a whole one.
    """

    whole: bool
    ended: Deferred[None] = field(default_factory=Deferred)
    work: Deferred[None] | None = None
    begun: bool = False
    again: bool | None = None


class Refresh:
    """Polls nodes independently of each other; a node is never polled twice at a time."""

    def __init__(self, zone: Zone, broadcast: Broadcast) -> None:
        self._zone, self._broadcast = zone, broadcast
        self._polls: dict[str, _Poll] = {}
        self._loop = LoopingCall(self._tick)
        self._loop.clock = zone.reactor

    def start(self) -> None:
        """Begin to poll; the first round is at once."""
        self._loop.start(self._zone.settings.poll_every)

    def stop(self) -> None:
        """Poll no more; what is under way is abandoned."""
        if self._loop.running:
            self._loop.stop()
        for poll in list(self._polls.values()):
            poll.again = None
            if poll.work is not None:
                poll.work.cancel()

    def _tick(self) -> None:
        if self._zone.enabled:
            for node in self._zone.roster.nodes:
                self._begin(node)
            self._purge()

    def soon(self, name: str) -> bool:
        """A node has news: ask it at once, or once more if it is being asked. False: unknown."""
        node, waiting = self._zone.roster.node(name), self._polls.get(name)
        if node is None:
            return False
        self._zone.roster.heard_of(name)
        if self._zone.enabled:
            self._begin(replace(node, missed=0), whole=False)
            if waiting is not None and waiting.work is not None and node.missed:
                self._advance(waiting, waiting.work)
        return True

    def _advance(self, poll: _Poll, work: Deferred[None]) -> None:
        """Take a poll that has not begun from among those of the silent and begin it anew."""
        if not poll.begun:
            poll.again = True
            work.cancel()

    async def round(self, patience: float = PATIENCE) -> None:
        """Ask every node now and wait for their answers, ``patience`` seconds at most."""
        for node in self._zone.roster.nodes:
            self._begin(node)
        waiting = [_joined(poll.ended) for poll in self._polls.values()]
        every = DeferredList(waiting, consumeErrors=True)
        every.addTimeout(patience, self._zone.reactor)
        await every

    def _begin(self, node: Node, *, whole: bool = True) -> None:
        """Poll a node in its turn, unless a poll that will tell as much is under way."""
        name, under_way = node.name, self._polls.get(node.name)
        if under_way is not None:
            if whole > under_way.whole or (under_way.begun and not whole):
                under_way.again = whole or bool(under_way.again)
            return
        poll = self._polls[name] = _Poll(whole=whole)
        turn = self._zone.switchboard.in_turn(node, lambda: self._poll(name, poll))
        poll.work = Deferred.fromCoroutine(turn)
        poll.work.addErrback(self._failed, name)
        poll.work.addBoth(self._ended, name, poll)

    def _failed(self, failure: Failure, name: str) -> None:
        if not failure.check(CancelledError):
            self._zone.log.failure("polling {node} failed", failure=failure, node=name)

    def _ended(self, _: object, name: str, poll: _Poll) -> None:
        self._polls.pop(name, None)
        poll.ended.callback(None)
        node = self._zone.roster.node(name)
        if poll.again is not None and node is not None:
            self._begin(node, whole=poll.again)

    async def _poll(self, name: str, poll: _Poll) -> None:
        zone, node = self._zone, self._zone.roster.node(name)
        poll.begun = True
        if node is None:
            return
        asked = zone.now()
        try:
            instances = await zone.ask(
                node, zone.nodes.describe_instances, NcDescribeInstances(), patience=PATIENCE
            )
            resource = None
            if poll.whole or self._has_other_room(node, instances):
                resource = await zone.ask(
                    node, zone.nodes.describe_resource, NcDescribeResource(), patience=PATIENCE
                )
        except (Unreachable, Declined) as failed:
            self._silent(name, str(failed))
            return
        if len(instances.instances) > zone.settings.ceiling:
            self._silent(name, f"it reports {len(instances.instances)} instances")
            return
        if resource is not None:
            self._answered(name, resource, asked)
        account = zone.roster.reported(name, self._named(node, instances), zone.now())
        await self._settle(name, account)
        await self._broadcast.mend(name)

    def _has_other_room(self, node: Node, said: NcDescribeInstancesResponse) -> bool:
        """Whether its room may differ from what it last said less what was promised since: it
        takes no part yet, or let an instance go. What was promised stays set aside meanwhile."""
        if node.state is not NodeState.RESUP or not node.enabled:
            return True
        gone = [one.instance_id for one in said.instances if one.state_name == TEARDOWN]
        held = self._zone.roster.held(gone) if gone else ()
        return len(held) < len(gone) or any(not each.gone for each in held)

    def _named(self, node: Node, said: NcDescribeInstancesResponse) -> list[Instance]:
        """What a node reports, without ids that are none: those name files, taps and rules."""
        good = [one for one in said.instances if INSTANCE_ID.fullmatch(one.instance_id)]
        if len(good) < len(said.instances):
            self._zone.log.error("{node} reports {n} instances without an id", node=node.name,
                                 n=len(said.instances) - len(good))  # fmt: skip
        return good

    def _answered(self, name: str, resource: NcDescribeResourceResponse, asked: float) -> None:
        if self._zone.roster.answered(name, resource, asked, self._zone.now()):
            self._zone.power.awake(name)
            self._note(name, "it answered")

    def _silent(self, name: str, why: str) -> None:
        if self._zone.roster.silent(name, self._zone.now()):
            self._note(name, why)

    def _note(self, name: str, why: str) -> None:
        node = self._zone.roster.node(name)
        state = node.state.name if node else "unknown"
        self._zone.log.info("{node} is {state}: {why}", node=name, state=state, why=why)
        self._zone.changed("nodes")

    async def _settle(self, name: str, account: Account) -> None:
        """Tell the cloud what changed, and the node what it must let go."""
        zone, node = self._zone, self._zone.roster.node(name)
        if account.changed:
            zone.changed("instances")
        for instance_id in account.disputed:
            zone.log.warn("{node} reports {instance}, which another node holds",
                          node=name, instance=instance_id)  # fmt: skip
        for instance_id in account.strays if node else ():
            zone.log.warn("{node} must let {instance} go", node=name, instance=instance_id)
            ask = NcTerminateInstance(instance_id=instance_id, force=False)
            try:
                assert node is not None
                await zone.ask(node, zone.nodes.terminate_instance, ask, request_id=MONITOR)
            except (Unreachable, Declined) as failed:
                zone.log.warn("{node} keeps {instance}: {why}", node=name,
                              instance=instance_id, why=str(failed))  # fmt: skip

    def _purge(self) -> None:
        forgotten = self._zone.roster.purge(self._zone.now(), self._zone.settings.forget_after)
        for instance_id in forgotten:
            self._zone.log.info("{instance} was not seen for long: forgotten",
                                instance=instance_id)  # fmt: skip
        if forgotten:
            self._zone.changed("instances")
        if self._zone.roster.settled:
            self._shorten()

    def _shorten(self) -> None:
        """Write down again who was asked for what, without the instances that are no more."""
        try:
            self._zone.journal.rewrite(self._zone.roster.book.text())
        except OSError as failed:
            self._zone.log.error("the journal stays long: {why}", why=str(failed))
        self._zone.roster.settled = False


def _joined(poll: Deferred[None]) -> Deferred[None]:
    """A Deferred of one's own that fires when ``poll`` does."""
    waiter: Deferred[None] = Deferred()

    def fire(outcome: None) -> None:
        if not waiter.called:
            waiter.callback(None)
        return outcome

    poll.addCallback(fire)
    return waiter
