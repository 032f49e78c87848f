# SPDX-License-Identifier: BSD-2-Clause
"""S3's SOAP API in the words of its REST API, and back."""
