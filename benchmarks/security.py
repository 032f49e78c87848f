# SPDX-License-Identifier: BSD-2-Clause
"""How fast signatures are: ours against python-xmlsec, zeep, a bare RSA operation and botocore.

CPU microseconds, best of several runs. Verifying starts from bytes and includes every check of the
shape; python-xmlsec stands behind the same checks.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree
from zeep.wsse.signature import MemorySignature

from eucalyptus.wire import certificates, signatures
from eucalyptus.wire.documents import parse
from eucalyptus.wire.security import Addressing, Rules, open_envelope, reference, sign, verify
from eucalyptus.wire.signable import Accepts, Signable, check
from eucalyptus.wire.sigv4_making import Signing, authorize
from measuring import rows

NOW = 1_800_000_000.0
EC2 = "http://ec2.amazonaws.com/doc/2013-02-01/"
ASK = f'<RunInstances xmlns="{EC2}">%b</RunInstances>'.encode()
SMALL = ASK % (b"<item><name>a</name><value>b</value></item>" * 20)
LARGE = ASK % (b"<item><name>a</name><value>b</value></item>" * 16_000)
TO = Addressing(
    to="http://10.0.0.5:8774/axis2/services/EucalyptusCC",
    action="EucalyptusCC#RunInstances",
    message_id="urn:uuid:59DBFF8935BD4EAC99EDBE5870000000",
)


def _best(work: Callable[[], object], count: int) -> float:
    """The least CPU microseconds of one ``work``, over seven runs of ``count``."""
    times = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(count):
            work()
        times.append((time.process_time() - start) / count * 1e6)
    return min(times)


def _row(name: str, ours: float, peer: float, goal: float) -> rows.Row:
    return rows.shorter(name, (ours, peer), goal, "µs")


def _verifying(identity: certificates.Identity, pem: bytes) -> Iterator[rows.Row]:
    internal = Rules.internal()
    client = MemorySignature(certificates.key_pem(identity.key), pem)
    for name, body, count in (("small", SMALL, 300), ("16,000 items", LARGE, 3)):
        document = sign(body, identity, TO, NOW)

        def lean(document: bytes = document) -> object:
            return verify(open_envelope(document, internal), pem, NOW)

        def with_xmlsec(document: bytes = document) -> object:
            return reference.verify(open_envelope(document, internal), pem, NOW)

        def zeep(document: bytes = document) -> None:
            client.verify(etree.fromstring(document))

        ours = _best(lean, count)
        said = f"verify {name}, five parts"
        yield _row(f"{said}: python-xmlsec", ours, _best(with_xmlsec, count), 1.5)
        yield _row(f"{said}: zeep, unsafe", ours, _best(zeep, count), 1.0)
        parsed = _best(functools.partial(parse, document, internal.limits), count)
        yield _row(f"{said}: bare parse", ours, parsed, 0.15)


def _signing(identity: certificates.Identity) -> Iterator[rows.Row]:
    ours = _best(lambda: sign(SMALL, identity, TO, NOW), 200)
    rsa = _best(lambda: identity.key.sign(SMALL, PKCS1v15(), hashes.SHA256()), 200)
    yield _row("sign, five parts: bare RSA-2048", ours, rsa, 0.7)


def _refusing(identity: certificates.Identity, pem: bytes) -> Iterator[rows.Row]:
    """What a stranger without a key can make us do."""
    rules = Rules.front_door()
    good = sign(ASK % (b"<x>" + b"y" * 200_000 + b"</x>"), identity, None, NOW)
    reference_text = good[good.index(b"<ds:Reference") : good.index(b"</ds:SignedInfo>")]
    flood = good.replace(b"</ds:SignedInfo>", reference_text * 1100 + b"</ds:SignedInfo>")

    def refuse() -> None:
        try:
            verify(open_envelope(flood, rules), pem, NOW)
        except Exception as refused:
            assert "more than" in str(refused), refused
        else:
            raise AssertionError("accepted")

    parsed = _best(lambda: parse(flood, rules.limits), 3)
    yield _row("refuse 2,202 references over 200 kB: bare parse", _best(refuse, 3), parsed, 0.3)


def _requests() -> Iterator[rows.Row]:
    signing = Signing(key_id="AKIA", secret="secret", service="ec2")
    host, query = "cloud:8773", "Action=DescribeInstances&Version=2013-02-01"
    bare = Signable(method="GET", path="/services/compute", query=query, headers={"host": (host,)})
    added = {name: (value,) for name, value in authorize(bare, signing, NOW).items()}
    request = Signable(method="GET", path=bare.path, query=query, headers={**bare.headers, **added})
    accepts = Accepts(service="ec2")

    def ours() -> None:
        check(signatures.parse(request, accepts), "secret", NOW)

    def botocore() -> None:
        made = AWSRequest(method="GET", url=f"http://{host}/services/compute?{query}")
        SigV4Auth(Credentials("AKIA", "secret"), "ec2", "eucalyptus").add_auth(made)

    yield _row("verify version 4: botocore signing", _best(ours, 300), _best(botocore, 300), 1.0)


def comparisons() -> Iterator[rows.Row]:
    """Every comparison."""
    key = certificates.make_key()
    pem = certificates.self_issue(key, certificates.subject("bench", "User"), NOW)
    identity = certificates.identity(pem, certificates.key_pem(key))
    yield from _verifying(identity, pem)
    yield from _signing(identity)
    yield from _refusing(identity, pem)
    yield from _requests()


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
