# SPDX-License-Identifier: BSD-2-Clause
"""What the cluster controller does by itself, again and again."""
