# SPDX-License-Identifier: BSD-2-Clause
"""The policy engine."""
