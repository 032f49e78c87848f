# SPDX-License-Identifier: BSD-2-Clause
"""The one door to SQL, migrations, and the private PostgreSQL cluster."""
