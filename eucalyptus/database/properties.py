# SPDX-License-Identifier: BSD-2-Clause
"""Cloud properties in the database: read from memory, changed in one place, heard at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Database, Tx, notify
from eucalyptus.database.schema import properties
from eucalyptus.properties import PROPERTIES, Property
from eucalyptus.secrets import open_sealer

T = TypeVar("T")

CHANNEL = "properties"
REFRESH_SECONDS = 60.0
"""The fallback, should a notice ever be missed."""

_log = Logger()


def stored(tx: Tx) -> Mapping[str, str]:
    """Texts of the properties that somebody has set."""
    rows = tx.execute(select(properties.c.name, properties.c.value))
    return {row.name: row.value for row in rows}


def store(tx: Tx, name: str, value: str, changed_by: str) -> None:
    """Set a property's text; every daemon hears of it."""
    setting = insert(properties).values(name=name, value=value, changed_by=changed_by)
    setting = setting.on_conflict_do_update(
        index_elements=[properties.c.name],
        set_={"value": value, "changed_by": changed_by, "changed": func.now()},
    )
    tx.execute(setting)
    notify(tx, CHANNEL, name)


def reset(tx: Tx, name: str) -> None:
    """Give a property its default back."""
    tx.execute(delete(properties).where(properties.c.name == name))
    notify(tx, CHANNEL, name)


class Properties:
    """The cloud's properties as a daemon reads them: always at hand, never older than a notice.

    While the database is away the last known values stay. Secret ones are opened with the key
    file in ``keys``; without it they count as unset.
    """

    def __init__(self, database: Database, reactor: Any, keys: Path | None = None) -> None:
        self._database, self._keys = database, keys
        self._texts: Mapping[str, str] = {}
        self._values: dict[str, Any] = {}
        self._told: list[Callable[[], object]] = []
        self._loading = self._again = False
        self._fallback = LoopingCall(self._load_soon)
        self._fallback.clock = reactor
        self._stop: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Load the values and listen for changes; raises UNAVAILABLE without a database."""
        self._texts, self._values = await self._database.read(stored), {}
        self._stop = self._database.listen(CHANNEL, lambda _: self._load_soon())
        self._fallback.start(REFRESH_SECONDS, now=False)

    def stop(self) -> None:
        """Listen no more."""
        self._stop()
        if self._fallback.running:
            self._fallback.stop()

    def get(self, wanted: Property[T]) -> T:
        """The value now. A stored text that this version no longer accepts counts as unset."""
        if wanted.name not in self._values:
            self._values[wanted.name] = self._read(wanted)
        found: T = self._values[wanted.name]
        return found

    def _read(self, wanted: Property[T]) -> T:
        text = self._texts.get(wanted.name, wanted.default)
        try:
            if wanted.secret and wanted.name in self._texts:
                text = self._opened(text)
            return wanted.read(text)
        except ValueError as wrong:
            _log.warn("property {name} is unusable: {why}", name=wanted.name, why=str(wrong))
            return wanted.read(wanted.default)

    def _opened(self, sealed: str) -> str:
        if self._keys is None:
            raise ValueError("this daemon has no key file")
        return open_sealer(self._keys).open(sealed.encode()).decode()

    def when_changed(self, callback: Callable[[], object]) -> None:
        """Call ``callback()`` after any property changed."""
        self._told.append(callback)

    def _load_soon(self) -> None:
        if self._loading:
            self._again = True
            return
        self._loading = True
        loading = Deferred.fromCoroutine(self._load())
        loading.addErrback(lambda failure: _log.failure("properties cannot be read", failure))

    async def _load(self) -> None:
        try:
            texts = await self._database.read(stored)
        except Refused as refused:
            _log.warn("properties stay as they are: {why}", why=refused.message)
            return
        finally:
            again, self._loading, self._again = self._again, False, False
        if again:
            self._load_soon()
        if texts != self._texts:
            self._texts, self._values = texts, {}
            for callback in tuple(self._told):
                callback()


def described(texts: Mapping[str, str]) -> list[tuple[Property[Any], str]]:
    """Every property with its text, in the order of names."""
    return [(p, texts.get(name, p.default)) for name, p in sorted(PROPERTIES.items())]
