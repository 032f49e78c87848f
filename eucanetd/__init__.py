# SPDX-License-Identifier: BSD-2-Clause
"""One host's network: bridge, rules, DHCP, the way to the metadata service."""
