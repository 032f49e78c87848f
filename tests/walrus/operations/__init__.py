# SPDX-License-Identifier: BSD-2-Clause
"""Actions and crashes."""
