# SPDX-License-Identifier: BSD-2-Clause
"""Write files so that a reader sees the old text or the new, and only when it changes."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path


def write(path: Path, text: str, mode: int = 0o644) -> bool:
    """Make ``path`` hold ``text``; whether that changed anything."""
    if path.exists() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return True


def write_all(texts: Mapping[Path, str]) -> set[Path]:
    """Write each file; the ones that changed."""
    return {path for path, text in texts.items() if write(path, text)}


def give(folder: Path, user: pwd.struct_passwd) -> None:
    """Make ``user`` the owner of a directory and all in it, unless it is already. No link is
    followed."""
    if folder.stat().st_uid == user.pw_uid:
        return
    for path in (*folder.rglob("*"), folder):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def make_folders(folders: tuple[tuple[Path, int], ...]) -> None:
    """Make directories, parents first; a mode that somebody changed stays as it is."""
    for path, mode in folders:
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(mode)
