# SPDX-License-Identifier: BSD-2-Clause
"""Messages of operations that are not built yet; who builds one moves them one folder up."""
