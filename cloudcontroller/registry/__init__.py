# SPDX-License-Identifier: BSD-2-Clause
"""The registry: the cloud's properties."""
