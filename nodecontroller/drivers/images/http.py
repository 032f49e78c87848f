# SPDX-License-Identifier: BSD-2-Clause
"""Images over HTTP: streamed to disk, resumed where they broke off, checked, cached.

The cache asks the server each time (``If-None-Match``), so an image that was replaced under the
same name is never mistaken for the old one; a server that is away fails the fetch even when an
older copy is here. Only when the location says, in its fragment, which content was meant, and it
is here, nobody is asked: the cloud did so when it told the launch.
"""

from __future__ import annotations

import errno
import hashlib
import html
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse

from nodecontroller.core.disks import MACHINE, Fetched, Source
from nodecontroller.drivers.images import DiskFull, ImageUnavailable
from nodecontroller.drivers.images.cache import Cache, Entry, link

SHA256 = "X-Amz-Meta-Image-Sha256"
SILENCE = 60.0
"""Seconds without a byte after which a transfer counts as broken."""
ANSWER = 900.0
"""Seconds until the answer must begin; the server may have to put the image together first."""
LONGEST_PAUSE = 300.0
LONGEST_ERROR, ERROR_PATIENCE = 4096, 5.0
ERROR = re.compile(rb"<Message>([^<\x00-\x1f]{1,200})")
"""Bytes of an error document that are read, and for how long; what in it is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What fetching needs of the process. ``in_thread`` runs a blocking call elsewhere."""

    agent: IAgent
    reactor: IReactorTime
    in_thread: Callable[..., Awaitable[Any]]
    attempts: int = 9


class _Broken(Exception):
    """A transfer that broke off and may be tried again."""


class _Writer(Protocol):
    """Writes a response's body to a file and into a digest."""

    def __init__(self, file: IO[bytes], digest: Any, reactor: IReactorTime) -> None:
        self.done: Deferred[None] = Deferred(lambda _: self._stop())
        self._file, self._digest = file, digest
        self._reactor = reactor
        self._silence = reactor.callLater(SILENCE, self._give_up)

    def dataReceived(self, data: bytes) -> None:
        if self.done.called:
            return
        self._silence.reset(SILENCE)
        try:
            self._file.write(data)
        except OSError as failure:
            self._finish(failure)
            return
        self._digest.update(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._finish(None if reason.check(ResponseDone) else _Broken(reason.getErrorMessage()))

    def _give_up(self) -> None:
        self._finish(_Broken(f"no byte for {SILENCE:.0f} s"))

    def _finish(self, failure: Exception | None) -> None:
        if self._silence.active():
            self._silence.cancel()
        if self.done.called:
            return
        if failure is not None:
            self._stop()
        if failure is None:
            self.done.callback(None)
        else:
            self.done.errback(failure)

    def _stop(self) -> None:
        if self._silence.active():
            self._silence.cancel()
        abort = getattr(self.transport, "abortConnection", None) or getattr(
            self.transport, "loseConnection", None
        )
        if abort is not None:
            abort()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("the disk of the node is full") from failure
        raise


class HttpImages:
    """Images from ``http(s)://`` and ``file://`` locations, through one cache."""

    log = Logger()

    def __init__(self, cache: Cache, tools: Tools) -> None:
        self._cache, self._tools = cache, tools
        self._locks: dict[str, DeferredLock] = {}

    async def fetch(self, source: Source, into: Path) -> Fetched:
        """Make ``source`` available as ``into``: one transfer, however many want the image."""
        bare = source.location.partition("#")[0].partition("?")[0]
        if not bare.startswith(("http://", "https://", "file:///")):
            raise ImageUnavailable(f"image {source.id}: no way to fetch from {bare}")
        key = "img-" + hashlib.sha256(bare.encode()).hexdigest()[:32]
        lock = self._locks.setdefault(key, DeferredLock())
        await lock.acquire()
        try:
            with _room():
                entry = await self._current(key, source, bare)
                await self._tools.in_thread(link, entry.path, into)
        finally:
            lock.release()
        return Fetched(size=entry.size, digest=entry.digest)

    async def _current(self, key: str, source: Source, bare: str) -> Entry:
        meant = source.location.partition("#")[2]
        known = self._cache.find(key) if meant else None
        if known is not None and known.digest == f'"{meant}"':
            return known
        try:
            if bare.startswith("file:///"):
                return cast(Entry, await self._tools.in_thread(self._copy, key, bare))
            return await self._persist(key, source)
        except BaseException:
            self._cache.abandon(key)
            raise

    def _copy(self, key: str, bare: str) -> Entry:
        path = Path(bare.removeprefix("file://"))
        try:
            facts = path.stat()
            digest = f"{facts.st_ino}-{facts.st_mtime_ns}-{facts.st_size}"
            known = self._cache.find(key)
            if known and known.digest == digest:
                return known
            shutil.copyfile(path, self._cache.begin(key))
        except FileNotFoundError as failure:
            raise ImageUnavailable(f"{bare} does not exist") from failure
        return self._cache.commit(key, digest)

    async def _persist(self, key: str, source: Source) -> Entry:
        """Try, wait twice as long, try again: from where the last try broke off."""
        transfer = _Transfer(self._cache, key, source, self._tools)
        pause = 1.0
        for attempt in range(1, self._tools.attempts + 1):
            try:
                return await transfer.attempt()
            except _Broken as broken:
                why = str(broken)
                self.log.warn(
                    "image {id}: attempt {n} of {most} broke off: {why}",
                    id=source.id, n=attempt, most=self._tools.attempts, why=why,
                )  # fmt: skip
            if attempt < self._tools.attempts:
                await deferLater(self._tools.reactor, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        raise ImageUnavailable(f"image {source.id}: {why}, {self._tools.attempts} times")


class _Transfer:
    """One image on its way: what came so far survives a broken attempt."""

    def __init__(self, cache: Cache, key: str, source: Source, tools: Tools) -> None:
        self._cache, self._key, self._source, self._tools = cache, key, source, tools
        self._known = cache.find(key)
        self._path: Path | None = None
        self._etag = ""
        self._digest = hashlib.sha256()
        self._got = 0

    async def attempt(self) -> Entry:
        """Ask for what is missing and keep it; raises _Broken when it is worth another try."""
        response = await self._ask()
        if response.code == 304 and self._known:
            await _drop(response)
            return self._known
        etag = _header(response, "ETag")
        if response.code == 200 and self._known and etag and etag == self._known.digest:
            await _drop(response)
            return self._known
        if response.code not in (200, 206):
            said = await _said(response, self._tools.reactor)
            self._got = 0 if response.code == 416 else self._got
            text = f"image {self._source.id}: the server answered {response.code}{said}"
            again = response.code >= 500 or response.code == 416
            raise _Broken(text) if again else ImageUnavailable(text)
        if response.code == 206 and etag != self._etag:
            # A server that does not know If-Range gave the end of another image.
            await _drop(response)
            self._got = 0
            raise _Broken("the image changed meanwhile")
        if response.code == 200:
            self._begin(etag)
        await self._receive(response)
        return await self._finish(response, etag)

    async def _ask(self) -> IResponse:
        headers = Headers({"User-Agent": ["eucalyptus-nc"]})
        if self._got and self._etag:
            headers.addRawHeader("Range", f"bytes={self._got}-")
            headers.addRawHeader("If-Range", self._etag)
        elif self._known and self._known.digest:
            headers.addRawHeader("If-None-Match", self._known.digest)
        try:
            url = self._source.location.encode("ascii")
            asking = self._tools.agent.request(b"GET", url, headers)
            asking.addTimeout(ANSWER, self._tools.reactor)
            return await asking
        except (CancelledError, GeneratorExit):
            raise
        except Exception as failure:
            if any(reason.check(CancelledError) for reason in getattr(failure, "reasons", ())):
                raise CancelledError from failure
            raise _Broken(f"no answer ({failure})") from failure

    def _begin(self, etag: str) -> None:
        self._path = self._cache.begin(self._key)
        self._digest, self._got, self._etag = hashlib.sha256(), 0, etag

    async def _receive(self, response: IResponse) -> None:
        assert self._path is not None
        with self._path.open("ab") as file:
            writer = _Writer(file, self._digest, self._tools.reactor)
            response.deliverBody(writer)
            try:
                await writer.done
            finally:
                file.flush()
                self._got = file.tell()

    async def _finish(self, response: IResponse, etag: str) -> Entry:
        wanted = _header(response, SHA256)
        if wanted and wanted != self._digest.hexdigest():
            self._got = 0
            raise _Broken(f"its content is not what {SHA256} says")
        most = self._source.size if self._source.kind == MACHINE else -1
        if 0 <= most < self._got:
            text = f"{self._got} bytes came instead of {most}"
            raise ImageUnavailable(f"image {self._source.id}: {text}")
        commit = self._tools.in_thread
        digest = etag or self._digest.hexdigest()
        return cast(Entry, await commit(self._cache.commit, self._key, digest))


def _header(response: IResponse, name: str) -> str:
    found = response.headers.getRawHeaders(name)
    return found[0] if found else ""


async def _said(response: IResponse, reactor: IReactorTime) -> str:
    """The sentence in an object store's error document, after a colon; "" when there is none."""
    document = _Document()
    response.deliverBody(document)
    document.ended.addTimeout(ERROR_PATIENCE, reactor, lambda outcome, _: None)
    await document.ended
    found = ERROR.search(bytes(document.got))
    return f": {html.unescape(found[1].decode(errors='replace'))}" if found else ""


class _Document(Protocol):
    """Gathers the beginning of a body and ends the connection."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.ended: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        if len(self.got) > LONGEST_ERROR:
            del self.got[LONGEST_ERROR:]
            self._close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.ended.called:
            self.ended.callback(None)

    def _close(self) -> None:
        stop = getattr(self.transport, "loseConnection", None)
        if stop is not None:
            stop()


async def _drop(response: IResponse) -> None:
    """Leave a body unread."""
    writer = _Drop()
    response.deliverBody(writer)


class _Drop(Protocol):
    """Ends the connection instead of reading on."""

    def connectionMade(self) -> None:
        stop = getattr(self.transport, "loseConnection", None)
        if stop is not None:
            stop()
