# SPDX-License-Identifier: BSD-2-Clause
"""Identity: accounts, users, access keys and signing certificates (the original's Euare)."""
