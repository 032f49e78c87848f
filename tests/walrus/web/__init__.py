# SPDX-License-Identifier: BSD-2-Clause
"""Over a real socket, with foreign clients."""
