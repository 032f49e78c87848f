# SPDX-License-Identifier: BSD-2-Clause
"""The room of STS: what callers may be told about their credentials and denials."""
