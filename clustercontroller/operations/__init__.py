# SPDX-License-Identifier: BSD-2-Clause
"""What the cloud may ask of a zone: one function per operation."""
