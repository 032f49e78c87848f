# SPDX-License-Identifier: BSD-2-Clause
"""The world as the node controller touches it: hypervisors, images, disks, journal, hooks."""
