# SPDX-License-Identifier: BSD-2-Clause
"""The loops that carry wishes down to the clusters and truth up into the rows."""
