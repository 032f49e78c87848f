# SPDX-License-Identifier: BSD-2-Clause
"""One round of log delivery in a process of its own, for tests that kill it: ``delivering.py URL
ROOT``."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eucalyptus.database.run import Database
from tests.walrus.operations.crashing import in_thread
from walrus.drivers.stores.files import FileStore
from walrus.periodic.deliveries import Deliveries


async def deliver(database: Database, root: Path) -> None:
    """Deliver what waits."""
    store = FileStore(root)
    store.prepare()
    nothing: Any = None
    deliveries = Deliveries(
        tables=database, store=store, in_thread=in_thread, keyring=nothing,
        now=lambda: datetime.now(UTC), new_blob=lambda: secrets.token_hex(16),
    )  # fmt: skip
    await deliveries.round()
    print("delivered", flush=True)


def main() -> None:
    """Run it and exit."""
    loop: Any = reactor
    database = Database(sys.argv[1], reactor=loop, threads=1)
    acting = Deferred.fromCoroutine(deliver(database, Path(sys.argv[2])))
    acting.addErrback(lambda failure: print(failure, file=sys.stderr))
    acting.addBoth(lambda _: loop.stop())
    loop.run()


if __name__ == "__main__":
    main()
