# SPDX-License-Identifier: BSD-2-Clause
"""fog-aws, a library of Ruby, in signature versions 2 and 4."""

from __future__ import annotations

from pathlib import Path

from tests.world.foreign.program import given
from tests.world.s3.place import Place, program

SCRIPT = Path(__file__).with_name("s3.rb")


class Fog:
    """What ``s3.rb`` does, word for word."""

    signs = "4"

    def __init__(self, place: Place) -> None:
        self._place = place
        ruby = program("ruby", "ruby-fog-aws")
        given([ruby, "-e", "require 'fog/aws'"], "ruby-fog-aws")
        self._start = (ruby, str(SCRIPT), place.endpoint, place.bucket)

    def _say(self, *words: str) -> str:
        place = self._place
        done = place.run(
            *self._start, *words, EC2_ACCESS_KEY=place.key_id, EC2_SECRET_KEY=place.secret,
            BUCKETS=place.style.value, SIGNS=self.signs,
        )  # fmt: skip
        return done.out.decode()

    def make(self) -> None:
        self._say("make")

    def put(self, path: Path, key: str) -> None:
        self._say("put", key, str(path))

    def get(self, key: str, path: Path) -> None:
        self._say("get", key, str(path))

    def names(self) -> list[str]:
        return self._say("names").splitlines()

    def copy(self, key: str, to: str) -> None:
        self._say("copy", key, to)

    def link(self, key: str) -> str:
        return self._say("link", key).strip()

    def remove(self, key: str) -> None:
        self._say("remove", key)

    def unmake(self) -> None:
        self._say("unmake")


class Fog2(Fog):
    """The same in signature version 2."""

    signs = "2"
