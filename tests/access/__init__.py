# SPDX-License-Identifier: BSD-2-Clause
"""Who may, and how much."""
