# SPDX-License-Identifier: BSD-2-Clause
"""What may be said: every message and operation of the cloud, declared once."""
