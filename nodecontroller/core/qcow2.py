# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of an empty qcow2 layer over a raw base. Pure.

``qemu-img create`` makes the same in a process of its own, which takes longer than all else that
starting an instance from a cached image needs (docs/decisions/0025). Layout, a cluster each:
header, refcount table, refcount block, then the L1 table, all zero, since nothing is allocated.
"""

from __future__ import annotations

import struct

BITS = 16
CLUSTER = 1 << BITS
"""Bytes of a cluster: 64 KiB, the default."""
_L2_COVERS = CLUSTER * (CLUSTER // 8)
"""Bytes of the disk that one entry of the L1 table stands for."""
_HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
_REFCOUNT_ORDER = 4
_BACKING_FORMAT = 0xE2792ACA
LONGEST_NAME = 1023
MOST = _L2_COVERS * (CLUSTER // 8) * 8
"""Bytes of the largest disk that is made here: 32 TiB."""


def layer(base: str, size: int) -> bytes:
    """A layer of ``size`` bytes over the raw file ``base``, named as seen from the layer's folder.

    Raises ValueError for a name or a size that does not fit.
    """
    name = base.encode()
    if not 0 < len(name) <= LONGEST_NAME or not 0 < size <= MOST:
        raise ValueError(f"no layer of {size} bytes over {base!r}")
    entries = -(-size // _L2_COVERS)
    table = -(-entries * 8 // CLUSTER)
    used = 3 + table
    header = _header(name, size, entries) + _extension(b"raw") + struct.pack(">II", 0, 0) + name
    counts = struct.pack(f">{used}H", *[1] * used)
    return (
        header.ljust(CLUSTER, b"\0")
        + struct.pack(">Q", 2 * CLUSTER).ljust(CLUSTER, b"\0")
        + counts.ljust(CLUSTER, b"\0")
        + bytes(table * CLUSTER)
    )


def _header(name: bytes, size: int, entries: int) -> bytes:
    extensions = len(_extension(b"raw")) + 8
    return _HEADER.pack(
        b"QFI\xfb", 3, _HEADER.size + extensions, len(name), BITS, -(-size // 512) * 512,
        0, entries, 3 * CLUSTER, CLUSTER, 1, 0, 0, 0, 0, 0, _REFCOUNT_ORDER, _HEADER.size,
    )  # fmt: skip


def _extension(text: bytes) -> bytes:
    return struct.pack(">II", _BACKING_FORMAT, len(text)) + text.ljust(8, b"\0")
