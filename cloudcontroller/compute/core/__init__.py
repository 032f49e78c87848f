# SPDX-License-Identifier: BSD-2-Clause
"""What compute decides: values in, values out."""
