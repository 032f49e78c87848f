# SPDX-License-Identifier: BSD-2-Clause
"""The house rules hold on the whole street; and each rule does catch what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests import streets
from tests.streets import Source

ALLOWED: Mapping[str, str] = {}
"""``"path: sentence"`` -> why it must stay for now. May only shrink: a stale entry fails too."""

RULES: tuple[Callable[[Source], Iterator[str]], ...] = (
    lambda source: streets.directions_between(source, streets.houses()),
    lambda source: streets.directions_between_rooms(source, streets.rooms_of_cloud()),
    streets.directions_inside,
    streets.directions_in_common_ground,
    streets.core_is_pure,
    streets.fences,
    streets.walls,
    streets.names,
    streets.manners,
)


def _complaints() -> list[str]:
    return [
        f"{source.path}: {sentence}"
        for source in streets.sources()
        for rule in RULES
        for sentence in rule(source)
    ]


def test_every_file_keeps_the_rules() -> None:
    """No complaint that is not in the list of what is allowed for now."""
    unexpected = [line for line in _complaints() if line not in ALLOWED]
    assert not unexpected, "\n" + "\n".join(unexpected)


def test_the_list_of_exceptions_only_shrinks() -> None:
    """What is in order again leaves the list."""
    stale = ALLOWED.keys() - set(_complaints())
    assert not stale, f"in order now, take it off ALLOWED: {sorted(stale)}"


LONG_FUNCTION = "def long():\n" + "    pass\n" * 41
CASES = [
    ("eucalyptus/web/x.py", "import nodecontroller.core.disks"),
    ("nodecontroller/core/x.py", "from clustercontroller.core import scheduler"),
    ("nodecontroller/core/x.py", "from nodecontroller.drivers import journal"),
    ("nodecontroller/core/x.py", "import nodecontroller.settings"),
    ("nodecontroller/core/x.py", "import time"),
    ("nodecontroller/drivers/x.py", "from nodecontroller.operations import instances"),
    ("nodecontroller/operations/x.py", "import nodecontroller.service"),
    ("cloudcontroller/compute/operations/x.py", "import cloudcontroller.identity.core"),
    ("eucalyptus/contracts/x.py", "import eucalyptus.wire.soap"),
    ("eucalyptus/wire/x.py", "import eucalyptus.web.endpoint"),
    ("eucalyptus/web/x.py", "import spyne"),
    ("nodecontroller/drivers/x.py", "import libvirt"),
    ("walrus/operations/x.py", "import sqlalchemy"),
    ("eucanetd/drivers/x.py", "import subprocess"),
    ("walrus/x.py", "#\n" * 401),
    ("walrus/x.py", LONG_FUNCTION),
    ("walrus/x.py", "def many(a, b, c, d, e): ..."),
    ("walrus/x.py", "class BucketManager: ..."),
    ("walrus/util.py", ""),
    ("walrus/x.py", "from . import y"),
    ("walrus/x.py", "from twisted.internet.defer import inlineCallbacks"),
    ("tests/walrus/test_x.py", "from unittest.mock import patch"),
    ("tests/walrus/test_x.py", "import time\ntime.sleep(1)"),
]


@pytest.mark.parametrize(("path", "text"), CASES)
def test_a_breach_is_noticed(path: str, text: str) -> None:
    """Each rule finds the thing it was written for, once."""
    heading = '# SPDX-License-Identifier: BSD-2-Clause\n"""A file."""\n'
    source = Source(Path(path), heading + text + "\n")
    everyone = {"nodecontroller", "clustercontroller", "cloudcontroller", "walrus", "eucanetd"}
    found = [sentence for rule in RULES[2:] for sentence in rule(source)]
    found += streets.directions_between(source, everyone)
    found += streets.directions_between_rooms(source, {"compute", "identity"})
    assert len(found) >= 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("nodecontroller/service.py", "import nodecontroller.drivers.hypervisors.libvirt"),
        ("nodecontroller/operations/x.py", "from nodecontroller.core import disks"),
        ("nodecontroller/drivers/hypervisors/libvirt.py", "import libvirt"),
        ("eucalyptus/wire/models.py", "import spyne"),
        ("eucalyptus/web/x.py", "import eucalyptus.wire.soap, eucalyptus.access.call"),
        ("walrus/x.py", "def few(self, a, b, c, d, *, e=1): ..."),
    ],
)
def test_what_is_in_order_passes(path: str, text: str) -> None:
    """The rules leave proper code alone."""
    heading = '# SPDX-License-Identifier: BSD-2-Clause\n"""A file."""\n'
    source = Source(Path(path), heading + text + "\n")
    assert [sentence for rule in RULES for sentence in rule(source)] == []
