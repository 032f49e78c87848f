# SPDX-License-Identifier: BSD-2-Clause
"""Pieces of world that tests make for themselves: hypervisors, guests, namespaces."""
