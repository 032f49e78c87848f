# SPDX-License-Identifier: BSD-2-Clause
"""Compute: instances, images, key pairs, security groups, zones and instance types."""
