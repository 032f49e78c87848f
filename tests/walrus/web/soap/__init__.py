# SPDX-License-Identifier: BSD-2-Clause
"""S3's SOAP API over HTTP."""
