# SPDX-License-Identifier: BSD-2-Clause
"""How the host's network is changed: links, packet filter, DHCP server."""
