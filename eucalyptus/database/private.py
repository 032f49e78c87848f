# SPDX-License-Identifier: BSD-2-Clause
"""The private PostgreSQL cluster: made on first start, then run in the foreground.

``eucalyptus-database`` becomes the postmaster itself (exec), so whoever supervises it supervises
PostgreSQL. It takes no TCP connections: a Unix socket and the kernel's word for who is calling.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from twisted.logger import Logger, globalLogBeginner, textFileLogObserver

from eucalyptus.command import CommandFailed, run_now
from eucalyptus.database.orphans import clear
from eucalyptus.database.settings import DATABASE, PORT, ROLE, DatabaseSettings
from eucalyptus.settings import from_arguments

_log = Logger()

_CONFIGURATION = """\
# Written anew at every start. Put changes into {local}
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0777
max_connections = 200
superuser_reserved_connections = 5
shared_buffers = 128MB
max_pred_locks_per_transaction = 256
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
checkpoint_completion_target = 0.9
max_wal_size = 1GB
restart_after_crash = on
idle_in_transaction_session_timeout = 60s
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_messages = warning
log_checkpoints = off
include_if_exists = '{local}'
"""
_WHO_MAY = "local all {role} peer map=cloud\nlocal all postgres peer map=cloud\n"


class CannotRun(Exception):
    """The private cluster cannot be made or started; the sentence says what to do."""


def programs(given: str = "") -> Path:
    """The directory of the newest installed PostgreSQL; raises CannotRun when there is none."""
    if given:
        return Path(given)
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found = sorted(
        (p for p in places if (p / "initdb").exists()),
        key=lambda p: int("".join(c for c in p.parent.name if c.isdigit())),
    )
    if found:
        return found[-1]
    if Path("/usr/bin/initdb").exists():
        return Path("/usr/bin")
    raise CannotRun("PostgreSQL is not installed. Install postgresql (13 or newer).")


def runner(name: str) -> pwd.struct_passwd:
    """The user who is to run PostgreSQL: ourselves, or for root ``name`` or else postgres."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for candidate in (name, "postgres"):
        try:
            return pwd.getpwnam(candidate)
        except KeyError:
            continue
    raise CannotRun(f"PostgreSQL refuses to run as root and there is no user {name} or postgres.")


def prepare(settings: DatabaseSettings, user: pwd.struct_passwd) -> None:
    """Make the directories that ``user`` needs and owns."""
    if len(os.fsencode(settings.socket_directory)) > 90:
        raise CannotRun(f"{settings.socket_directory} is too long for a socket's path.")
    for directory, mode in ((settings.cluster, 0o700), (settings.socket_directory, 0o755)):
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(exist_ok=True)
        os.chmod(directory, mode)
        if os.geteuid() == 0:
            os.chown(directory, user.pw_uid, user.pw_gid)


def become(user: pwd.struct_passwd) -> None:
    """Give up root for good."""
    if os.geteuid() == 0:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir


def create(settings: DatabaseSettings, bin_directory: Path) -> None:
    """Make the cluster, its role and its database, unless all is there. Repeatable after a crash.

    ``eucalyptus.ready`` is written last. What is there without it is removed only when we know
    that we were interrupted while making it; anything else there raises CannotRun.
    """
    cluster = settings.cluster
    ready, making = cluster / "eucalyptus.ready", settings.socket_directory / "making"
    if ready.exists():
        return
    if any(cluster.iterdir()) and not making.exists():
        raise CannotRun(f"{cluster} holds something that is not ours. Move it away, or if it is "
                        f"a cluster of ours, restored say, create the file {ready}.")  # fmt: skip
    making.touch()
    for left in sorted(cluster.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() and not left.is_symlink() else left.unlink()
    run_now(
        [str(bin_directory / "initdb"), "-D", str(cluster), "--username=postgres", "--locale=C",
         "--encoding=UTF8", "--auth=peer", "--data-checksums"],
        timeout=120,
    )  # fmt: skip
    configure(settings)
    statements = f"CREATE ROLE {ROLE} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    done = run_now(
        [str(bin_directory / "postgres"), "--single", "-D", str(cluster), "postgres"],
        input=statements.encode(), timeout=60,
    )  # fmt: skip
    if b"ERROR:" in done.out + done.err:
        raise CannotRun(f"{DATABASE} cannot be made: {done.err.decode(errors='replace')}")
    ready.write_text(f"{DATABASE}\n")
    making.unlink()


def configure(settings: DatabaseSettings) -> None:
    """Write the configuration files, the same ones at every start."""
    local = settings.state / "etc" / "postgresql.local.conf"
    (settings.cluster / "postgresql.conf").write_text(
        _CONFIGURATION.format(port=PORT, sockets=settings.socket_directory, local=local)
    )
    (settings.cluster / "pg_hba.conf").write_text(_WHO_MAY.format(role=ROLE))
    callers = dict.fromkeys(("root", "eucalyptus", pwd.getpwuid(os.geteuid()).pw_name))
    allowed = [f"cloud {name} {ROLE}" for name in callers]
    allowed += [f"cloud {name} postgres" for name in callers]
    (settings.cluster / "pg_ident.conf").write_text("\n".join(allowed) + "\n")


def launch(
    settings: DatabaseSettings,
    *,
    execute: Callable[[str, list[str]], object] = os.execv,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Clear what a kill left behind, make the cluster if it is new, and become PostgreSQL."""
    bin_directory = programs(settings.database_programs)
    user = runner(settings.database_user)
    prepare(settings, user)
    clear(settings.cluster, settings.socket_directory / f".s.PGSQL.{PORT}", pause)
    become(user)
    create(settings, bin_directory)
    configure(settings)
    _log.info("starting PostgreSQL on {cluster}", cluster=settings.cluster)
    sys.stderr.flush()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    server = str(bin_directory / "postgres")
    execute(server, [server, "-D", str(settings.cluster)])


def main() -> None:
    """``eucalyptus-database``."""
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)
    settings = from_arguments(DatabaseSettings, "Run the cloud's private PostgreSQL.")
    try:
        launch(settings)
    except (CannotRun, CommandFailed) as wrong:
        raise SystemExit(str(wrong)) from wrong


if __name__ == "__main__":
    main()
