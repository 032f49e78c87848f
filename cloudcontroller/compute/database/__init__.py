# SPDX-License-Identifier: BSD-2-Clause
"""What compute remembers; the only room here that speaks SQL."""
