# SPDX-License-Identifier: BSD-2-Clause
"""The reference manual: pages that are made from the contracts, so that they cannot go stale."""
