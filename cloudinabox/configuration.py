# SPDX-License-Identifier: BSD-2-Clause
"""Every configuration file faststart writes, as text. Pure: the same wish, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cloudinabox.programs import PROGRAMS, Program
from cloudinabox.wish import Wish
from eucalyptus.services import FRONT_PORT

BRIDGE = "eucabr0"
HOST = "127.0.0.1"
"""Where the services of a one-machine cloud find each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the files say about this machine.

    ``programs`` holds our console scripts; ``user`` and ``group`` are those that distributions
    make for running QEMU; ``services`` is the user of what needs no root; ``name`` is the host's
    name.
    """

    programs: Path
    cores: int
    user: str
    group: str
    services: str
    name: str


def settings(wish: Wish, machine: Machine) -> Mapping[str, str]:
    """What ``eucalyptus.conf`` says; each key is explained by the house that reads it."""
    layout = wish.layout
    return {
        "EUCALYPTUS_STATE": str(wish.state),
        "LOGLEVEL": "INFO",
        "CLUSTER": wish.zone,
        "CLC_URL": f"http://{HOST}:{FRONT_PORT}",
        "CC_HOST": HOST,
        "NODES": HOST,
        "SCHEDPOLICY": "ROUNDROBIN",
        "NC_ADDRESS": HOST,
        "NC_HOOKS": str(layout.hooks),
        "HYPERVISOR": wish.hypervisor,
        # A box is for trying things out: its instances share the cores four to one.
        "MAX_CORES": str(max(8, 4 * machine.cores)),
        "LIBVIRT_SOCKET": str(layout.libvirt_socket),
        "VNET_MODE": "EDGE",
        "VNET_BRIDGE": BRIDGE,
        # Instances reach the metadata service by their gateway, which is this host.
        "METADATA_IP": str(wish.subnet[1]),
    }


def conf(values: Mapping[str, str]) -> str:
    """``eucalyptus.conf``."""
    lines = [f'{key}="{value}"' for key, value in values.items()]
    heading = (
        "# Written by faststart. Put changes into eucalyptus.local.conf beside this file:\n"
        "# what is said there wins, and faststart leaves it alone.\n"
    )
    return heading + "\n".join(lines) + "\n"


def network(wish: Wish) -> str:
    """The property ``cloud.network.network_configuration``: EDGE, one subnet for the zone."""
    subnet = wish.subnet
    gateway, first, last = subnet[1], subnet[2], subnet[-2]
    zone = {
        "Name": wish.zone,
        "MacPrefix": "d0:0d",
        "Subnet": {
            "Name": str(subnet.network_address),
            "Subnet": str(subnet.network_address),
            "Netmask": str(subnet.netmask),
            "Gateway": str(gateway),
        },
        "PrivateIps": [f"{first}-{last}"],
    }
    document = {
        "Mode": "EDGE",
        "InstanceDnsServers": [str(gateway)],
        "PublicIps": [],
        "Clusters": [zone],
    }
    return json.dumps(document, indent=2) + "\n"


def libvirtd(wish: Wish) -> str:
    """``libvirtd.conf``: only the socket, only root. The UUID keeps two hypervisors apart."""
    return (
        f'host_uuid = "{uuid5(NAMESPACE_URL, f"file://{wish.state}")}"\n'
        "listen_tls = 0\n"
        "listen_tcp = 0\n"
        'unix_sock_group = "root"\n'
        'unix_sock_rw_perms = "0700"\n'
        'auth_unix_ro = "none"\n'
        'auth_unix_rw = "none"\n'
        'log_outputs = "3:stderr"\n'
    )


def qemu(machine: Machine) -> str:
    """``qemu.conf``: guests run as QEMU's own user and outlive libvirtd.

    No cgroup controllers: two libvirtd on one machine would collide in them. Console logs are
    plain files, since there is no virtlogd.
    """
    return (
        f'user = "{machine.user}"\n'
        f'group = "{machine.group}"\n'
        'security_driver = "none"\n'
        "dynamic_ownership = 1\n"
        "remember_owner = 0\n"
        "namespaces = []\n"
        "cgroup_controllers = []\n"
        'stdio_handler = "file"\n'
        'vnc_listen = "127.0.0.1"\n'
    )


def hosts(machine: Machine) -> str:
    """``/etc/hosts`` for libvirtd: without its own name it waits for DNS at each guest's start."""
    return f"127.0.0.1 localhost {machine.name}\n::1 localhost\n"


def _program(program: Program, wish: Wish, machine: Machine) -> str:
    words = program.command.format(
        programs=machine.programs, conf=wish.layout.conf, state=wish.state
    )
    copies = machine.cores if program.per_core else 1
    naming = "%(program_name)s-%(process_num)d" if program.per_core else "%(program_name)s"
    return (
        f"[program:{program.name}]\n"
        f"command={words}\n"
        f"process_name={naming}\n"
        f"numprocs={copies}\n"
        "autostart=false\n"
        "autorestart=true\n"
        "startsecs=1\n"
        "startretries=1000000\n"
        f"stopsignal={program.stop}\n"
        "stopwaitsecs=20\n"
        # Guests and their DHCP server are children of these and must outlive them.
        "stopasgroup=false\n"
        "killasgroup=false\n"
        f"{_identity(program, wish, machine)}"
        "redirect_stderr=true\n"
        f"stdout_logfile={wish.layout.log}/{naming}.log\n"
        "stdout_logfile_maxbytes=20MB\n"
        "stdout_logfile_backups=5\n"
    )


def _identity(program: Program, wish: Wish, machine: Machine) -> str:
    if program.root or machine.services == "root":
        return ""
    name = machine.services
    return f'user={name}\nenvironment=HOME="{wish.state}",USER="{name}",LOGNAME="{name}"\n'


def supervisord(wish: Wish, machine: Machine) -> str:
    """``supervisord.conf``: every daemon, restarted whenever it ends.

    Nothing starts by itself: faststart starts them in their order.
    """
    layout = wish.layout
    search = f"{machine.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    heading = (
        f"[unix_http_server]\nfile={layout.supervisor_socket}\nchmod=0700\n\n"
        "[supervisord]\n"
        f"logfile={layout.log}/supervisord.log\n"
        f"pidfile={wish.state}/run/supervisord.pid\n"
        f"directory={wish.state}\n"
        f"childlogdir={layout.log}\n"
        "minfds=4096\n"
        "umask=022\n"
        f'environment=EUCALYPTUS_CONF="{layout.conf}",PATH="{search}",PYTHONUNBUFFERED="1"\n\n'
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\n"
    )
    wanted = [p for p in PROGRAMS if not (wish.is_rehearsal and p.only_for_guests)]
    return heading + "\n".join(_program(program, wish, machine) for program in wanted)


def files(wish: Wish, machine: Machine) -> Mapping[Path, str]:
    """Every file with its text."""
    layout = wish.layout
    return {
        layout.conf: conf(settings(wish, machine)),
        layout.network: network(wish),
        layout.supervisor_conf: supervisord(wish, machine),
        layout.libvirt / "etc" / "libvirtd.conf": libvirtd(wish),
        layout.libvirt / "etc" / "qemu.conf": qemu(machine),
        layout.libvirt / "hosts": hosts(machine),
    }
