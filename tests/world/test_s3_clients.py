# SPDX-License-Identifier: BSD-2-Clause
"""The S3 tools that people have do their round trips against front workers, unchanged."""

from __future__ import annotations

import filecmp
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from eucalyptus.command import CommandFailed
from tests.conformance import Sightings
from tests.world.fronts import Fronts, fronts
from tests.world.s3.fog import Fog, Fog2
from tests.world.s3.libraries import Boto, Boto3
from tests.world.s3.place import (
    REGION,
    Client,
    Linking,
    Place,
    Style,
    Syncing,
    private_names,
    program,
)
from tests.world.s3.programs import AwsCli, Curl, Rclone, S3cmd, S3curl
from tests.world.s3.words import POLICY, WORDS
from tests.world.witness import STORING, VERSION_OF_S3, Witness

MEBIBYTE = 1 << 20
KEYS = ["big", "d/ü a+b & c.txt"]
"""A key for a large object, and one that wants escapes everywhere."""
CLIENTS: Mapping[str, tuple[Callable[[Place], Client], tuple[Style, ...]]] = {
    "s3cmd": (S3cmd, (Style.HOSTS, Style.PATH)),
    "s3curl": (S3curl, (Style.HOSTS, Style.PATH)),
    "curl": (Curl, (Style.HOSTS, Style.PATH, Style.MOUNT)),
    "aws-cli": (AwsCli, (Style.HOSTS, Style.MOUNT)),
    "rclone": (Rclone, (Style.HOSTS, Style.PATH, Style.MOUNT)),
    "fog-aws": (Fog, (Style.HOSTS, Style.PATH)),
    "fog-aws-v2": (Fog2, (Style.HOSTS, Style.PATH)),
    "boto3": (Boto3, (Style.MOUNT,)),
    "boto-2.49": (Boto, (Style.MOUNT,)),
}
"""Each with the places of a bucket in a URL that it can be told."""
ODD = (
    "per%25cent", "plus+plus", "a&b=c", "quo'te\"s", "ast*er?", "semi;colon,comma", "tilde~",
    "[br]{ack}", "back\\slash", "#hash", " lead", "trail ", "日本語", "e\u0301", "😀", "-dash",
    "a<b>c", "@:!$()",
)  # fmt: skip
"""Names of files that want escapes in URLs, in XML, or in what is signed."""
LINKING = ("s3cmd", "aws-cli", "rclone", "fog-aws", "fog-aws-v2", "boto3", "boto-2.49")
SYNCING = ("s3cmd", "aws-cli", "rclone")


def cases(*names: str, styles: int = 3) -> list[Any]:
    """Parameters: those clients, each in the first ``styles`` of its styles."""
    return [
        pytest.param(name, style, id=f"{name}-{style.value}")
        for name in names
        for style in CLIENTS[name][1][:styles]
    ]


@pytest.fixture(scope="module", name="cloud")
def _cloud() -> Iterator[Fronts]:
    """Two front workers."""
    with fronts() as made:
        made.start_workers(2)
        yield made


@pytest.fixture(name="style")
def _style() -> Style:
    """Where buckets stand, when a test does not say it."""
    return Style.HOSTS


@pytest.fixture(name="place")
def _place(cloud: Fronts, style: Style, tmp_path: Path) -> Place:
    """alice's, with a bucket of the test's own."""
    private_names(tmp_path)
    alice = cloud.user("alice")
    return Place(
        port=cloud.port, key_id=alice.key_id, secret=alice.secret, style=style, folder=tmp_path,
        bucket=tmp_path.name.removeprefix("test_").replace("_", "-").lower(),
    )  # fmt: skip


def random_file(path: Path, mebibytes: int) -> Path:
    """A file of so many MiB, every one of them different."""
    block = os.urandom(MEBIBYTE - 8)
    with path.open("wb") as file:
        for number in range(mebibytes):
            file.write(number.to_bytes(8, "big") + block)
    return path


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    return filecmp.cmp(one, other, shallow=False)


@pytest.mark.parametrize(("name", "style"), cases(*CLIENTS))
def test_round_trip(place: Place, name: str, conformance: Sightings) -> None:
    """Bucket, small and large object, list, get, copy, delete; odd keys too."""
    witness = Witness(CLIENTS[name][0](place), name, VERSION_OF_S3, conformance, STORING)
    client = cast(Client, witness)
    big, small = random_file(place.folder / "big", 12), place.folder / "small"
    small.write_text("hello\n")
    client.make()
    for path, key in zip((big, small), KEYS, strict=True):
        client.put(path, key)
    assert sorted(client.names()) == KEYS

    client.copy(KEYS[1], "copied")
    for key, path in (("copied", small), (KEYS[1], small), (KEYS[0], big)):
        client.get(key, place.folder / "back")
        assert same(place.folder / "back", path)
        (place.folder / "back").unlink()
    for key in (*KEYS, "copied"):
        client.remove(key)
    assert list(client.names()) == []
    client.unmake()


@pytest.mark.parametrize(("name", "style"), cases(*CLIENTS, styles=1))
def test_a_refusal_is_understood(place: Place, name: str) -> None:
    """Each client hands on the code of a refusal."""
    client = CLIENTS[name][0](place)
    (place.folder / "small").write_text("hello\n")
    client.make()
    client.put(place.folder / "small", "k")
    with pytest.raises(Exception, match="BucketNotEmpty"):  # each has errors of its own kind
        client.unmake()
    client.remove("k")
    client.unmake()


@pytest.mark.parametrize(("name", "style"), cases(*LINKING))
def test_links(place: Place, name: str) -> None:
    """Anybody may get what a presigned URL names."""
    client = cast(Linking, CLIENTS[name][0](place))
    (place.folder / "small").write_text("hello\n")
    client.make()
    client.put(place.folder / "small", KEYS[1])
    assert place.says("curl", "-s", client.link(KEYS[1])) == "hello\n"
    client.remove(KEYS[1])
    client.unmake()


@pytest.mark.parametrize(("name", "style"), cases(*SYNCING, styles=1))
def test_sync(place: Place, name: str) -> None:
    """A tree goes up, again nothing of it, and comes down the same."""
    client = cast(Syncing, CLIENTS[name][0](place))
    tree, back = place.folder / "tree", place.folder / "back"
    names = ["big", *(f"sub/{odd}.txt" for odd in ODD)]
    (tree / "sub").mkdir(parents=True)
    for file in names[1:]:
        (tree / file).write_text(file)
    random_file(tree / "big", 12)
    client.make()
    assert ".txt" in client.push(tree)
    assert ".txt" not in client.push(tree)

    back.mkdir()
    client.pull(back)
    assert filecmp.cmpfiles(tree, back, names, shallow=False)[0] == names


@pytest.mark.parametrize(
    "mebibytes", [64, pytest.param(1024, marks=pytest.mark.soak)], ids=["64-MiB", "1-GiB"]
)
def test_a_large_file(place: Place, mebibytes: int) -> None:
    """``aws s3 cp``, up in parts and down in ranges, ten at once."""
    client, file = AwsCli(place), random_file(place.folder / "file", mebibytes)
    client.make()
    client.put(file, "file")
    client.get("file", place.folder / "back")
    assert same(file, place.folder / "back")
    for path in (file, place.folder / "back"):
        path.unlink()
    client.remove("file")
    client.unmake()


@pytest.mark.parametrize(("name", "style"), cases(*WORDS, styles=1))
def test_further_words(place: Place, name: str) -> None:
    """ACLs, policies, versions, lifecycle, tags and whatever else a command line knows."""
    client: Any = CLIENTS[name][0](place)
    (place.folder / "k").write_text("hello\n")
    policy = place.write("policy", POLICY % place.bucket)
    client.make()
    client.put(place.folder / "k", "k")
    for line, told in WORDS[name]:
        words = shlex.split(line.format(bucket=place.bucket, policy=policy))
        assert told in client.say(*words), words


MOUNTED = Path(__file__).parent / "s3" / "mounted.sh"
ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""What ends every process that a program leaves behind."""
OPENED = "exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none "
AUTHOR = ("-c", "user.name=alice", "-c", "user.email=alice@example.com")


def mountable(place: Place) -> None:
    """Skips the test where the kernel lets nobody mount by FUSE."""
    point = place.folder / "probe"
    point.mkdir()
    try:
        place.run("sh", "-ec", f"{OPENED}{point}")
    except CommandFailed as refused:
        pytest.skip(f"no FUSE here, which takes /dev/fuse and root: {refused}")


def repository(place: Place) -> Path:
    """A git repository with some files in one commit."""
    path = place.folder / "repository"
    place.run("git", "init", "-q", "-b", "main", str(path))
    for number in range(20):
        (path / f"file {number}").write_text("line\n" * number)
    random_file(path / "big", 6)
    place.run("git", "-C", str(path), "add", ".")
    place.run("git", "-C", str(path), *AUTHOR, "commit", "-q", "-m", "First")
    return path


@pytest.mark.parametrize(
    ("style", "options"), [(Style.HOSTS, ""), (Style.PATH, ",use_path_request_style,sigv2")],
    ids=["hosts-v4", "path-v2"],
)  # fmt: skip
def test_s3fs(place: Place, options: str) -> None:
    """A clone into a mounted bucket is whole after it was mounted anew."""
    program("s3fs", "s3fs")
    mountable(place)
    source, client = repository(place), Curl(place)
    client.make()
    password = place.write("password", f"{place.key_id}:{place.secret}")
    told = f"url={place.endpoint},endpoint={REGION},passwd_file={password}{options}"
    place.run(*ALONE, "sh", str(MOUNTED), str(place.folder), place.bucket, "-o", told)

    names = [path.name for path in source.iterdir() if path.is_file()]
    assert len(names) == 21
    assert filecmp.cmpfiles(source, place.folder / "back", names, shallow=False)[0] == names
    assert list(client.names()) == []
    client.unmake()
