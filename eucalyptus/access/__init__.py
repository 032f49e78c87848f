# SPDX-License-Identifier: BSD-2-Clause
"""Who is asking, and whether they may."""
