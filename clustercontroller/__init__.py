# SPDX-License-Identifier: BSD-2-Clause
"""One availability zone: places work on nodes, gathers their news."""
