# SPDX-License-Identifier: BSD-2-Clause
"""What every way of attaching does: tell message and attachment apart as they come, and put them
together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

MESSAGE, ATTACHMENT = 0, 1
"""Numbers of the parts of a body: the SOAP message comes first, and there is one attachment."""

Run = tuple[int, bytes]
"""Some bytes of the part with this number."""
State = Callable[[], tuple[bytes, bool]]


class Unwrapping(Protocol):
    """Tells the parts of a body apart, whatever the pieces in which it comes."""

    def feed(self, data: bytes) -> Iterator[Run]:
        """The bytes of parts in the next piece; raises BAD_ATTACHMENT."""
        ...

    @property
    def has_message(self) -> bool:
        """Whether the message is complete."""
        ...

    @property
    def has_attachment(self) -> bool:
        """Whether an attachment has begun."""
        ...

    def finish(self) -> None:
        """The body has ended; raises BAD_ATTACHMENT unless it was complete."""
        ...


class Stepwise:
    """What unwrapping by states is, whatever tells the parts apart.

    A state takes from what is held, and gives bytes of the part and whether another can go on.
    """

    def __init__(self, begin: State, held: bytes = b"") -> None:
        self._state, self._held = begin, held
        self._part = -1
        self._complete = False

    @property
    def has_message(self) -> bool:
        """Whether the message is complete."""
        return self._part > MESSAGE or self._complete

    @property
    def has_attachment(self) -> bool:
        """Whether an attachment has begun."""
        return self._part >= ATTACHMENT

    def feed(self, data: bytes) -> Iterator[Run]:
        """The bytes of parts in the next piece; raises BAD_ATTACHMENT."""
        self._held += data
        going = True
        while going:
            run, going = self._state()
            if run:
                yield self._part, run


class Bare:
    """A body that is the message itself."""

    has_attachment = False

    def __init__(self) -> None:
        self.has_message = False

    def feed(self, data: bytes) -> Iterator[Run]:
        """All of it."""
        yield MESSAGE, data

    def finish(self) -> None:
        """That was all."""
        self.has_message = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """What stands before and behind an attachment's bytes, and the media type of it all."""

    content_type: str
    before: bytes
    after: bytes
