# SPDX-License-Identifier: BSD-2-Clause
"""The messages of IAM, a file per noun; ``contracts/identity.py`` makes the contract of them."""
