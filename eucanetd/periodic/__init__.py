# SPDX-License-Identifier: BSD-2-Clause
"""What eucanetd does again and again."""
