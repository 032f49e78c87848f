# SPDX-License-Identifier: BSD-2-Clause
"""The pure rules of identity."""
