# SPDX-License-Identifier: BSD-2-Clause
"""Long lists in pages: together they are the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcontroller.identity.core.pages import page
from eucalyptus.contracts.refusals import INVALID_VALUE, Refused


@given(st.sets(st.text(min_size=1)), st.integers(1, 5))
def test_all_pages_make_the_whole(values: set[str], size: int) -> None:
    seen: list[str] = []
    marker: str | None = None
    while True:
        cut = page(list(values), str, marker, size)
        assert len(cut.values) <= size
        seen += cut.values
        marker = cut.marker
        if not cut.is_truncated:
            break
    assert seen == sorted(values)


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_page_of_no_size_is_refused(size: int) -> None:
    with pytest.raises(Refused) as refused:
        page(["a"], str, None, size)
    assert refused.value.refusal is INVALID_VALUE
