# SPDX-License-Identifier: BSD-2-Clause
"""Buckets and objects in PostgreSQL."""
