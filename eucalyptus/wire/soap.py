# SPDX-License-Identifier: BSD-2-Clause
"""SOAP 1.1 around messages: envelopes, faults, and which operation a Body asks for."""

from __future__ import annotations

import functools
import re

from lxml import etree

from eucalyptus.contracts.declare import Contract, Operation
from eucalyptus.contracts.refusals import (
    MALFORMED,
    UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION,
    UNSUPPORTED_VERSION,
    Refusal,
    Refused,
)
from eucalyptus.wire.documents import parse
from eucalyptus.wire.leaves import write_str

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
FAULT_DETAIL = "http://webservices.amazon.com/AWSFault/2005-15-09"

_OPEN = f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>'.encode()
_CLOSE = b"</soap:Body></soap:Envelope>"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def envelope(body: bytes) -> bytes:
    """An unsigned envelope around ``body`` (one element)."""
    return _DECLARATION + _OPEN + body + _CLOSE


def fault(refused: Refused, request_id: str) -> bytes:
    """A fault as Amazon's clients read it; send it with HTTP status 500 whatever the code."""
    side = "Server" if refused.refusal.is_ours else "Client"
    return envelope(
        (
            f"<soap:Fault><faultcode>{side}.{refused.refusal.code}</faultcode>"
            f"<faultstring>{write_str(refused.message)}</faultstring>"
            f'<detail><aws:RequestId xmlns:aws="{FAULT_DETAIL}">{write_str(request_id)}'
            "</aws:RequestId></detail></soap:Fault>"
        ).encode()
    )


def read_fault(document: bytes) -> Refused:
    """The refusal in a fault that a peer sent; raises MALFORMED when it is none."""
    body = parse(document).find(f"{{{ENVELOPE}}}Body")
    found = None if body is None else body.find(f"{{{ENVELOPE}}}Fault")
    if found is None:
        raise MALFORMED(reason="the answer is neither a message nor a fault")
    code = (found.findtext("faultcode") or "").rpartition(":")[2]
    side, _, inner = code.partition(".")
    status = 500 if side == "Server" else 400
    refusal = Refusal(inner or code or "Fault", status, "{reason}")
    return Refused(refusal, found.findtext("faultstring") or "the peer gave no reason")


def dispatch(contract: Contract, body: etree._Element) -> tuple[Operation, str, etree._Element]:
    """What a verified Body asks: operation, API version, and the operation's element.

    The Body must hold exactly one element. Raises MALFORMED, UNSUPPORTED_VERSION,
    UNSUPPORTED_OPERATION or UNKNOWN_OPERATION.
    """
    if len(body) != 1 or (body.text or "").strip() or (body[0].tail or "").strip():
        raise MALFORMED(reason="the Body holds not exactly one operation")
    name = etree.QName(body[0])
    version = _version(contract, name.namespace or "")
    operation = contract.operation(name.localname)
    if operation is None or not operation.in_wsdl(version):
        if name.localname in contract.later:
            raise UNSUPPORTED_OPERATION(action=name.localname)
        raise UNKNOWN_OPERATION(
            service=contract.name, action=name.localname[:80], version=version or "in use"
        )
    return operation, version, body[0]


def _version(contract: Contract, namespace: str) -> str:
    if "{version}" not in contract.namespace:
        if namespace != contract.namespace:
            raise MALFORMED(reason=f"namespace {namespace[:120]} is not {contract.namespace}")
        return ""
    found = _dated(contract.namespace).fullmatch(namespace)
    if found is None:
        raise MALFORMED(reason=f"namespace {namespace[:120]} is not of {contract.name}")
    if found[1] not in contract.versions:
        raise UNSUPPORTED_VERSION(version=found[1], known=", ".join(contract.versions))
    return found[1]


@functools.cache
def _dated(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(r"\{version\}", r"(\d{4}-\d\d-\d\d)"))


def answer_element(
    contract: Contract, operation: Operation, body: etree._Element
) -> etree._Element:
    """The answering element in a verified Body; raises MALFORMED when it is another."""
    wanted = f"{{{contract.at('')}}}{operation.name}Response"
    if len(body) != 1 or body[0].tag != wanted:
        raise MALFORMED(reason=f"the Body does not hold {operation.name}Response")
    return body[0]
