# SPDX-License-Identifier: BSD-2-Clause
"""Bootstrap and credentials bundles as the programs they are; run twice, they change nothing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cloudcontroller.identity import bundle
from cloudcontroller.identity.bootstrap import (
    BootstrapSettings,
    bootstrap,
    ensure_keys,
    ensure_pair,
)
from cloudcontroller.identity.principals import DatabasePrincipals
from eucalyptus.database.properties import stored
from eucalyptus.database.run import Database, Tx
from eucalyptus.secrets import open_sealer
from eucalyptus.wire.certificates import fingerprint, identity

NOW = 1_790_000_000.0


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> BootstrapSettings:
    """A state directory of its own on the shared database."""
    (tmp_path / "etc").mkdir()
    return BootstrapSettings(state=tmp_path, database_url=database.url, zone="one")


@pytest.fixture
def conf(settings: BootstrapSettings) -> Path:
    """The same as a file."""
    path = settings.state / "etc" / "eucalyptus.conf"
    path.write_text(
        f'EUCALYPTUS_STATE="{settings.state}"\nDATABASE_URL="{settings.database_url}"\n'
    )
    return path


def digests(directory: Path) -> Mapping[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def rows(tx: Tx) -> list[str]:
    tables = ("accounts", "users", "access_keys", "certificates")
    counting = (text(f"SELECT t::text FROM identity.{table} t ORDER BY 1") for table in tables)
    return [str(row) for statement in counting for row in tx.execute(statement)]


def test_a_second_bootstrap_changes_nothing(
    settings: BootstrapSettings, database: Database, spin: Any
) -> None:
    bootstrap(settings, lambda: NOW)
    before, before_rows = digests(settings.keys), spin(database.read(rows))
    bootstrap(settings, lambda: NOW + 1000)
    assert digests(settings.keys) == before
    assert spin(database.read(rows)) == before_rows


def test_every_key_is_there_and_private(settings: BootstrapSettings) -> None:
    bootstrap(settings, lambda: NOW)
    for directory, stems in (
        (settings.keys, "cloud cluster node"),
        (settings.keys / "one", "cluster node"),
    ):
        for stem in stems.split():
            identity(
                (directory / f"{stem}-cert.pem").read_bytes(),
                (directory / f"{stem}-pk.pem").read_bytes(),
            )
    for path in settings.keys.rglob("*.*"):
        assert path.stat().st_mode & 0o777 == 0o600
    zone = settings.keys / "one"
    assert (zone / "cloud-cert.pem").read_bytes() == (settings.keys / "cloud-cert.pem").read_bytes()
    assert (zone / "node-pk.pem").read_bytes() == (settings.keys / "node-pk.pem").read_bytes()


def test_a_pair_that_was_half_made_is_completed(tmp_path: Path) -> None:
    ensure_pair(tmp_path, "cloud", lambda: NOW)
    key = (tmp_path / "cloud-pk.pem").read_bytes()
    (tmp_path / "cloud-cert.pem").unlink()
    ensure_pair(tmp_path, "cloud", lambda: NOW)
    assert (tmp_path / "cloud-pk.pem").read_bytes() == key
    (tmp_path / "cloud-pk.pem").unlink()
    ensure_pair(tmp_path, "cloud", lambda: NOW)
    identity((tmp_path / "cloud-cert.pem").read_bytes(), (tmp_path / "cloud-pk.pem").read_bytes())


def test_the_network_document_is_taken_once(
    settings: BootstrapSettings, database: Database, spin: Any
) -> None:
    document = settings.state / "etc" / "network.json"
    document.write_text("{not json")
    with pytest.raises(ValueError, match="not JSON"):
        bootstrap(settings, lambda: NOW)
    document.write_text("")
    bootstrap(settings, lambda: NOW)
    assert spin(database.read(stored)) == {}


def run_bundle(conf: Path, directory: Path, *words: str) -> None:
    bundle.main([str(directory), "--config", str(conf), *words])


def test_a_bundle_of_the_cloud_administrator(
    settings: BootstrapSettings, conf: Path, database: Database, spin: Any, tmp_path: Path
) -> None:
    bootstrap(settings, lambda: NOW)
    run_bundle(conf, tmp_path / "b")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "b").iterdir()} == {0o600}
    finder = DatabasePrincipals(database, open_sealer(settings.keys), lambda: NOW)
    pem = (tmp_path / "b" / "euca2-admin-cert.pem").read_bytes()
    identity(pem, (tmp_path / "b" / "euca2-admin-pk.pem").read_bytes())
    owner = spin(finder.by_certificate(fingerprint(pem))).principal
    assert owner.is_cloud_admin and owner.is_account_admin
    key_id, secret = (
        line.partition("=")[2] for line in (tmp_path / "b" / "iamrc").read_text().splitlines()
    )
    found = spin(finder.by_access_key(key_id))
    assert (found.secret, found.principal) == (secret, owner)


def test_a_second_bundle_is_the_same(
    settings: BootstrapSettings, conf: Path, tmp_path: Path
) -> None:
    bootstrap(settings, lambda: NOW)
    run_bundle(conf, tmp_path / "b")
    before = digests(tmp_path / "b")
    (tmp_path / "b" / "iamrc").write_text("spoilt")
    run_bundle(conf, tmp_path / "b")
    assert digests(tmp_path / "b") == before


def test_a_new_account_and_a_new_user_are_made(
    settings: BootstrapSettings, conf: Path, tmp_path: Path, capsys: Any
) -> None:
    bootstrap(settings, lambda: NOW)
    run_bundle(conf, tmp_path / "d", "--account", "dev", "--json")
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert "Made account dev" in said.err
    assert (facts["account"], facts["user"]) == ("dev", "admin")
    run_bundle(conf, tmp_path / "e", "--account", "dev", "--user", "bob", "--host", "10.0.0.1")
    assert "Made user bob" in capsys.readouterr().err
    rc = (tmp_path / "e" / "eucarc").read_text()
    assert "http://10.0.0.1:8773/services/compute" in rc
    assert facts["account_number"] in rc
    assert (tmp_path / "e" / "euca2-bob-cert.pem").exists()


@pytest.mark.parametrize("words", [["--account", "No Good"], ["--user", "b o b"]])
def test_a_bad_name_is_refused_and_nothing_is_written(
    settings: BootstrapSettings, conf: Path, tmp_path: Path, words: list[str]
) -> None:
    bootstrap(settings, lambda: NOW)
    with pytest.raises(SystemExit) as ended:
        run_bundle(conf, tmp_path / "b", *words)
    assert "eucalyptus-credentials: " in str(ended.value.code)
    assert not (tmp_path / "b").exists()


def test_before_bootstrap_there_is_no_bundle(conf: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        run_bundle(conf, tmp_path / "b")
    assert "cloud-cert.pem" in str(ended.value.code)


def test_openssl_agrees_that_the_certificate_fits_the_key(
    settings: BootstrapSettings, conf: Path, tmp_path: Path
) -> None:
    bootstrap(settings, lambda: NOW)
    run_bundle(conf, tmp_path / "b")

    def public(*words: str) -> bytes:
        return subprocess.run(["openssl", *words], capture_output=True, check=True).stdout

    certificate = public(
        "x509", "-in", str(tmp_path / "b/euca2-admin-cert.pem"), "-noout", "-pubkey"
    )
    assert certificate == public("pkey", "-in", str(tmp_path / "b/euca2-admin-pk.pem"), "-pubout")


def test_n15_keys_are_their_owners(tmp_path: Path) -> None:
    """Every file of a key directory is private, whatever the umask, and so is the directory."""
    before = os.umask(0)
    try:
        ensure_keys(tmp_path / "keys", "one", time.time)
        open_sealer(tmp_path / "keys")
    finally:
        os.umask(before)
    made = list((tmp_path / "keys").rglob("*"))
    assert len(made) >= 11
    for path in (tmp_path / "keys", *made):
        wanted = 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & 0o777 == wanted, path
