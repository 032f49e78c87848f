# SPDX-License-Identifier: BSD-2-Clause
"""One function per operation, a file per noun: check, decide, record, dispatch."""
