# SPDX-License-Identifier: BSD-2-Clause
"""What was told of reservations, kept by the version of the rows it was made from.

Whoever asks reads the versions from the database first, so nothing old is ever told, and nothing
that is not among what the database gives to this very caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eucalyptus.contracts.ec2.reservations import ReservationInfo

MOST = 10_000
"""Instances of which a worker keeps what it told; with their texts some 8 kB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A reservation as it was told, and the version of its rows."""

    version: str
    told: ReservationInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that was told to an account, and the digest of the versions."""

    digest: str
    told: tuple[ReservationInfo, ...]


class Told:
    """The fragments told last, by reservation; ``most`` bounds their instances."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._count = most, 0
        self._kept: dict[str, Fragment] = {}
        self._whole: dict[str | None, Whole] = {}

    def __len__(self) -> int:
        return self._count

    def get(self, reservation_id: str, version: str) -> ReservationInfo | None:
        """What was told of a reservation while it had this version. Any thread may ask."""
        kept = self._kept.get(reservation_id)
        return kept.told if kept is not None and kept.version == version else None

    def whole(self, owner: str | None, digest: str) -> tuple[ReservationInfo, ...] | None:
        """All that was told to an account (None: of all accounts) while it had this digest."""
        kept = self._whole.get(owner)
        return kept.told if kept is not None and kept.digest == digest else None

    def keep_whole(self, owner: str | None, whole: Whole) -> None:
        """Keep all that was told to an account, as long as each of its fragments is kept."""
        if whole.told and all(one.reservation_id in self._kept for one in whole.told):
            self._whole[owner] = whole

    def keep(self, made: Mapping[str, Fragment]) -> None:
        """Keep new fragments by their reservation; the oldest make room."""
        for reservation_id, fragment in made.items():
            self._drop(reservation_id)
            self._kept[reservation_id] = fragment
            self._count += len(fragment.told.instances)
        while self._count > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, reservation_id: str) -> None:
        old = self._kept.pop(reservation_id, None)
        if old is not None:
            self._count -= len(old.told.instances)
            self._whole.pop(old.told.owner_id, None)
            self._whole.pop(None, None)
