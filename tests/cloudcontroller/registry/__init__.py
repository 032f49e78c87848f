# SPDX-License-Identifier: BSD-2-Clause
"""The cloud's properties."""
