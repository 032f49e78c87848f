# SPDX-License-Identifier: BSD-2-Clause
"""Peers to compare with: moto's server, nginx, bare twisted.web, and spyne as it comes."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

from measuring.processes import Server, free_port, serving

_NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {place}/pid;
error_log {place}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {place}/access.log;
    default_type text/xml;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {place}/a;
    proxy_temp_path {place}/b;
    fastcgi_temp_path {place}/c;
    uwsgi_temp_path {place}/d;
    scgi_temp_path {place}/e;
    server {{ listen 127.0.0.1:{port}; root {place}; client_max_body_size 0; {more} }}
}}
"""


_POST = "error_page 405 =200 $uri;"
_DAV = "location /dav/ { dav_methods PUT; create_full_put_path on; }"


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="eu-peer-", dir="/tmp"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """moto's server: EC2 in memory; it checks no signature."""
    port = free_port()
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _place() as place, serving(argv, place / "log", port) as server:
        yield server


@contextlib.contextmanager
def nginx(body: bytes, dav: bool = False) -> Iterator[Server]:
    """nginx, serving ``body`` from a file at ``/body``; with an access log, as we write one.

    With ``dav`` it takes PUT below ``/dav/`` and syncs nothing; else it answers POST as GET.
    """
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        raise SystemExit("This benchmark compares with nginx. Install the package nginx-light.")
    port = free_port()
    with _place() as place:
        (place / "body").write_bytes(body)
        (place / "nginx.conf").write_text(
            _NGINX.format(user=getuser(), place=place, port=port, more=_DAV if dav else _POST)
        )
        argv = [program, "-p", str(place), "-c", str(place / "nginx.conf")]
        with serving(argv, place / "log", port) as server:
            yield server


@contextlib.contextmanager
def script(name: str) -> Iterator[Server]:
    """One of the small servers beside this file: ``bare`` or ``echo``."""
    port = free_port()
    argv = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), str(port)]
    with _place() as place, serving(argv, place / "log", port) as server:
        yield server
