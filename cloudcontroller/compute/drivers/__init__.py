# SPDX-License-Identifier: BSD-2-Clause
"""The world as compute sees it: clusters, Walrus, randomness."""
