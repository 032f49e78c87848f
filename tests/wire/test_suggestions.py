# SPDX-License-Identifier: BSD-2-Clause
"""What is said of unknown parameters: other versions, near names, and how long that may take."""

from __future__ import annotations

import pytest

from eucalyptus.contracts.declare import message, part
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.instances import RUN_INSTANCES
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.suggestions import explained, explained_action
from tests.fixtures.cpu import growth


@message("GoneType")
class Gone:
    """A part that newer versions have not."""

    old: str | None = part(default=None, until="2009-04-04")
    names: tuple[str, ...] = part(default=())


def test_a_part_that_is_gone_says_until_when() -> None:
    """By the version that the caller names."""
    assert explained("Old", Gone, "2013-02-01") == "Old (known until API version 2009-04-04)"
    assert explained("Old", Gone, "2008-02-01") == "Old"
    assert explained("Olt", Gone, "2013-02-01") == "Olt"
    assert explained("Names", Gone, "2013-02-01") == "Names (did you mean Names.n?)"


def test_explaining_takes_no_time() -> None:
    """However many names a caller makes up; only the first are looked at."""
    codec = Codec(EC2, "2013-02-01")

    def made_up(count: int) -> None:
        names = {f"{'BlockDeviceMapping.' * 3}{n}x": "x" for n in range(count)}
        with pytest.raises(Refused, match=f"and {count - 20} more"):
            query.read(codec, RUN_INSTANCES, names)

    assert growth(lambda: made_up(200), lambda: made_up(2000), 10) <= 10


@pytest.mark.parametrize(
    ("action", "version", "says"),
    [
        ("DescribeInstnces", "2013-02-01", "DescribeInstnces (did you mean DescribeInstances?)"),
        ("runInstances", "2013-02-01", "runInstances (did you mean RunInstances?)"),
        ("DescribeImageAttribute", "2006-06-26",
         "DescribeImageAttribute (known since API version 2006-10-01)"),
        ("DescribeImageAtribute", "2006-06-26", "DescribeImageAtribute"),
        ("MakeCoffee", "2013-02-01", "MakeCoffee"),
        ("x" * 5000, "2013-02-01", "x" * 80),
    ],
)  # fmt: skip
def test_unknown_operations(action: str, version: str, says: str) -> None:
    """By version and by nearness."""
    assert explained_action(action, EC2, version) == says
