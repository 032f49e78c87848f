# SPDX-License-Identifier: BSD-2-Clause
"""Command lines, one file per noun."""
