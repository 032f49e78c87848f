# SPDX-License-Identifier: BSD-2-Clause
"""Tests of how things are said."""
