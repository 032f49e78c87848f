# SPDX-License-Identifier: BSD-2-Clause
"""The wire on Twisted: endpoints, client stubs, the front workers."""
