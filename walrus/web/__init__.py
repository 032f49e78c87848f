# SPDX-License-Identifier: BSD-2-Clause
"""S3 over HTTP: the resource that the front mounts."""
