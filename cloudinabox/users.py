# SPDX-License-Identifier: BSD-2-Clause
"""The user that runs what needs no root: the front workers, the cloud's loops, the cluster."""

from __future__ import annotations

import pwd
import sys

from eucalyptus.command import run_now

NAME = "eucalyptus"
ROOT = "root"


def as_user(name: str, *argv: str) -> list[str]:
    """The command line that runs ``argv`` as a user; as it is for root."""
    if name == ROOT:
        return list(argv)
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", *argv]


def ensure() -> str:
    """Make the system user if it is new, and say whom services run as.

    That is root where the user cannot read our code: a clone below /root, say.
    """
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        nowhere = ("--no-create-home", "--home-dir", "/var/lib/eucalyptus")
        shell = ("--shell", "/usr/sbin/nologin", "--comment", "Eucalyptus cloud")
        run_now(["useradd", "--system", "--user-group", *nowhere, *shell, NAME])
    try_out = [sys.executable, "-c", "import eucalyptus.command, cloudinabox"]
    return NAME if run_now(as_user(NAME, *try_out), check=False).code == 0 else ROOT
