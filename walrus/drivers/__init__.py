# SPDX-License-Identifier: BSD-2-Clause
"""The world: where the bytes are kept."""
