# SPDX-License-Identifier: BSD-2-Clause
"""How the cluster controller reaches the world."""
