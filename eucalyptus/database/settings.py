# SPDX-License-Identifier: BSD-2-Clause
"""Where the database is: our private cluster, unless a connection string says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from eucalyptus.services import DATABASE_PORT
from eucalyptus.settings import House, setting

PORT = DATABASE_PORT
"""The port number of the original; here it only names the socket file."""
ROLE = DATABASE = "eucalyptus"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings(House):
    """Settings of everything that opens the cloud database, and of the private cluster itself."""

    database_url: str = setting(
        "DATABASE_URL", "",
        says="Connection string of an external PostgreSQL; empty for the private cluster.",
    )  # fmt: skip
    database_threads: int = setting(
        "DATABASE_THREADS", 4, says="Connections that one process may open to the database."
    )
    database_user: str = setting(
        "EUCA_USER", "eucalyptus",
        says="System user that runs PostgreSQL when started by root; else postgres is tried.",
    )  # fmt: skip
    database_programs: str = setting(
        "POSTGRES_BIN", "", says="Directory of initdb and postgres; empty: the newest installed."
    )

    @property
    def cluster(self) -> Path:
        """The data directory of the private cluster."""
        return self.state / "db"

    @property
    def socket_directory(self) -> Path:
        """Where the private cluster's socket is; owned by the user that runs PostgreSQL."""
        return self.run / "db"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the cloud database."""
        if self.database_url:
            return self.database_url
        where = urlencode({"host": str(self.socket_directory), "port": PORT})
        return f"postgresql+psycopg2://{ROLE}@/{DATABASE}?{where}"
