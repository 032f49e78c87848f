# SPDX-License-Identifier: BSD-2-Clause
"""``euca-install-image FILE -b BUCKET -n NAME -r ARCH``: bundle, upload and register in one.

The image is encrypted and sent part by part; nothing is written to the local disk. Credentials
come from eucarc's variables or from euca2ools' ini files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from eucalyptus.bundles import text
from eucalyptus.bundles.making import PART_SIZE, Bundling, Secret, Wanted
from eucalyptus.bundles.manifest import (
    ARCHITECTURES,
    KERNEL,
    MACHINE,
    RAMDISK,
    BadManifest,
    Manifest,
)
from eucalyptus.cli.connection import Denied, Unreachable, ask
from eucalyptus.cli.profile import NoProfile, Profile, Service, find
from eucalyptus.cli.signing_files import SigningFiles, find_files
from eucalyptus.cli.storing import Uploads
from eucalyptus.contracts.refusals import Refused

OBJECT_STORAGE = Service(name="s3", ini="s3-url", environment=("S3_URL", "AWS_S3_URL"))
COMPUTE = Service(name="ec2", ini="ec2-url", environment=("EC2_URL", "AWS_EC2_URL"))
VERSION = "2013-02-01"
_MEBI = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be installed. ``kernel`` and ``ramdisk`` are ids, "true" or ""."""

    file: Path
    bucket: str
    folder: str
    name: str
    architecture: str
    virtualization: str = ""
    description: str = ""
    kernel: str = ""
    ramdisk: str = ""
    part_size: int = PART_SIZE

    @property
    def kind(self) -> str:
        """Machine image, kernel or ramdisk."""
        return KERNEL if self.kernel == "true" else RAMDISK if self.ramdisk == "true" else MACHINE

    @property
    def manifest_key(self) -> str:
        """The key of the manifest in the bucket."""
        return f"{self.folder}{self.file.name}.manifest.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """With what to do it: places, keys, time, chance, and who hears of progress."""

    compute: Profile
    uploads: Uploads
    files: SigningFiles
    secret: Secret
    clock: Callable[[], float]
    say: Callable[[str], object]


@dataclass(slots=True, kw_only=True)
class Progress:
    """Reads the image and says how far it is, every tenth of it."""

    image: BinaryIO
    size: int
    say: Callable[[str], object]
    done: int = 0
    told: int = field(default=-1)

    def read(self, size: int, /) -> bytes:
        """The next bytes of the image."""
        piece = self.image.read(size)
        self.done += len(piece)
        tenth = self.done * 10 // self.size
        if tenth > self.told:
            self.told = tenth
            self.say(f"bundled and uploaded {self.done // _MEBI} of {self.size // _MEBI} MiB")
        return piece


def install(wish: Wish, tools: Tools) -> Mapping[str, object]:
    """Do it all; gives facts about the new image. Raises Denied, Unreachable, BadManifest."""
    tools.uploads.make_bucket(wish.bucket)
    manifest = _bundle(wish, tools)
    document = text.write(manifest, text.signer(tools.files.key))
    tools.uploads.put(wish.bucket, wish.manifest_key, document)
    location = f"{wish.bucket}/{wish.manifest_key}"
    tools.say(f"uploaded {location}")
    image_id = _register(wish, location, tools)
    return {
        "image_id": image_id,
        "location": location,
        "name": wish.name,
        "type": manifest.kind,
        "architecture": manifest.architecture,
        "size": manifest.size,
        "bundled_size": manifest.bundled_size,
        "parts": len(manifest.parts),
    }


def _bundle(wish: Wish, tools: Tools) -> Manifest:
    """Upload the parts; gives the manifest that names them."""
    with wish.file.open("rb") as image:
        size = image.seek(0, os.SEEK_END)
        image.seek(0)
        if size == 0:
            raise BadManifest(f"{wish.file} is empty")
        wanted = Wanted(
            name=wish.file.name, size=size, modified=int(tools.clock()), part_size=wish.part_size
        )
        source = Progress(image=image, size=size, say=tools.say)
        bundling = Bundling(source, wanted, tools.secret, wish.file.name)
        for part, piece in bundling.parts():
            tools.uploads.put(wish.bucket, wish.folder + part.filename, piece)
    return Manifest(
        name=wish.file.name,
        account_id=tools.files.account_id,
        kind=wish.kind,
        architecture=wish.architecture,
        kernel_id=wish.kernel,
        ramdisk_id=wish.ramdisk,
        digest=bundling.digest,
        size=size,
        bundled_size=bundling.bundled_size,
        for_cloud=tools.secret.wrap(tools.files.cloud),
        for_user=tools.secret.wrap(tools.files.user),
        parts=tuple(bundling.done),
    )


def _register(wish: Wish, location: str, tools: Tools) -> str:
    named = wish.kind == MACHINE
    parameters = {
        "Action": "RegisterImage",
        "Version": VERSION,
        "ImageLocation": location,
        "Name": wish.name,
        "Architecture": wish.architecture,
        "Description": wish.description,
        "VirtualizationType": wish.virtualization,
        "KernelId": wish.kernel if named else "",
        "RamdiskId": wish.ramdisk if named else "",
    }
    told = {name: value for name, value in parameters.items() if value}
    return ask(tools.compute, told, tools.clock()).text("imageId")


# --- the command line ----------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="euca-install-image", description=(__doc__ or "").partition("\n\n")[2],
        epilog="Example: euca-install-image disk.img -b images -n debian -r x86_64 "
        "--virtualization-type hvm",
    )  # fmt: skip
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="FILE", help="the image")
    add("-i", "--image", type=Path, help="the image, as euca2ools names it")
    add("-b", "--bucket", required=True, metavar="BUCKET[/FOLDER]", help="made if it is new")
    add("-n", "--name", required=True, help="the image's name, new in the account")
    add("-r", "--arch", default="x86_64", choices=ARCHITECTURES, help="default: %(default)s")
    add("-d", "--description", default="")
    add("--virtualization-type", choices=("hvm", "paravirtual"), default="")
    add("--kernel", default="", metavar="ID|true", help='a kernel, or "true": this is one')
    add("--ramdisk", default="", metavar="ID|true", help='a ramdisk, or "true": this is one')
    add("--part-size", type=int, default=10, metavar="MIB", help="default: %(default)s")
    add("--json", action="store_true", help="print facts as one JSON document")
    places = parser.add_argument_group("where the cloud is and who asks")
    for option, what in (
        ("--s3-url", "the object store's URL"), ("--ec2-url", "the compute service's URL"),
        ("--region", "a region of the ini files"),
    ):  # fmt: skip
        places.add_argument(option, help=what)
    places.add_argument("-I", "--access-key-id", metavar="KEY_ID")
    places.add_argument("-S", "--secret-key", metavar="KEY")
    places.add_argument("-u", "--user", metavar="ACCOUNT", help="the account's number")
    places.add_argument("-c", "--cert", type=Path, help="the user's certificate")
    places.add_argument("-k", "--privatekey", type=Path, help="the user's private key")
    places.add_argument("--ec2cert", type=Path, help="the cloud's certificate")
    return parser


def _wish(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> Wish:
    file = asked.file or asked.image
    if file is None or (asked.file and asked.image):
        parser.error("name the image once, as FILE or with --image")
    if not 1 <= asked.part_size <= 1024:
        parser.error("--part-size is not from 1 to 1024")
    if asked.kernel == "true" and asked.ramdisk == "true":
        parser.error("an image is a kernel or a ramdisk, not both")
    bucket, _, folder = asked.bucket.strip("/").partition("/")
    return Wish(
        file=file, bucket=bucket, folder=f"{folder}/" if folder else "", name=asked.name,
        architecture=asked.arch, virtualization=asked.virtualization_type,
        description=asked.description, kernel=asked.kernel, ramdisk=asked.ramdisk,
        part_size=asked.part_size * _MEBI,
    )  # fmt: skip


def _profile(service: Service, asked: argparse.Namespace, url: str | None) -> Profile:
    options = argparse.Namespace(**{**vars(asked), "url": url})
    return find(service, options, os.environ)


def _tools(asked: argparse.Namespace) -> Tools:
    return Tools(
        compute=_profile(COMPUTE, asked, asked.ec2_url),
        uploads=Uploads(
            profile=_profile(OBJECT_STORAGE, asked, asked.s3_url),
            clock=time.time, pause=time.sleep,
        ),
        files=find_files(asked, os.environ),
        secret=Secret(key=os.urandom(16), iv=os.urandom(16)),
        clock=time.time,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """The program; exits 0 when the image is registered."""
    parser = _parser()
    asked = parser.parse_args(argv)
    wish = _wish(parser, asked)
    try:
        facts = install(wish, _tools(asked))
    except (NoProfile, Denied, Unreachable, BadManifest, Refused, OSError, ValueError) as wrong:
        sys.exit(f"euca-install-image: {wrong}")
    print(json.dumps(facts, indent=2) if asked.json else f"IMAGE\t{facts['image_id']}")


if __name__ == "__main__":
    main()
