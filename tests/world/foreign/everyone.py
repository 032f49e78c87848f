# SPDX-License-Identifier: BSD-2-Clause
"""Every client that is known to have been run, and the API version that each one speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cloudinabox.soap import VERSION
from tests.world.access import Access, Client
from tests.world.clients import AmazonsWsdl, ApiTools, AwsCli, Boto, Boto3, Zeep
from tests.world.foreign.dynamic import node_soap, php_soap, suds
from tests.world.foreign.euca2ools import Euca2ools
from tests.world.foreign.libcloud import Libcloud
from tests.world.foreign.program import HERE, Program, given, program
from tests.world.foreign.toolchains import axis_client, gsoap_client

NEWEST = "2016-11-15"


@dataclass(frozen=True, slots=True)
class Peer:
    """A client: how it is made, and the version it speaks here."""

    make: Callable[[Access], Client]
    version: str = VERSION

    def open(self, variables: Mapping[str, str]) -> Client:
        """One that has these credentials; skips the test when it is not installed."""
        return self.make(Access(dict(variables), self.version))


def gsoap(access: Access) -> Program:
    """gSOAP in C, with its own WS-Security."""
    return Program(access, [gsoap_client(access.version)])


def axis(access: Access) -> Program:
    """Axis 1.4 in Java, with WSS4J."""
    return Program(access, axis_client(access.version))


def perl(signature: str) -> Callable[[Access], Program]:
    """Net::Amazon::EC2 with a signature version."""

    def make(access: Access) -> Program:
        given([program("perl"), "-MNet::Amazon::EC2", "-e1"], "libnet-amazon-ec2-perl")
        script = str(HERE / "ec2.pl")
        return Program(access, [program("perl"), script], EC2_SIGNATURE=signature)

    return make


def fog(access: Access) -> Program:
    """fog-aws in Ruby."""
    given([program("ruby"), "-e", "require 'fog/aws'"], "ruby-fog-aws")
    return Program(access, [program("ruby"), str(HERE / "ec2.rb")])


CLIENTS: Mapping[str, Peer] = {
    "zeep": Peer(Zeep),
    "zeep-amazons-wsdl": Peer(AmazonsWsdl),
    "suds": Peer(suds),
    "php-soap": Peer(php_soap),
    "node-soap": Peer(node_soap),
    "gsoap": Peer(gsoap),
    "axis-1.4": Peer(axis),
    "ec2-api-tools": Peer(ApiTools),
    "euca2ools-3.4": Peer(Euca2ools, "2014-02-01"),
    "boto-2.49": Peer(Boto, "2014-10-01"),
    "net-amazon-ec2-v2": Peer(perl("2"), "2014-06-15"),
    "net-amazon-ec2-v4": Peer(perl("4"), "2014-06-15"),
    "fog-aws": Peer(fog, NEWEST),
    "libcloud": Peer(Libcloud, NEWEST),
    "boto3": Peer(Boto3, NEWEST),
    "aws-cli": Peer(AwsCli, NEWEST),
}
