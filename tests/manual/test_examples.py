# SPDX-License-Identifier: BSD-2-Clause
"""The manual's examples run: what each client sends is the message that the page shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
import zeep
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from lxml import etree
from xmlsec import constants

from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.manual import preambles, samples
from eucalyptus.manual.examples import EC2_EXAMPLES
from eucalyptus.wire import certificates, query, wsdl
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.security import Rules, names, open_envelope, verify
from tests.contracts.reference import reference

VERSION = EC2.versions[-1]
CODEC = Codec(EC2, VERSION)
SPOKEN = [o for o in EC2.operations if o.soap]
BY_BOTO3 = [o for o in EC2.operations if EC2_EXAMPLES[o.name].boto3]


def test_every_operation_has_an_example_and_no_other_has() -> None:
    """One that is added without an example fails here, not on a reader's screen."""
    assert EC2_EXAMPLES.keys() == {operation.name for operation in EC2.operations}


@pytest.mark.parametrize("operation", SPOKEN, ids=lambda o: o.name)
def test_the_soap_body_says_the_example(operation: Operation) -> None:
    """Indented as it is, it reads as the message."""
    ask = EC2_EXAMPLES[operation.name].ask
    text = samples.soap_body(EC2, operation, VERSION, ask)
    assert CODEC.read(operation.asks, etree.fromstring(text)) == ask


@pytest.mark.parametrize("operation", EC2.operations, ids=lambda o: o.name)
def test_the_query_parameters_say_the_example(operation: Operation) -> None:
    """As a form, with its line breaks taken out."""
    ask = EC2_EXAMPLES[operation.name].ask
    flat = dict(parse_qsl(samples.query_parameters(operation, VERSION, ask).replace("\n& ", "&")))
    assert (flat.pop("Action"), flat.pop("Version")) == (operation.name, VERSION)
    assert query.read(CODEC, operation, flat) == ask


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A zeep client of our WSDL."""
    path = tmp_path_factory.mktemp("wsdl") / "ec2.wsdl"
    path.write_bytes(wsdl.text(EC2, VERSION, "http://localhost/"))
    return zeep.Client(str(path))


class _Said:
    """Stands where the page's ``ec2`` stands: makes the message instead of sending it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        def make(**arguments: Any) -> Any:
            return self._client.create_message(self._client.service, name, **arguments)

        return make


@pytest.mark.parametrize("operation", SPOKEN, ids=lambda o: o.name)
def test_the_zeep_call_says_the_example(operation: Operation, proxy: Any) -> None:
    """The line of the page is run as it stands."""
    ask = EC2_EXAMPLES[operation.name].ask
    envelope = eval(samples.zeep_call(operation, VERSION, ask), {"ec2": _Said(proxy)})
    body = envelope[-1][0]
    assert CODEC.read(operation.asks, body) == ask


class _Sent(Exception):
    """Carries the form that boto3 would have sent."""


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    """A boto3 client whose requests go nowhere."""
    client = boto3.client(
        "ec2",
        endpoint_url="http://127.0.0.1:1/services/compute",
        region_name="eucalyptus",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        config=Config(retries={"total_max_attempts": 1}),
    )

    def keep(request: Any, **_: Any) -> AWSResponse:
        raise _Sent(request.body)

    client.meta.events.register("before-send.ec2.*", keep)
    yield client
    client.close()


@pytest.mark.parametrize("operation", BY_BOTO3, ids=lambda o: o.name)
def test_the_boto3_call_says_the_example(operation: Operation, ec2: Any) -> None:
    """What botocore makes of the line reads as the message, but for the token it adds."""
    call = samples.boto3_call(EC2_EXAMPLES[operation.name].boto3)
    with pytest.raises(_Sent) as sent:
        eval(call, {"ec2": ec2})
    form = sent.value.args[0]
    flat = dict(parse_qsl(form.decode() if isinstance(form, bytes) else form))
    assert flat.pop("Action") == operation.name
    flat.pop("Version")
    said = query.read(CODEC, operation, flat)
    if hasattr(said, "client_token"):
        said = replace(said, client_token=None)
    assert said == EC2_EXAMPLES[operation.name].ask


def test_commands_are_those_of_euca2ools() -> None:
    """Each is a command that the table of commands knows."""
    known = Path(reference("EUCA_REFERENCE_UX", "CLI.md")).read_text()
    commands = {e.euca2ools.split()[0] for e in EC2_EXAMPLES.values() if e.euca2ools}
    unknown = {command for command in commands if command.removeprefix("euca-") not in known}
    assert not unknown


def test_the_opening_lines_are_python() -> None:
    """As they stand on the page."""
    for text in (preambles.ZEEP_OPENING, preambles.BOTO3_OPENING):
        compile(text, "opening", "exec")


def test_the_zeep_class_of_the_page_signs_what_the_front_door_wants(tmp_path: Path) -> None:
    """Timestamp and Body."""
    private, now = certificates.make_key(), time.time()
    pem = certificates.self_issue(private, certificates.subject("reader", "User"), now)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(certificates.key_pem(private))
    certificate.write_bytes(pem)
    page: dict[str, Any] = {}
    exec(preambles.ZEEP_SIGNING, page)
    signed = page["Signed"](
        str(key),
        str(certificate),
        signature_method=constants.TransformRsaSha256,
        digest_method=constants.TransformSha256,
    )
    body = samples.soap_body(EC2, SPOKEN[0], VERSION, EC2_EXAMPLES[SPOKEN[0].name].ask)
    envelope = etree.fromstring(
        f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'
    )
    signed.apply(envelope, {})
    sealed = open_envelope(etree.tostring(envelope), Rules.front_door())
    verified = verify(sealed, pem, now)
    assert verified.body[0].tag.endswith(SPOKEN[0].name)
