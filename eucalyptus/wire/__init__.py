# SPDX-License-Identifier: BSD-2-Clause
"""How contracts are said: values to bytes and back; no sockets."""
