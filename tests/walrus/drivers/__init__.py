# SPDX-License-Identifier: BSD-2-Clause
"""Stores, one suite."""
