# SPDX-License-Identifier: BSD-2-Clause
"""The node controller: one host's images, disks and virtual machines."""
