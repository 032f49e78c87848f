# SPDX-License-Identifier: BSD-2-Clause
"""How compute's tables came about, one step per file."""
