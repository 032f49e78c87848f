# SPDX-License-Identifier: BSD-2-Clause
"""``python -m cloudinabox.guest [DIRECTORY]``: build the demo guest and say where it is."""

from __future__ import annotations

import sys
from pathlib import Path

from cloudinabox.guest import CACHE, build

made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else CACHE)
for part in (made.kernel, made.ramdisk, made.root, made.disk):
    print(part)
