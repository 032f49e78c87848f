# SPDX-License-Identifier: BSD-2-Clause
"""How identity's tables came to be, step by step."""
