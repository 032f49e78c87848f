# SPDX-License-Identifier: BSD-2-Clause
"""From the wanted world to texts: rules, leases, addresses. Pure."""
