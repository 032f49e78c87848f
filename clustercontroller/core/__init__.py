# SPDX-License-Identifier: BSD-2-Clause
"""What the cluster controller decides; pure."""
