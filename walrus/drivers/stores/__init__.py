# SPDX-License-Identifier: BSD-2-Clause
"""Where the bytes of objects are kept."""
