# SPDX-License-Identifier: BSD-2-Clause
"""RSA keys made before anybody asks for them.

Making one takes some 40 ms of CPU, which a burst of requests would wait for one after the other.
A thread of the lowest priority keeps a bounded number at hand. They are in memory only: each is
given out once, and what is left ends with the process.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from twisted.internet.threads import deferToThread, deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

KEY_BITS = 2048
_IDLE = 19

_log = Logger()


def make_key() -> RSAPrivateKey:
    """A new RSA key; other threads run meanwhile."""
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _yielding() -> None:
    """Let every other thread of this host go first (Linux gives each thread its own priority)."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _IDLE)


class KeysAhead:
    """At most ``most`` keys at hand; ``make`` makes one and may take its time."""

    def __init__(
        self, reactor: Any, *, most: int, make: Callable[[], RSAPrivateKey] = make_key
    ) -> None:
        self._reactor, self._make, self._most = reactor, make, most
        self._keys: deque[RSAPrivateKey] = deque()
        self._pool = ThreadPool(0, 1, name="keys")
        self._running = False
        self._making = False

    def __len__(self) -> int:
        return len(self._keys)

    def start(self) -> None:
        """Begin to make keys; ends with the reactor."""
        self._running = True
        self._pool.start()
        self._reactor.addSystemEventTrigger("during", "shutdown", self.stop)
        self._refill()

    def stop(self) -> None:
        """Make no more, and forget those that are left."""
        if self._running:
            self._running = False
            self._keys.clear()
            self._pool.stop()

    async def take(self) -> RSAPrivateKey:
        """A key that nobody else gets: one at hand, else a new one."""
        if not self._keys:
            return await deferToThread(self._make)
        key = self._keys.popleft()
        self._refill()
        return key

    def _refill(self) -> None:
        if self._running and not self._making and len(self._keys) < self._most:
            self._making = True
            making = deferToThreadPool(self._reactor, self._pool, self._make_quietly)
            making.addCallbacks(self._made, self._failed)

    def _make_quietly(self) -> RSAPrivateKey:
        _yielding()
        return self._make()

    def _made(self, key: RSAPrivateKey) -> None:
        self._making = False
        if self._running:
            self._keys.append(key)
        self._refill()

    def _failed(self, failure: Failure) -> None:
        # Not tried again before somebody takes a key: then it is made, or fails, for a caller.
        self._making = False
        _log.failure("no key can be made ahead", failure)
