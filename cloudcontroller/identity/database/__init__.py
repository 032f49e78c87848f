# SPDX-License-Identifier: BSD-2-Clause
"""What identity remembers; the only place here that speaks SQL."""
