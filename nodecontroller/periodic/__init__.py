# SPDX-License-Identifier: BSD-2-Clause
"""What the node controller does unasked: watch the hypervisor, sweep the disk."""
