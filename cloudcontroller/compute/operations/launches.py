# SPDX-License-Identifier: BSD-2-Clause
"""RunInstances: launches that arrive together are decided one after the other and recorded by one
commit, since each must see what the one before it took, and a commit costs as much for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twisted.logger import Logger
from twisted.python.failure import Failure

from cloudcontroller.compute.core import describe, launch
from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.database import instances, launching
from cloudcontroller.compute.database.addresses import Last
from cloudcontroller.compute.database.market import Circumstances, Market
from cloudcontroller.compute.operations.wishes import wish_of
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.refusals import DRY_RUN, TOKEN_REUSED, Refused
from eucalyptus.database.run import Tx
from eucalyptus.together import Company, Together

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A launch that somebody waits for; with ``dry`` it is only to be decided."""

    request_id: str
    wish: launch.Wish
    dry: bool


@dataclass(frozen=True, slots=True)
class _Made:
    """A launch that is on record: this one, or the earlier one with its ClientToken."""

    reservation_id: str
    instances: tuple[Instance, ...]


class Launches:
    """The launches of one process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: Last = {}
        self._together: Together[_Asked, _Made] = Together(self._record, 32)

    async def run_instances(self, call: Call, ask: ec2.RunInstances) -> ec2.RunInstancesResponse:
        """Record a launch; the caller is answered as soon as it is safe on disk."""
        wish = wish_of(ask, call.who)

        asked = _Asked(request_id=call.request_id, wish=wish, dry=bool(ask.dry_run))
        made = await self._together.do(asked)
        self._world.crash("clc.run.after_commit")

        _log.info(
            "{request}: {account} runs {count} {type} of {image} as {reservation}",
            request=call.request_id, account=wish.account_id, count=len(made.instances),
            type=wish.type_name, image=wish.image_id, reservation=made.reservation_id,
        )  # fmt: skip
        return ec2.RunInstancesResponse(
            reservation_id=made.reservation_id,
            owner_id=wish.account_id,
            group=describe.group_items(made.instances[0].groups if made.instances else ()),
            instances=tuple(describe.instance_item(one) for one in made.instances),
        )

    async def _record(
        self, asked: Company[_Asked, _Made] | list[_Asked]
    ) -> Sequence[_Made | Refused | Failure]:
        try:
            return await self._world.database.run(_launch_all, self._world, asked, self._last)
        except Refused:
            raise
        except Exception:
            if len(asked) == 1:
                raise
            _log.failure("{count} launches together failed: one by one", count=len(asked))
        return [await self._alone(one) for one in asked]

    async def _alone(self, one: _Asked) -> _Made | Refused | Failure:
        try:
            (made,) = await self._record([one])
        except Exception:
            # The others may be on record already: they must not be told of this.
            return Failure()
        return made


def _launch_all(
    tx: Tx, world: World, asked: Company[_Asked, _Made] | list[_Asked], last: Last
) -> list[_Made | Refused]:
    launching.queue(tx)
    if isinstance(asked, Company):
        # Other workers have been at it meanwhile, so that more of ours may wait by now.
        asked.join()
    around = Circumstances(
        now=world.clock(), digits=world.chance.digits, uuid=world.chance.uuid, last=last
    )
    market = Market(tx, [one.wish for one in asked], around)
    decided: list[tuple[launch.Launch, str]] = []
    outcomes: list[_Made | Refused] = []
    for one in asked:
        try:
            outcomes.append(_launch(tx, market, one, decided))
        except Refused as refused:
            # It has written nothing, so it leaves nothing to undo.
            outcomes.append(refused)
    if decided:
        launching.record(tx, decided)
    world.crash("clc.run.before_commit")
    return outcomes


def _launch(
    tx: Tx, market: Market, asked: _Asked, decided: list[tuple[launch.Launch, str]]
) -> _Made:
    wish = asked.wish
    earlier = market.earlier(wish)
    if earlier is not None:
        if earlier.fingerprint != wish.fingerprint():
            raise TOKEN_REUSED(token=wish.client_token)
        found = earlier.instances or instances.of_reservation(tx, earlier.reservation_id)
        return _Made(earlier.reservation_id, found)
    made = launch.plan(wish, market.stand(wish), market.ids())
    if asked.dry:
        raise DRY_RUN()
    market.take(made)
    decided.append((made, asked.request_id))
    return _Made(made.reservation_id, made.instances)
