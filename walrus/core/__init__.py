# SPDX-License-Identifier: BSD-2-Clause
"""What S3 means, as pure functions: names, listings, conditions, documents."""
