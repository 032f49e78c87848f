# SPDX-License-Identifier: BSD-2-Clause
"""Compute's resources on a front worker that no contract describes."""
