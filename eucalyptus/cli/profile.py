# SPDX-License-Identifier: BSD-2-Clause
"""Where the cloud is and who asks: options, environment, then ini files in euca2ools' format."""

from __future__ import annotations

import argparse
import configparser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

KEY_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "EC2_ACCESS_KEY")
SECRET_NAMES = ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "EC2_SECRET_KEY")
REGION_NAMES = ("AWS_DEFAULT_REGION", "EUCA_DEFAULT_REGION", "EUCA_REGION")


class NoProfile(Exception):
    """Something needed to ask is missing; the sentence says how to give it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How one service is found: its key in a region's section, and in the environment."""

    name: str
    ini: str
    environment: tuple[str, ...]


PROPERTIES = Service(name="properties", ini="properties-url", environment=("EUCA_PROPERTIES_URL",))
IDENTITY = Service(name="iam", ini="iam-url", environment=("AWS_IAM_URL", "EUARE_URL"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a request needs: where to send it and with what to sign it."""

    url: str
    key_id: str
    secret: str = field(repr=False)
    service: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command shares."""
    shared = parser.add_argument_group("where the cloud is and who asks")
    shared.add_argument("-U", "--url", help="the service's URL")
    shared.add_argument("--region", metavar="[USER@]REGION", help="a region of the ini files")
    shared.add_argument("-I", "--access-key-id", metavar="KEY_ID")
    shared.add_argument("-S", "--secret-key", metavar="KEY")


def ini_files(environment: Mapping[str, str]) -> list[Path]:
    """The files to read, the last winning."""
    own = environment.get("EUCA_CONFIG_PATH", "")
    if own:
        return [Path(path) for path in own.split(":")]
    home = Path(environment.get("HOME", "/"))
    system = Path("/etc/euca2ools")
    places = (system / "conf.d", home / ".euca")
    return [system / "euca2ools.ini", *(p for d in places for p in sorted(d.glob("*.ini")))]


def read_ini(files: Iterable[Path]) -> Mapping[str, Mapping[str, str]]:
    """Sections of all files; raises NoProfile for a file that cannot be read."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(files)
    except (configparser.Error, UnicodeDecodeError) as wrong:
        raise NoProfile(f"An ini file cannot be read: {wrong}") from wrong
    return {name: dict(parser[name]) for name in parser.sections()}


def _first(environment: Mapping[str, str], names: Iterable[str]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _section(sections: Mapping[str, Mapping[str, str]], kind: str, name: str) -> Mapping[str, str]:
    merged: dict[str, str] = {}
    for title, values in sections.items():
        said_kind, _, pattern = title.partition(" ")
        if said_kind == kind and name and fnmatchcase(name, pattern.strip()):
            merged.update(values)
    return merged


def find(service: Service, options: argparse.Namespace, environment: Mapping[str, str]) -> Profile:
    """The profile that options, environment and ini files give; raises NoProfile.

    A region that is named on the command line wins over the environment.
    """
    sections = read_ini(ini_files(environment))
    fallback = sections.get("global", {}).get("default-region", "")
    named = options.region or _first(environment, REGION_NAMES) or fallback
    user, _, region = named.rpartition("@")
    place = _section(sections, "region", region)
    person = _section(sections, "user", user or place.get("user", ""))
    said = environment if not options.region else {}
    url = options.url or _first(said, service.environment) or place.get(service.ini, "")
    key_id = options.access_key_id or _first(said, KEY_NAMES) or person.get("key-id", "")
    secret = options.secret_key or _first(said, SECRET_NAMES) or person.get("secret-key", "")
    if not url:
        raise NoProfile(
            f"Where is the cloud? Source eucarc, set {service.environment[0]}, or give --url."
        )
    if not key_id or not secret:
        raise NoProfile("Who are you? Source eucarc, set AWS_ACCESS_KEY_ID and "
                        "AWS_SECRET_ACCESS_KEY, or give --region.")  # fmt: skip
    return Profile(url=url, key_id=key_id, secret=secret, service=service.name)
