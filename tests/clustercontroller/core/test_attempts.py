# SPDX-License-Identifier: BSD-2-Clause
"""Who was asked to run what: the book and its lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clustercontroller.core.attempts import Book

names = st.sampled_from(["i-0000000a", "i-0000000b"])
nodes = st.sampled_from(["n1", "n2", "n3"])
events = st.lists(st.tuples(st.sampled_from(["ask", "take", "forget"]), names, nodes))


@given(events)
def test_the_lines_tell_the_same_story(story: list[tuple[str, str, str]]) -> None:
    """Reading the lines of every event, or the text of the end, gives the same book."""
    book, lines = Book(), ""
    for what, name, node in story:
        lines += book.forget(name) if what == "forget" else getattr(book, what)(name, node)
    for text in (lines, book.text(), lines + "i-0000000a n4 to"):
        again = Book(text)
        assert [again[n] for n in ("i-0000000a", "i-0000000b")] == [
            book[n] for n in ("i-0000000a", "i-0000000b")
        ]


def test_who_must_let_go() -> None:
    """Only a node that was asked, once another one is known to have taken the instance."""
    book = Book()
    book.ask("i-1", "a")
    book.ask("i-1", "b")
    assert not book.is_stray("i-1", "a")
    book.take("i-1", "b")
    assert book.is_stray("i-1", "a")
    assert not book.is_stray("i-1", "b") and not book.is_stray("i-1", "c")


def test_only_settled_instances_are_forgotten() -> None:
    """What two nodes may have is remembered, however long it has been gone."""
    book = Book("i-1 a\ni-1 b\ni-1 b took\ni-2 a\ni-2 a took\n")
    assert book.settle(["i-1", "i-2", "i-3"]) and list(book) == ["i-1"]
    assert not book.settle(["i-1"])
