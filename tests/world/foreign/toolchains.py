# SPDX-License-Identifier: BSD-2-Clause
"""Clients that are made from a WSDL before they run: gSOAP in C, Axis 1.4 in Java."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from eucalyptus.command import Finished, run_now
from tests.streets import ROOT
from tests.world.foreign.program import HERE, program

WSDLS = ROOT / "wsdl" / "ec2"
GSOAP = Path("/usr/share/gsoap")
PLUGINS = ("plugin/wsseapi.c", "plugin/smdevp.c", "plugin/mecevp.c", "plugin/threads.c")
JARS = Path("/usr/share/java")
AXIS = ("axis", "jaxrpc", "saaj", "wsdl4j", "commons-logging", "commons-discovery", "javax.mail",
        "javax.activation")  # fmt: skip
WSS4J = ("wss4j", "xmlsec", "commons-codec", "slf4j-api", "slf4j-nop")
SECONDS = 120.0


def _do(*argv: str, folder: Path) -> Finished:
    return run_now(["env", "-C", str(folder), *argv], env=dict(os.environ), timeout=SECONDS)


def _emptied(name: str) -> Path:
    """An empty folder below build/, in place of an earlier session's."""
    made = ROOT / "build" / "foreign" / name
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


# --- gSOAP -------------------------------------------------------------------------------------
def gsoap_stubs(wsdl: Path, folder: Path, *imports: str) -> bytes:
    """Make C stubs of a WSDL in ``folder``; all that wsdl2h and soapcpp2 said."""
    read = _do(program("wsdl2h"), "-c", "-t", str(GSOAP / "WS" / "WS-typemap.dat"),
               "-o", "plain.h", str(wsdl), folder=folder)  # fmt: skip
    lines = [*(f'#import "{name}"' for name in imports), (folder / "plain.h").read_text()]
    (folder / "ec2.h").write_text("\n".join(lines))
    made = _do(program("soapcpp2"), "-1", "-c", "-C", "-x", "-L", f"-I{GSOAP / 'import'}",
               f"-I{GSOAP}", "ec2.h", folder=folder)  # fmt: skip
    return read.out + read.err + made.out + made.err


def compile_c(folder: Path, output: Sequence[str], sources: Sequence[str]) -> None:
    """Compile C against gSOAP's library as Debian built it."""
    flags = _do("pkg-config", "--cflags", "gsoapssl", folder=folder).out.decode().split()
    _do(program("gcc"), "-O0", "-w", "-I.", f"-I{GSOAP / 'plugin'}", f"-I{GSOAP}", *flags,
        *output, *sources, folder=folder)  # fmt: skip


@functools.cache
def gsoap_client(version: str) -> str:
    """The program made of ec2.c and the stubs of a dialect."""
    folder = _emptied(f"gsoap-{version}")
    gsoap_stubs(WSDLS / f"{version}.wsdl", folder, "wsse.h")
    used = [str(GSOAP / name) for name in (*PLUGINS, "custom/struct_timeval.c")]
    libraries = ["-lgsoapssl", "-lssl", "-lcrypto", "-lpthread"]
    sources = [str(HERE / "ec2.c"), "soapC.c", "soapClient.c", *used, *libraries]
    compile_c(folder, ["-o", "ec2"], sources)
    return str(folder / "ec2")


# --- Axis --------------------------------------------------------------------------------------
def jars(*names: str) -> str:
    """A class path; skips the test when one of its jars is missing."""
    paths = [JARS / f"{name}.jar" for name in names]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        pytest.skip(f"libaxis-java, libwss4j-java, libslf4j-java: no {', '.join(missing)}")
    return ":".join(str(path) for path in paths)


def axis_stubs(wsdl: Path, folder: Path, *flags: str) -> Finished:
    """Make Java stubs of a WSDL in ``folder`` and compile them; what WSDL2Java said."""
    path = jars(*AXIS)
    said = _do(program("java"), "-cp", path, "org.apache.axis.wsdl.WSDL2Java", *flags,
               "-p", "ec2", "-o", "src", str(wsdl), folder=folder)  # fmt: skip
    sources = [str(one) for one in (folder / "src").rglob("*.java")]
    _do(program("javac"), "-nowarn", "-cp", path, "-d", "classes", *sources, folder=folder)
    return said


@functools.cache
def axis_client(version: str) -> tuple[str, ...]:
    """The words that start Ec2.java, made with the stubs of a dialect."""
    folder = _emptied(f"axis-{version}")
    path = jars(*AXIS, *WSS4J)
    # One message in, one message out, not an argument for each part.
    axis_stubs(WSDLS / f"{version}.wsdl", folder, "--noWrapped")
    path = f"{folder / 'classes'}:{path}"
    _do(program("javac"), "-nowarn", "-cp", path, "-d", "classes", str(HERE / "Ec2.java"),
        folder=folder)  # fmt: skip
    return program("java"), "-cp", path, "Ec2"
