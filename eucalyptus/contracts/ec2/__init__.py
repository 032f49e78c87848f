# SPDX-License-Identifier: BSD-2-Clause
"""The EC2 API, one file per noun."""
