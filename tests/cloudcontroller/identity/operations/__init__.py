# SPDX-License-Identifier: BSD-2-Clause
"""Identity's operations on a real database."""
