# SPDX-License-Identifier: BSD-2-Clause
"""The private cluster: made once, started after anything, killed and missed by nobody for long."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.database import orphans, private
from eucalyptus.database.private import CannotRun
from eucalyptus.database.run import Database, Tx, notify
from eucalyptus.database.settings import DatabaseSettings
from tests.fixtures.postgres import Cluster, make_cluster


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster to be mistreated."""
    made = make_cluster()
    try:
        made.start()
        yield made
    finally:
        made.destroy()


def one(tx: Tx) -> int:
    return int(tx.execute(text("SELECT 1")).scalar_one())


def test_killed_postgres_is_refused_quickly_and_missed_no_longer_than_it_is_away(
    own: Cluster, spin: Any, turn: Any
) -> None:
    database = Database(own.settings.url, reactor=reactor, threads=3)
    heard: list[str] = []
    database.listen("news", heard.append)
    turn(lambda: bool(heard), 5)
    assert spin(database.run(one)) == 1
    own.kill(signal.SIGKILL)
    begun = time.monotonic()
    many = [Deferred.fromCoroutine(database.run(one)) for _ in range(12)]
    results = spin(DeferredList(many, consumeErrors=True))
    assert time.monotonic() - begun < 5
    assert all(not good and why.value.refusal is UNAVAILABLE for good, why in results)
    before = len(heard)
    own.start()
    assert spin(database.run(one)) == 1
    turn(lambda: len(heard) > before, 5)
    spin(database.run(lambda tx: notify(tx, "news", "back")))
    turn(lambda: "back" in heard, 5)
    assert database.in_use == 0
    spin(database.close())


def test_a_short_absence_is_not_even_noticed(own: Cluster, spin: Any) -> None:
    database = Database(own.settings.url, reactor=reactor, threads=2)
    assert spin(database.run(one)) == 1
    own.kill(signal.SIGKILL)
    waiting = Deferred.fromCoroutine(database.read(one))
    own.start()
    assert spin(waiting) == 1
    spin(database.close())


def test_p06_nothing_that_was_acknowledged_is_lost_by_kills(own: Cluster, spin: Any) -> None:
    database = Database(own.settings.url, reactor=reactor, threads=2)

    def change(tx: Tx, statement: str) -> None:
        tx.execute(text(statement))

    spin(database.run(change, "CREATE TABLE kept (n int)"))
    acknowledged = []
    for number in range(3):
        spin(database.run(change, f"INSERT INTO kept VALUES ({number})"))
        acknowledged.append(number)
        own.kill(signal.SIGKILL)
        own.start()
    rows = spin(database.read(lambda tx: [r.n for r in tx.execute(text("SELECT n FROM kept"))]))
    assert sorted(rows) == acknowledged
    spin(database.close())


def test_a_stale_pid_file_that_names_somebody_else_does_not_stop_a_start(own: Cluster) -> None:
    own.kill(signal.SIGKILL)
    stale = own.settings.cluster / "postmaster.pid"
    lines = stale.read_text().splitlines()
    owner = stale.stat()
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(stale, owner.st_uid, owner.st_gid)
    own.start()
    assert own.answers()


def test_a_server_whose_supervisor_died_is_replaced_properly(own: Cluster, turn: Any) -> None:
    old = own.server
    assert old is not None
    own.start()
    assert old.wait(10) == 0
    turn(own.answers, 10)


def test_a_cluster_that_was_interrupted_while_being_made_is_made_again() -> None:
    made = make_cluster()
    try:
        (made.settings.cluster / "base" / "1").mkdir(parents=True)
        (made.settings.cluster / "PG_VERSION").write_text("15\n")
        user = private.runner("eucalyptus")
        made.settings.socket_directory.mkdir(parents=True)
        made.settings.socket_directory.joinpath("making").touch()
        for path in (
            made.settings.cluster,
            *made.settings.state.glob("run/db/*"),
            *made.settings.cluster.rglob("*"),
        ):
            os.chown(path, user.pw_uid, user.pw_gid)
        made.start()
        assert made.answers()
    finally:
        made.destroy()


def test_what_somebody_else_put_there_is_left_alone(tmp_path: Path) -> None:
    settings = DatabaseSettings(state=tmp_path)
    private.prepare(settings, private.runner("eucalyptus"))
    (settings.cluster / "PG_VERSION").write_text("13\n")
    with pytest.raises(CannotRun, match="not ours"):
        private.create(settings, private.programs())
    assert (settings.cluster / "PG_VERSION").read_text() == "13\n"


def test_somebody_who_only_looks_around_is_no_orphan(tmp_path: Path) -> None:
    guest = subprocess.Popen(["/bin/sleep", "60"], cwd=tmp_path)
    assert orphans.living(tmp_path) == []
    guest.kill()
    guest.wait()


def test_orphans_are_ended_before_a_start(tmp_path: Path) -> None:
    program = shutil.copy("/bin/sleep", tmp_path / orphans.PROGRAM)
    # A shell that started us in the background had SIGQUIT ignored, and children inherit that.
    orphan = subprocess.Popen(["env", "--default-signal=QUIT", program, "60"], cwd=tmp_path)
    pauses: list[float] = []
    (tmp_path / "postmaster.pid").write_text("999999999\n")

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        with contextlib.suppress(subprocess.TimeoutExpired):
            orphan.wait(0.02)

    orphans.clear(tmp_path, tmp_path / "socket", pause)
    assert orphan.wait(5) == -signal.SIGQUIT
    assert 4.9 < sum(pauses) < 6
    assert not (tmp_path / "postmaster.pid").exists()


@pytest.mark.parametrize("content", ["", "soon\n", "999999999\n"])
def test_a_pid_file_that_says_nothing_names_no_postmaster(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content)
    assert orphans.postmaster(tmp_path) is None


def test_a_missing_postgresql_is_said(tmp_path: Path) -> None:
    assert private.programs(str(tmp_path)) == tmp_path
    assert (private.programs() / "initdb").exists()


def test_a_state_directory_too_deep_for_a_socket_is_said(tmp_path: Path) -> None:
    deep = DatabaseSettings(state=tmp_path / ("d" * 100))
    with pytest.raises(CannotRun, match="too long"):
        private.prepare(deep, pwd.getpwuid(os.geteuid()))


def test_root_needs_somebody_to_run_it_as() -> None:
    name = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    assert private.runner("no-such-user").pw_name == name


def test_other_users_of_the_host_are_not_let_in(own: Cluster) -> None:
    asking = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "psql"]
    asking += ["-h", str(own.settings.socket_directory), "-p", "8777", "-U", "eucalyptus"]
    answer = subprocess.run([*asking, "-c", "SELECT 1"], capture_output=True, cwd="/", check=False)
    assert answer.returncode != 0
    assert b"Peer authentication failed" in answer.stderr


def test_a_closed_database_refuses(own: Cluster, spin: Any) -> None:
    settings = DatabaseSettings(state=own.state / "nowhere")
    database = Database(settings.url, reactor=reactor, threads=1)
    with pytest.raises(Refused) as refused:
        spin(database.run(one))
    assert refused.value.refusal is UNAVAILABLE
    spin(database.close())


def test_n20_the_database_is_reached_by_its_socket_and_by_whom_it_knows(
    database: Database, cluster: Cluster, spin: Any
) -> None:
    """No TCP; the kernel says who calls; our role owns one database and is no superuser; no
    statement takes for ever; nobody else may make anything in the public schema."""

    def look(tx: Tx) -> dict[str, Any]:
        one = lambda sql: tx.execute(text(sql)).scalar_one()  # noqa: E731
        return {
            "address": one("SHOW listen_addresses"),
            "patience": one("SHOW statement_timeout"),
            "idle": one("SHOW idle_in_transaction_session_timeout"),
            "super": one("SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication "
                         "OR rolbypassrls FROM pg_roles WHERE rolname = current_user"),
            "files": one("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = "
                         "m.roleid WHERE r.rolname LIKE 'pg_%file%' OR r.rolname LIKE 'pg_exec%'"),
            "public": one("SELECT has_schema_privilege('public', 'public', 'CREATE')"),
        }  # fmt: skip

    assert spin(database.run(look)) == {
        "address": "", "patience": "30s", "idle": "1min", "super": False, "files": 0,
        "public": False,
    }  # fmt: skip
    allowed = (cluster.settings.cluster / "pg_hba.conf").read_text().split("\n")
    assert all(line.startswith("local all ") and " peer " in line for line in allowed if line)
