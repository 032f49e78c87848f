# SPDX-License-Identifier: BSD-2-Clause
"""Spyne behind its fence: importable, quiet, and leaving nothing behind."""

from __future__ import annotations

import logging
import sys

import six

from eucalyptus.contracts.node import NODE, NcPowerDown
from eucalyptus.wire import models
from eucalyptus.wire.models import Models


def test_spyne_gets_its_moved_modules_from_the_real_six() -> None:
    """Its own way of finding them ended with Python 3.12."""
    lent = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith("spyne.util.six.moves")
    }
    assert lent["spyne.util.six.moves"] is six.moves
    assert len(lent) >= 7


def test_spyne_leaves_no_importer_behind() -> None:
    """Others stumble over one without ``find_spec``."""
    assert "spyne.util.six" not in {type(one).__module__ for one in sys.meta_path}


def test_spyne_neither_collects_garbage_nor_logs() -> None:
    """Both cost more than the answers."""
    assert vars(models)["spyne_const"].MIN_GC_INTERVAL > 1e6
    assert not logging.getLogger("spyne.application").isEnabledFor(logging.ERROR)


def test_a_model_is_made_once() -> None:
    """Types that occur twice are one type."""
    made = Models(NODE, "")
    assert made.model(NcPowerDown) is made.model(NcPowerDown)
    assert made.model(NcPowerDown).get_type_name() == "ncPowerDownType"
