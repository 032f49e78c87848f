# SPDX-License-Identifier: BSD-2-Clause
"""What the node controller decides: values in, values out, no world."""
