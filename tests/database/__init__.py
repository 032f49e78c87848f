# SPDX-License-Identifier: BSD-2-Clause
"""The one door to SQL, on a real PostgreSQL."""
