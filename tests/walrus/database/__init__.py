# SPDX-License-Identifier: BSD-2-Clause
"""Rows on a real PostgreSQL."""
