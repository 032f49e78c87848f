# SPDX-License-Identifier: BSD-2-Clause
"""What a cluster controller may ask of this node, a file per noun."""
