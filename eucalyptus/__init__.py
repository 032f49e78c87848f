# SPDX-License-Identifier: BSD-2-Clause
"""The common ground: contracts, wire, web, access, database. It imports no house."""
