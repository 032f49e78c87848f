# SPDX-License-Identifier: BSD-2-Clause
"""Clients in the languages and libraries that people used, each doing the same whole list."""
