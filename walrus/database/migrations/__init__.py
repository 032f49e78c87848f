# SPDX-License-Identifier: BSD-2-Clause
"""The schema of Walrus, step by step."""
