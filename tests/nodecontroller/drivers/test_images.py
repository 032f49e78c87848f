# SPDX-License-Identifier: BSD-2-Clause
"""Images over HTTP: whole or not at all, resumed, cached by content, one transfer for many."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.task import Clock
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from nodecontroller.core.disks import Source
from nodecontroller.drivers.images import DiskFull, ImageUnavailable
from nodecontroller.drivers.images.cache import Cache
from nodecontroller.drivers.images.http import HttpImages, Tools
from tests.fixtures.reactor import Spin
from tests.nodecontroller.house import at_once

CONTENT = os.urandom(300_000)


@dataclass
class Server(Resource):
    """Serves one image; ``breaks`` are the numbers of bytes after which it hangs up."""

    content: bytes = CONTENT
    etag: str = '"one"'
    digest: str = ""
    status: int = 200
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    isLeaf = True

    def __post_init__(self) -> None:
        Resource.__init__(self)

    def render_GET(self, request: Request) -> Any:
        """Answer as told."""
        names = ("Range", "If-Range", "If-None-Match")
        self.asked.append({n: v for n in names if (v := request.getHeader(n)) is not None})
        if self.status != 200:
            request.setResponseCode(self.status)
            return b"no"
        asked = self.asked[-1]
        request.setHeader("ETag", self.etag)
        if asked.get("If-None-Match") == self.etag:
            request.setResponseCode(304)
            return b""
        start = 0
        if self.ranges and asked.get("If-Range") == self.etag:
            start = int(asked["Range"].removeprefix("bytes=").rstrip("-"))
            request.setResponseCode(206)
        return self._send(request, self.content[start:])

    def _send(self, request: Request, body: bytes) -> Any:
        if self.digest:
            request.setHeader("X-Amz-Meta-Image-Sha256", self.digest)
        request.setHeader("Content-Length", str(len(body)))
        if not self.breaks:
            return body
        request.write(body[: self.breaks.pop(0)])
        request.channel.loseConnection()  # type: ignore[union-attr]
        return NOT_DONE_YET


@dataclass
class Bench:
    """A server, a fetcher, and where files go."""

    server: Server
    images: HttpImages
    cache: Cache
    folder: Path
    url: str
    spin: Spin

    def fetch(self, name: str = "image", **facts: Any) -> bytes:
        """Fetch the image and read it."""
        source = Source(
            **{"kind": "machine", "id": "emi-1", "location": f"{self.url}?sig=1", **facts}
        )
        self.spin(self.images.fetch(source, self.folder / name))
        return (self.folder / name).read_bytes()

    def leftovers(self) -> list[str]:
        """What lies in the cache half made."""
        return [p.name for p in self.cache.folder.iterdir() if p.name.endswith(".partial")]


@pytest.fixture
def bench(tmp_path: Path, spin: Spin) -> Iterator[Bench]:
    """Everything on loopback; pauses between attempts take no time."""
    loop: Any = reactor
    server = Server()
    port = loop.listenTCP(0, Site(server), interface="127.0.0.1")
    cache = Cache(tmp_path / "cache", 10**9)
    cache.open()
    pool = HTTPConnectionPool(loop, persistent=False)
    tools = Tools(agent=Agent(loop, pool=pool), reactor=Hasty(loop), in_thread=at_once, attempts=3)
    url = f"http://127.0.0.1:{port.getHost().port}/image"
    yield Bench(server, HttpImages(cache, tools), cache, tmp_path, url, spin)
    spin(maybeDeferred(port.stopListening))


class Hasty:
    """The reactor's time, with short pauses."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop

    def callLater(self, delay: float, work: Any, *args: Any) -> Any:
        """Sooner than asked, unless it is a time limit."""
        return self._loop.callLater(delay if delay > 10 else delay / 100, work, *args)


def test_an_image_is_fetched_whole(bench: Bench) -> None:
    """With its entity tag as its digest."""
    assert bench.fetch() == CONTENT
    assert bench.server.asked == [{}] and not bench.leftovers()


def test_the_same_content_is_not_sent_twice(bench: Bench) -> None:
    """Under another signature neither; the server is asked whether it is the same."""
    bench.fetch("one")
    assert bench.fetch("two", location=f"{bench.url}?sig=2") == CONTENT
    assert bench.server.asked[1] == {"If-None-Match": '"one"'}
    assert (bench.folder / "one").samefile(bench.folder / "two")


def test_content_that_was_meant_and_is_here_is_not_asked_for(bench: Bench) -> None:
    """The cloud asked when it told the launch. Other content than ours, or none here: asked."""
    meant = f"{bench.url}?sig=1#one"
    assert bench.fetch("one", location=meant) == CONTENT
    assert bench.fetch("two", location=meant) == CONTENT
    assert len(bench.server.asked) == 1
    bench.server.content, bench.server.etag = b"new" * 100, '"two"'
    assert bench.fetch("three", location=f"{bench.url}?sig=1#two") == b"new" * 100
    assert bench.fetch("four", location=meant) == b"new" * 100
    assert [asked.get("If-None-Match") for asked in bench.server.asked] == [None, '"one"', '"two"']


def test_new_content_replaces_the_old(bench: Bench) -> None:
    """For new instances; an old one keeps its own."""
    bench.fetch("one")
    bench.server.content, bench.server.etag = b"new" * 100, '"two"'
    assert bench.fetch("two") == b"new" * 100
    assert (bench.folder / "one").read_bytes() == CONTENT


def test_a_broken_transfer_is_resumed(bench: Bench) -> None:
    """From where it broke off, if the image is still the same."""
    bench.server.breaks = [100_000]
    assert bench.fetch() == CONTENT
    assert bench.server.asked[1] == {"Range": "bytes=100000-", "If-Range": '"one"'}


def test_a_server_without_ranges_begins_again(bench: Bench) -> None:
    """And nothing is doubled."""
    bench.server.ranges, bench.server.breaks = False, [100_000]
    assert bench.fetch() == CONTENT


def test_an_image_that_changed_while_it_broke_off_begins_again(bench: Bench) -> None:
    """Halves of two images make no image."""
    bench.server.breaks = [100_000]

    def change(request: Request, body: bytes, send: Any = bench.server._send) -> Any:
        sent = send(request, body)
        bench.server.content, bench.server.etag = b"new" * 100_000, '"two"'
        return sent

    bench.server._send = change  # type: ignore[method-assign]
    assert bench.fetch() == b"new" * 100_000


def test_a_server_that_resumes_another_image_is_not_believed(bench: Bench) -> None:
    """One that knows Range but not If-Range."""
    bench.server.breaks = [100_000]

    def change(request: Request, body: bytes, send: Any = bench.server._send) -> Any:
        if len(bench.server.asked) == 2:
            request.setResponseCode(206)
            body = body[100_000:]
        sent = send(request, body)
        bench.server.content, bench.server.etag = b"new" * 100_000, '"two"'
        return sent

    bench.server._send = change  # type: ignore[method-assign]
    assert bench.fetch() == b"new" * 100_000
    assert [set(a) for a in bench.server.asked] == [set(), {"Range", "If-Range"}, set()]


def test_a_transfer_that_keeps_breaking_is_given_up(bench: Bench) -> None:
    """After the attempts that are allowed; nothing is left."""
    bench.server.breaks = [10, 10, 10, 10]
    with pytest.raises(ImageUnavailable, match="3 times"):
        bench.fetch()
    assert len(bench.server.asked) == 3 and not bench.leftovers()
    assert not (bench.folder / "image").exists()


def test_content_that_is_not_what_its_digest_says_is_refused(bench: Bench) -> None:
    """However often it comes."""
    bench.server.digest = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(ImageUnavailable, match="not what"):
        bench.fetch()
    bench.server.digest = hashlib.sha256(CONTENT).hexdigest()
    assert bench.fetch() == CONTENT


def test_more_than_was_promised_is_refused(bench: Bench) -> None:
    """The type's disk was reckoned with the promise."""
    with pytest.raises(ImageUnavailable, match="instead of 1000"):
        bench.fetch(size=1000)


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (503, 3)])
def test_a_refusal_is_final_and_a_fault_is_not(bench: Bench, status: int, asked: int) -> None:
    """A server that is ill may recover, an image that is not there will not appear."""
    bench.server.status = status
    with pytest.raises(ImageUnavailable, match=str(status)):
        bench.fetch()
    assert len(bench.server.asked) == asked


@pytest.mark.parametrize("location", ["sc://vol-1,token", "ftp://h/x", "none", "file://../x", ""])
def test_locations_that_cannot_be_fetched(bench: Bench, location: str) -> None:
    """Are refused by name."""
    with pytest.raises(ImageUnavailable, match="no way to fetch"):
        bench.fetch(location=location)


def test_files_of_this_host_are_copied(bench: Bench) -> None:
    """Once, as long as they stay the same."""
    place = bench.folder / "local"
    place.write_bytes(b"one")
    assert bench.fetch("a", location=f"file://{place}") == b"one"
    bench.fetch("b", location=f"file://{place}")
    assert (bench.folder / "a").samefile(bench.folder / "b")
    place.write_bytes(b"three")
    assert bench.fetch("c", location=f"file://{place}") == b"three"
    with pytest.raises(ImageUnavailable, match="does not exist"):
        bench.fetch(location=f"file://{bench.folder}/missing")


def test_many_who_want_one_image_share_a_transfer(bench: Bench) -> None:
    """The second waits for the first."""
    source = Source(kind="machine", id="emi-1", location=bench.url)
    wishes = [
        Deferred.fromCoroutine(bench.images.fetch(source, bench.folder / str(n))) for n in range(3)
    ]
    bench.spin(gatherResults(wishes))
    assert [a.get("If-None-Match") for a in bench.server.asked] == [None, '"one"', '"one"']
    assert all((bench.folder / str(n)).read_bytes() == CONTENT for n in range(3))


def test_a_full_disk_says_so_and_keeps_nothing(bench: Bench) -> None:
    """/dev/full is a disk that is full."""
    begin = bench.cache.begin

    def full(key: str) -> Path:
        path = begin(key)
        path.symlink_to("/dev/full")
        return path

    bench.cache.begin = full  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        bench.fetch()
    assert not bench.leftovers()


def test_a_cancelled_fetch_leaves_nothing_and_the_next_works(bench: Bench, spin: Spin) -> None:
    """An instance may end while its image is on its way."""
    sent: Deferred[None] = Deferred()

    def stall(request: Request, body: bytes) -> Any:
        request.setHeader("Content-Length", str(len(body)))
        request.write(body[:1000])
        sent.callback(None)
        return NOT_DONE_YET

    send, bench.server._send = bench.server._send, stall  # type: ignore[method-assign]
    source = Source(kind="machine", id="emi-1", location=bench.url)
    work = Deferred.fromCoroutine(bench.images.fetch(source, bench.folder / "x"))
    ended: list[Any] = []
    work.addBoth(ended.append)
    spin(sent)
    work.cancel()
    assert ended and not bench.leftovers()
    bench.server._send = send  # type: ignore[method-assign]
    assert bench.fetch() == CONTENT


def test_silence_breaks_a_transfer_off() -> None:
    """60 s without a byte."""
    from nodecontroller.drivers.images.http import SILENCE, _Broken, _Writer

    clock, ended = Clock(), []
    writer = _Writer(open(os.devnull, "wb"), hashlib.sha256(), clock)  # noqa: SIM115
    writer.done.addErrback(lambda failure: ended.append(failure.check(_Broken)))
    writer.dataReceived(b"x")
    clock.advance(SILENCE - 1)
    writer.dataReceived(b"y")
    clock.advance(SILENCE - 1)
    assert not ended
    clock.advance(2)
    assert ended == [_Broken] and not clock.getDelayedCalls()
