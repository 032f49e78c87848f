# SPDX-License-Identifier: BSD-2-Clause
"""Clients of S3 that are not ours."""
