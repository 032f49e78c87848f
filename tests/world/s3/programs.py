# SPDX-License-Identifier: BSD-2-Clause
"""Command lines of S3: s3cmd, s3curl, curl, the AWS command line, rclone."""

from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import quote

from tests.world.s3.place import REGION, Place, Style, program

CHUNK = "5"
"""MiB a part, the least that S3 takes."""
QUIET = ("-s", "--fail-with-body")
SHORT = "600"
"""Seconds that a presigned URL holds."""


class S3cmd:
    """s3cmd, which tells by ``host_bucket`` where buckets stand."""

    def __init__(self, place: Place) -> None:
        self._place = place
        host = place.endpoint.removeprefix("http://")
        bucket = f"%(bucket)s.{host}" if place.style is Style.HOSTS else host
        self._start = (
            program("s3cmd", "s3cmd"), "--no-progress", "--config",
            place.write("s3cfg", f"[default]\naccess_key = {place.key_id}\n"
                        f"secret_key = {place.secret}\nuse_https = False\nhost_base = {host}\n"
                        f"host_bucket = {bucket}\nmultipart_chunk_size_mb = {CHUNK}\n"),
        )  # fmt: skip

    def _url(self, key: str = "") -> str:
        return f"s3://{self._place.bucket}/{key}"

    def say(self, *words: str) -> str:
        """Run it; what it prints."""
        return self._place.says(*self._start, *words)

    def make(self) -> None:
        self.say("mb", self._url())

    def put(self, path: Path, key: str) -> None:
        self.say("put", str(path), self._url(key))

    def get(self, key: str, path: Path) -> None:
        self.say("get", self._url(key), str(path))

    def names(self) -> list[str]:
        lines = self.say("ls", "--recursive", self._url()).splitlines()
        return [line.partition(self._url())[2] for line in lines]

    def copy(self, key: str, to: str) -> None:
        self.say("cp", self._url(key), self._url(to))

    def link(self, key: str) -> str:
        return self.say("signurl", self._url(key), f"+{SHORT}").strip()

    def push(self, folder: Path) -> str:
        return self.say("sync", f"{folder}/", self._url("tree/"))

    def pull(self, folder: Path) -> str:
        return self.say("sync", self._url("tree/"), f"{folder}/")

    def remove(self, key: str) -> None:
        self.say("del", self._url(key))

    def unmake(self) -> None:
        self.say("rb", self._url())


class Curl:
    """curl's own signatures of version 4."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._curl = program("curl", "curl")

    def _do(self, method: str, key: str = "", file: str = "", source: str = "") -> str:
        """One request: ``file`` is sent, or written; ``source`` is what to copy."""
        place = self._place
        words = {"GET": ["-o", file or "-"], "PUT": ["-T", file], "DELETE": ["-X", "DELETE"]}
        sent = words[method] if method != "PUT" or file else ["-X", "PUT"]
        copied = ["-H", f"x-amz-copy-source: {source}"] if source else []
        signed = ["--aws-sigv4", f"aws:amz:{REGION}:s3", "-u", f"{place.key_id}:{place.secret}",
                  # S3 wants to be told, and curl does not by itself.
                  "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]  # fmt: skip
        return self._curled(self._curl, *signed, *sent, *copied, *QUIET, self._url(key))

    def _curled(self, *argv: str) -> str:
        return self._place.run(*argv).out.decode()

    def _url(self, key: str) -> str:
        return f"{self._place.own}/{quote(key)}"

    def make(self) -> None:
        self._do("PUT")

    def put(self, path: Path, key: str) -> None:
        self._do("PUT", key, str(path))

    def get(self, key: str, path: Path) -> None:
        self._do("GET", key, str(path))

    def names(self) -> list[str]:
        return [unescape(key) for key in re.findall("<Key>(.*?)</Key>", self._do("GET"))]

    def copy(self, key: str, to: str) -> None:
        said = self._do("PUT", to, source=f"{self._place.bucket}/{quote(key)}")
        assert "<CopyObjectResult" in said

    def remove(self, key: str) -> None:
        self._do("DELETE", key)

    def unmake(self) -> None:
        self._do("DELETE")


class S3curl(Curl):
    """Amazon's s3curl of 2008, in Perl: signature version 2; curl then sends."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        host = place.endpoint.removeprefix("http://").partition(":")[0]
        place.write(".s3curl", f"%awsSecretAccessKeys = (a => {{id => '{place.key_id}', "
                    f"key => '{place.secret}'}});\n@endpoints = ('{host}');\n")  # fmt: skip
        self._s3curl = program("s3curl", "s3curl")

    def _do(self, method: str, key: str = "", file: str = "", source: str = "") -> str:
        words = {"GET": [], "PUT": ["--createBucket"], "DELETE": ["--delete"]}[method]
        if source:
            words = [f"--copySrc={source}"]
        elif file and method == "PUT":
            words = [f"--put={file}", "--calculateContentMd5"]
        sent = ["-X", "PUT"] if source else ["-o", file] if file and method == "GET" else []
        return self._curled(self._s3curl, "--id=a", *words, "--", *sent, *QUIET, self._url(key))


class AwsCli:
    """The AWS command line."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._start = (str(Path(sys.executable).with_name("aws")), "--endpoint-url", place.endpoint)
        self._env = {
            "AWS_ACCESS_KEY_ID": place.key_id, "AWS_SECRET_ACCESS_KEY": place.secret,
            "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip

    def _url(self, key: str = "") -> str:
        return f"s3://{self._place.bucket}/{key}"

    def say(self, *words: str) -> str:
        """Run it; what it prints."""
        return self._place.says(*self._start, *words, **self._env)

    def make(self) -> None:
        self.say("s3", "mb", self._url())

    def put(self, path: Path, key: str) -> None:
        self.say("s3", "cp", "--no-progress", str(path), self._url(key))

    def get(self, key: str, path: Path) -> None:
        self.say("s3", "cp", "--no-progress", self._url(key), str(path))

    def names(self) -> list[str]:
        lines = self.say("s3", "ls", "--recursive", self._url()).splitlines()
        return [line.split(maxsplit=3)[3] for line in lines]

    def copy(self, key: str, to: str) -> None:
        self.say("s3", "cp", "--no-progress", self._url(key), self._url(to))

    def link(self, key: str) -> str:
        return self.say("s3", "presign", self._url(key), "--expires-in", SHORT).strip()

    def push(self, folder: Path) -> str:
        return self.say("s3", "sync", "--no-progress", str(folder), self._url("tree"))

    def pull(self, folder: Path) -> str:
        return self.say("s3", "sync", "--no-progress", self._url("tree"), str(folder))

    def remove(self, key: str) -> None:
        self.say("s3", "rm", self._url(key))

    def unmake(self) -> None:
        self.say("s3", "rb", self._url())


class Rclone:
    """rclone, set by variables alone."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rclone = program("rclone", "rclone")
        path = "false" if place.style is Style.HOSTS else "true"
        self._env = {
            "RCLONE_CONFIG": "/dev/null", "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1",
            "RCLONE_CONFIG_W_TYPE": "s3", "RCLONE_CONFIG_W_PROVIDER": "Other",
            "RCLONE_CONFIG_W_ENDPOINT": place.endpoint, "RCLONE_CONFIG_W_REGION": REGION,
            "RCLONE_CONFIG_W_FORCE_PATH_STYLE": path,
            "RCLONE_CONFIG_W_ACCESS_KEY_ID": place.key_id,
            "RCLONE_CONFIG_W_SECRET_ACCESS_KEY": place.secret,
            "RCLONE_S3_UPLOAD_CUTOFF": f"{CHUNK}M", "RCLONE_S3_CHUNK_SIZE": f"{CHUNK}M",
        }  # fmt: skip

    def _url(self, key: str = "") -> str:
        return f"w:{self._place.bucket}/{key}"

    def say(self, *words: str) -> str:
        """Run it; what it prints."""
        return self._place.says(self._rclone, *words, **self._env)

    def make(self) -> None:
        self.say("mkdir", self._url())

    def put(self, path: Path, key: str) -> None:
        self.say("copyto", str(path), self._url(key))

    def get(self, key: str, path: Path) -> None:
        self.say("copyto", self._url(key), str(path))

    def names(self) -> list[str]:
        return self.say("lsf", "--recursive", "--files-only", self._url()).splitlines()

    def copy(self, key: str, to: str) -> None:
        self.say("copyto", "--s3-copy-cutoff", f"{CHUNK}M", self._url(key), self._url(to))

    def link(self, key: str) -> str:
        return self.say("link", "--expire", f"{SHORT}s", self._url(key)).strip()

    def push(self, folder: Path) -> str:
        return self.say("sync", "--verbose", str(folder), self._url("tree"))

    def pull(self, folder: Path) -> str:
        return self.say("sync", "--verbose", self._url("tree"), str(folder))

    def remove(self, key: str) -> None:
        self.say("deletefile", self._url(key))

    def unmake(self) -> None:
        self.say("rmdir", self._url())
