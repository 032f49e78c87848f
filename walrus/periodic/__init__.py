# SPDX-License-Identifier: BSD-2-Clause
"""What runs by itself."""
