# SPDX-License-Identifier: BSD-2-Clause
"""Walrus: buckets and objects over S3, and the images that nodes boot."""
