# SPDX-License-Identifier: BSD-2-Clause
"""One function per operation of the tokens contract."""
