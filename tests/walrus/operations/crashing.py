# SPDX-License-Identifier: BSD-2-Clause
"""One request in a process of its own, for tests that kill it: ``crashing.py URL ROOT WHAT SAID``.

``WHAT`` is the name of an action, ``SAID`` a JSON object with its query, headers and body.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.s3 import ACTIONS
from eucalyptus.database.run import Database
from walrus.core.asking import Asked
from walrus.core.content import Content
from walrus.core.keys import Target
from walrus.drivers.stores.files import FileStore
from walrus.operations.authorising import authorise
from walrus.operations.bodies import BODIES, STREAMS
from walrus.operations.receiving import Receiving
from walrus.operations.removing import Graveyard
from walrus.operations.world import World

NEW = b"new bytes" * 300_000
WHO = Principal(
    account_id="1" * 12, account_name="a", canonical_id="1".rjust(64, "a"),
    user_id="AID", user_name="admin", is_account_admin=True,
)  # fmt: skip


async def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """Do it in a thread."""
    return await deferToThread(work, *args)


async def act(database: Database, root: Path, what: str, said: dict[str, Any]) -> None:
    """Do something to first/k."""
    store = FileStore(root)
    store.prepare()
    graveyard = Graveyard(database, store, in_thread)
    doomed: list[str] = []
    nothing: Any = None
    world = World(
        tables=database, store=store, in_thread=in_thread, now=lambda: datetime.now(UTC),
        new_blob=lambda: secrets.token_hex(16), bury=lambda *blobs: doomed.extend(blobs),
        images=nothing, keyring=nothing, signers=nothing, accounts=nothing, cloud=nothing,
    )  # fmt: skip
    action = next(one for one in ACTIONS.values() if one.name == what)
    asked = Asked(
        action=action, target=Target(bucket="first", key="k"), request_id="r",
        headers=said.get("headers", {}), query=said.get("query", {}), who=WHO,
        body=said.get("body", "").encode(),
    )  # fmt: skip
    asked = await authorise(world, asked)
    if what not in STREAMS:
        await BODIES[what](world, asked)
    else:
        vessel = await STREAMS[what].admit(world, asked)
        promised = Content(length=len(NEW), also=vessel.also)
        receiving = Receiving(promised, vessel.store, world.new_blob())
        pieces = [NEW[at : at + 100_000] for at in range(0, len(NEW), 100_000)]
        await in_thread(receiving.take, pieces)
        await STREAMS[what].finish(world, asked, receiving)
    print("acknowledged", flush=True)
    if any(doomed):
        await graveyard.remove(doomed)


def main() -> None:
    """Run it and exit."""
    loop: Any = reactor
    database = Database(sys.argv[1], reactor=loop, threads=1)
    work = act(database, Path(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4]))
    acting = Deferred.fromCoroutine(work)
    acting.addErrback(lambda failure: print(failure, file=sys.stderr))
    acting.addBoth(lambda _: loop.stop())
    loop.run()


if __name__ == "__main__":
    main()
