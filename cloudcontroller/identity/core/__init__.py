# SPDX-License-Identifier: BSD-2-Clause
"""The rules of identity: names, ids, who may act where. Pure."""
