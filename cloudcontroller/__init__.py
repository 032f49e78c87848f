# SPDX-License-Identifier: BSD-2-Clause
"""The cloud controller: everything that owns the cloud's database."""
