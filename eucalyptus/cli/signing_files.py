# SPDX-License-Identifier: BSD-2-Clause
"""The certificates and the key with which bundles are made: options, eucarc, then ini files."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from eucalyptus.cli.profile import REGION_NAMES, NoProfile, ini_files, read_ini
from eucalyptus.wire.certificates import load_key, load_pem


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFiles:
    """The user's key, the keys of the user's and the cloud's certificates, the account's number."""

    account_id: str
    key: RSAPrivateKey = field(repr=False)
    user: RSAPublicKey
    cloud: RSAPublicKey


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One fact: its option, its variables, and whether a user's or a region's section has it."""

    option: str
    variables: tuple[str, ...]
    ini: str
    of_region: bool = False


_ACCOUNT = _Wanted("user", ("EC2_ACCOUNT_NUMBER", "EC2_USER_ID"), "account-id")
_KEY = _Wanted("privatekey", ("EC2_PRIVATE_KEY",), "private-key")
_CERTIFICATE = _Wanted("cert", ("EC2_CERT",), "certificate")
_CLOUD = _Wanted("ec2cert", ("EUCALYPTUS_CERT",), "certificate", of_region=True)


def find_files(options: argparse.Namespace, environment: Mapping[str, str]) -> SigningFiles:
    """Read them all; raises NoProfile for what is not named, OSError and Refused for bad files."""
    sections = read_ini(ini_files(environment))
    person, place = _sections(sections, options.region, environment)
    said = environment if not options.region else {}

    def look(wanted: _Wanted) -> str:
        given = getattr(options, wanted.option, None)
        named = (said[name] for name in wanted.variables if said.get(name))
        section = place if wanted.of_region else person
        found = str(given or "") or next(named, "") or section.get(wanted.ini, "")
        if not found:
            raise NoProfile(
                f"Bundling needs {wanted.variables[0]}: source eucarc, or give --{wanted.option}."
            )
        return found

    certificate = load_pem(_file(look(_CERTIFICATE)))
    key = load_key(_file(look(_KEY)))
    if key.public_key() != certificate.key:
        raise NoProfile("The private key does not belong to the certificate.")
    return SigningFiles(
        account_id=look(_ACCOUNT).replace("-", ""),
        key=key,
        user=certificate.key,
        cloud=load_pem(_file(look(_CLOUD))).key,
    )


def _sections(
    sections: Mapping[str, Mapping[str, str]], region: str | None, environment: Mapping[str, str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The user's and the region's section of the ini files, each perhaps empty."""
    fallback = sections.get("global", {}).get("default-region", "")
    named = next((environment[name] for name in REGION_NAMES if environment.get(name)), fallback)
    user, _, place = (region or named).rpartition("@")
    of_region = sections.get(f"region {place}", {})
    return sections.get(f"user {user or of_region.get('user', '')}", {}), of_region


def _file(name: str) -> bytes:
    return Path(name).expanduser().read_bytes()
