# SPDX-License-Identifier: BSD-2-Clause
"""What a client of S3 is given, what it is asked to do, and how its programs are run.

Buckets in host names need names that resolve: each program sees an ``/etc/hosts`` of its own, in
a private mount namespace. Nothing of the caller's environment reaches it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import pytest

from eucalyptus.command import CommandFailed, Finished, run_now
from walrus.core.keys import MOUNTS

STORE = "s3.localhost"
"""The store's own name on a cloud without a domain."""
REGION = "eucalyptus"
SECONDS = 120.0
BOUND = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')


class Style(Enum):
    """Where a bucket stands in a URL."""

    HOSTS = "hosts"
    """``http://BUCKET.s3.localhost:PORT/KEY``"""
    PATH = "path"
    """``http://s3.localhost:PORT/BUCKET/KEY``"""
    MOUNT = "mount"
    """``http://127.0.0.1:PORT/services/objectstorage/BUCKET/KEY``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, who one is there, the name of one's bucket, and an empty folder."""

    port: int
    key_id: str
    secret: str
    style: Style
    bucket: str
    folder: Path

    @property
    def endpoint(self) -> str:
        """The store's URL."""
        if self.style is Style.MOUNT:
            return f"http://127.0.0.1:{self.port}{MOUNTS[0]}"
        return f"http://{STORE}:{self.port}"

    @property
    def own(self) -> str:
        """The bucket's URL."""
        if self.style is Style.HOSTS:
            return f"http://{self.bucket}.{STORE}:{self.port}"
        return f"{self.endpoint}/{self.bucket}"

    def write(self, name: str, text: str) -> str:
        """Make a file that only its owner reads; its path."""
        path = self.folder / name
        path.touch(0o600)
        path.write_text(text)
        return str(path)

    def run(self, *argv: str, **more: str) -> Finished:
        """Run a program; ``more`` are variables of its environment. Raises CommandFailed."""
        names = f"127.0.0.1 localhost {STORE} {self.bucket}.{STORE}\n"
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", **more}
        bound = (*BOUND, self.write("hosts", names), *argv)
        return run_now(bound, env=env, timeout=SECONDS)

    def says(self, *argv: str, **more: str) -> str:
        """All that a program prints."""
        done = self.run(*argv, **more)
        return (done.out + done.err).decode()


class Client(Protocol):
    """What every client does with its bucket and the keys in it."""

    def make(self) -> None:
        """Make the bucket."""

    def put(self, path: Path, key: str) -> None:
        """Put a file."""

    def get(self, key: str, path: Path) -> None:
        """Get an object into a file."""

    def names(self) -> Sequence[str]:
        """All keys of the bucket."""

    def copy(self, key: str, to: str) -> None:
        """Copy an object within the bucket, without its bytes passing here."""

    def remove(self, key: str) -> None:
        """Delete an object."""

    def unmake(self) -> None:
        """Delete the bucket."""


class Linking(Client, Protocol):
    """A client that also makes presigned URLs."""

    def link(self, key: str) -> str:
        """A URL by which anybody may get an object."""


class Syncing(Client, Protocol):
    """A client that also keeps a folder and a bucket alike."""

    def push(self, folder: Path) -> str:
        """Bring what is new in a folder into the bucket, below ``tree/``; what it prints."""

    def pull(self, folder: Path) -> str:
        """The other way round."""


def program(name: str, package: str) -> str:
    """Where a program lies; skips the test without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: it comes in the package {package}")
    return found


def private_names(folder: Path) -> None:
    """Skips the test where nobody may have an /etc/hosts of their own."""
    hosts = folder / "none"
    hosts.write_text("127.0.0.1 localhost\n")
    try:
        run_now([*BOUND, str(hosts), "true"], timeout=SECONDS, env=dict(os.environ))
    except CommandFailed as refused:
        pytest.skip(f"no private mount namespace here, which takes root: {refused}")
