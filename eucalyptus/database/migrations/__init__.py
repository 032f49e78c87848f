# SPDX-License-Identifier: BSD-2-Clause
"""How the common ground's tables came to be, step by step."""
