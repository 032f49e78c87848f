# SPDX-License-Identifier: BSD-2-Clause
"""Policies in IAM's language: read strictly, then asked whether they allow a request."""
