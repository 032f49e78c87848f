# SPDX-License-Identifier: BSD-2-Clause
"""SOAP clients that read a WSDL when they run, so that each speaks every dialect."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from cloudinabox.soap import ENDPOINT
from tests.world.access import Access
from tests.world.clients import Zeep
from tests.world.foreign.program import HERE, SoapProgram, node, php
from tests.world.foreign.soap import Message, Soap


def suds(access: Access) -> Soap:
    """suds; python-xmlsec signs what it is about to send."""
    library = pytest.importorskip("suds.client", reason="suds is not installed")
    plugins = pytest.importorskip("suds.plugin", reason="suds is not installed")

    class Signs(plugins.MessagePlugin):  # type: ignore[misc, name-defined]
        def sending(self, context: Any) -> None:
            envelope, _ = access.signature().apply(etree.fromstring(context.envelope), {})
            context.envelope = etree.tostring(envelope)

    client = library.Client(access.wsdl, location=ENDPOINT, cache=None, plugins=[Signs()])

    def call(operation: str, asked: Message) -> Any:
        return _plain(getattr(client.service, operation)(**asked))

    return Soap(call, access.version)


def _plain(said: Any) -> Any:
    """What suds answered, as dictionaries and lists."""
    if isinstance(said, list):
        return [_plain(one) for one in said]
    if hasattr(said, "__keylist__"):
        return {name: _plain(said[name]) for name in said.__keylist__}
    return said


def php_soap(access: Access) -> Soap:
    """PHP's SoapClient."""
    return SoapProgram(access, [php(), str(HERE / "ec2.php")])


def node_soap(access: Access) -> Soap:
    """node soap, whose own libraries warn of each other's age."""
    return SoapProgram(access, [node(), "--no-deprecation", str(HERE / "ec2.mjs")])


DYNAMIC = {"zeep": Zeep, "suds": suds, "php-soap": php_soap, "node-soap": node_soap}
