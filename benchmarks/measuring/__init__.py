# SPDX-License-Identifier: BSD-2-Clause
"""What the benchmarks share: rows, a private cloud's front door, the load on it, and its peers."""
