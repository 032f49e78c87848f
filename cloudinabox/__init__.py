# SPDX-License-Identifier: BSD-2-Clause
"""Cloud in a box: sets a whole cloud up on one machine, runs it, and proves it by a real VM."""
