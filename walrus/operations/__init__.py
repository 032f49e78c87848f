# SPDX-License-Identifier: BSD-2-Clause
"""One function per S3 action: check, decide, record, answer."""
