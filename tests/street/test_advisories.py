# SPDX-License-Identifier: BSD-2-Clause
"""What went wrong in the original and in others, tried here: a test per advisory.

An advisory about signatures is the rows of the catalogue that do the same; they are put to every
endpoint again under the advisory's name. Which advisories are left to other tests, or have
nothing to be tried on, is in ``tests/attacks.py``.
"""

from __future__ import annotations

import inspect

import pytest
from lxml import etree

from cloudinabox.guest import root
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3_access import READ, Need
from eucalyptus.services import OBJECT_STORAGE
from eucalyptus.wire import leaves
from eucalyptus.wire.leaves import BadLeaf
from eucalyptus.wire.security import verifying
from eucalyptus.wire.signable import Accepts, Signable
from eucalyptus.wire.signatures import parse
from eucalyptus.wire.sigv4_making import Signing, presign
from tests.cloudcontroller.compute.street import person
from tests.fixtures.cpu import cpu_seconds
from tests.street.consumers import consumers
from tests.street.gates import INSIDE, NAMES, Gate
from tests.street.oracle import CODES, accepts, refuses
from tests.street.test_attacks_inside import INTERNAL
from tests.street.test_attacks_xml import DECLARING
from tests.wire.security.catalogue import EVIL, most_cpu
from tests.wire.security.forge import NOW
from walrus.core import acl, asking, keys
from walrus.core.records import Owner

Gates = dict[str, Gate]

SIGNATURES: dict[str, tuple[str, ...]] = {
    "CVE-2011-0730 ESA-02 wrapped": ("W-01", "W-02", "W-03", "W-06", "W-07", "W-08", "W-09"),
    "CVE-2012-4063 ESA-05 transforms": ("W-50", "W-51"),
    "CVE-2009-0217 short HMAC": ("W-53",),
    "CVE-2012-4418 wrapped": ("W-01", "W-04", "W-10"),
    "CVE-2013-4517 document type": ("W-22",),
    "CVE-2016-10149 document type": ("W-22",),
    "CVE-2017-11427 comments": ("W-33", "W-34"),
    "CVE-2020-5390 signed, but not where it is read": ("W-01", "W-05", "W-12", "W-13", "W-21"),
    "CVE-2021-21238 only the first signature": ("W-09", "W-16", "W-17", "W-18"),
    "CVE-2021-21239 any key in the message": ("W-54", "W-60", "W-66", "W-70"),
    "CVE-2024-45409 the digest of another element": ("W-23", "W-24", "W-27", "W-36"),
    "CVE-2025-25291 two readings": ("W-12", "W-22", "W-35"),
    "CVE-2025-29774 two SignedInfo": ("W-34",),
    "CVE-2025-29775 comment in a digest": ("W-34 comment",),
    "CVE-2025-48994 HMAC for RSA": ("W-52", "W-54"),
    "CVE-2026-64855 the key from the message": ("W-70", "W-19", "W-60"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("advisory", SIGNATURES)
def test_flaws_of_signatures(street_gates: Gates, advisory: str, name: str) -> None:
    """Each row that the flaw is, at every endpoint; and then an honest message."""
    gate = street_gates[name]
    tried = [row for row in EVIL if row.startswith(SIGNATURES[advisory])]
    assert len(tried) >= len(SIGNATURES[advisory])
    for row in tried:
        refuses(gate, EVIL[row](gate.style), most=most_cpu(row) + 0.05)
    accepts(gate, gate.twin())


@pytest.mark.parametrize("name", [pytest.param(n, id=f"CVE-2012-3241 ESA-04 {n}") for n in INSIDE])
def test_a_component_without_authentication(street_gates: Gates, name: str) -> None:
    """No operation of any component without a signature."""
    gate = street_gates[name]
    for one in gate.contract.operations:
        body = f'<{one.name} xmlns="{gate.contract.namespace}"/>'
        bare = f'<e:Envelope xmlns:e="{SOAP}"><e:Body>{body}</e:Body></e:Envelope>'
        assert set(refuses(gate, bare.encode()).values()) == {"MissingAuthenticationToken"}
    accepts(gate, gate.twin())


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("N-05 with effectiveUserId", id="CVE-2012-4064 ESA-06 another user's id"),
        pytest.param("N-05 with userId", id="CVE-2012-4064 ESA-06 a user's id"),
        pytest.param("N-05 with _services", id="CVE-2012-4064 ESA-06 the topology"),
        pytest.param("N-05 ncTerminateInstance", id="CVE-2012-4065 ESA-07 a node's operation"),
        pytest.param("N-05 ModifyNode", id="CVE-2012-4065 ESA-07 a cluster's operation"),
    ],
)
def test_the_internal_format_on_the_public_endpoint(street_gates: Gates, row: str) -> None:
    """Nobody becomes somebody else by saying so."""
    gate = street_gates["front"]
    body = INTERNAL[row].replace("{ec2}", gate.contract.at("2013-02-01"))
    refuses(gate, lambda: gate.twin(body), codes=CODES | {"UnknownParameter"})
    accepts(gate, gate.twin())


DOCUMENTS: dict[str, tuple[str, ...]] = {
    "CVE-2012-4067 ESA-09 DTD in a bucket's configuration": ("X-01", "X-02"),
    "CVE-2017-1000061 external entity": ("X-05",),
    "CVE-2022-47950 external entity in S3": ("X-05", "X-01 SYSTEM"),
}


@pytest.mark.parametrize("advisory", DOCUMENTS)
def test_flaws_of_documents(advisory: str) -> None:
    """At everything that reads XML, buckets' configurations among them."""
    for name, consumer in consumers().items():
        consumer.read(consumer.honest)
        for row, attack in DECLARING.items():
            if row.startswith(DOCUMENTS[advisory]):
                with pytest.raises(consumer.refuses):
                    consumer.read(attack(consumer))
                assert name


@pytest.mark.parametrize(
    ("method", "what"),
    [
        pytest.param(method, what, id=f"CVE-2013-2296 ESA-10 {method} {what}")
        for method in ("GET", "PUT")
        for what in ("logging", "versioning")
    ],
)
def test_parts_of_a_bucket_have_rules_of_their_own(method: str, what: str) -> None:
    """Whoever may list a bucket may not therefore configure it, and there is no way around the
    list of actions: what is not in it is not done."""
    bucket = keys.Target(bucket="b")
    assert asking.action("GET", bucket, {}).needs is Need.BUCKET_READ
    assert asking.action(method, bucket, {what: ""}).needs is Need.BUCKET_OWNER
    with pytest.raises(Refused) as refused:
        asking.action(method, bucket, {"inventory": ""})
    assert refused.value.refusal.code == "NotImplemented"


@pytest.mark.parametrize("advisory", [pytest.param("", id="CVE-2013-2297 ESA-12 blank password")])
def test_the_demo_image_lets_nobody_in_by_password(advisory: str) -> None:
    """Its root has none that could be typed; keys come from the metadata."""
    users = [line.split(":") for line in root.TEXTS["etc/shadow"].splitlines()]
    assert [(name, password) for name, password, *_ in users] == [("root", "*")]
    assert [line.split(":")[:2] for line in root.TEXTS["etc/passwd"].splitlines()] == [
        ["root", "x"]
    ]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("x-amz-copy-source", id="CVE-2026-97731 copy source"),
        pytest.param("x-amz-acl", id="CVE-2026-97731 acl"),
        pytest.param("x-amz-copy-source-range", id="CVE-2026-97149 another copy source"),
        pytest.param("x-amz-meta-x", id="CVE-2015-5223 anything at all"),
    ],
)
def test_a_header_beside_a_presigned_url(header: str) -> None:
    """Whoever is given a URL may add nothing that means something."""
    signing = Signing(key_id="AKIAXXXXXXXXXXXXXXXX", secret="s", service="s3")
    url = presign(f"http://h{OBJECT_STORAGE.path}/b/k", signing, NOW, 60)
    path, _, query = url.removeprefix("http://h").partition("?")
    honest = {"host": ("h",)}

    def read(headers: dict[str, tuple[str, ...]]) -> object:
        asked = Signable(method="GET", path=path, query=query, headers=headers)
        return parse(asked, Accepts(service="s3", s3=True))

    assert read(honest)
    with pytest.raises(Refused):
        read({**honest, header: ("/other/key",)})


@pytest.mark.parametrize(
    ("path", "bucket"),
    [
        pytest.param("/a/../b/key", "a", id="CVE-2026-54917 dots"),
        pytest.param("/a/%2e%2e/b/key", "a", id="CVE-2026-54917 encoded dots"),
        pytest.param("/a/..%2fb/key", "a", id="CVE-2022-35919 encoded slash"),
    ],
)
def test_a_path_that_leads_to_another_bucket(path: str, bucket: str) -> None:
    """It is a key of the bucket that was asked for: what is authorised is what is written."""
    found = keys.target(path)
    assert (found.bucket, found.key) == (bucket, "../b/key")


@pytest.mark.parametrize("advisory", [pytest.param("", id="CVE-2016-7031 authenticated-read")])
def test_what_is_for_users_is_not_for_anybody(advisory: str) -> None:
    """Neither to read nor to list, without a signature."""
    stranger = person("bob", 2)
    owner = Owner.of(person("alice", 1))
    for_users, private = (
        acl.canned(name, owner, None) for name in ("authenticated-read", "private")
    )
    assert acl.grants(for_users, READ, stranger)
    assert not acl.grants(for_users, READ, None)
    assert not acl.grants(private, READ, stranger)


@pytest.mark.parametrize("advisory", [pytest.param("", id="CVE-2025-48995 timing")])
def test_digests_are_compared_in_constant_time(advisory: str) -> None:
    """Wherever a secret, or what was made with one, is compared."""
    source = inspect.getsource(verifying)
    assert "compare_digest(digest, cover.digest)" in source and " == cover.digest" not in source


@pytest.mark.parametrize("advisory", [pytest.param("", id="CVE-2022-2309 old libxml2")])
def test_the_libraries_are_not_the_broken_ones(advisory: str) -> None:
    """lxml before 4.9.1 walked into nothing; before 6.1 some of its parsers resolved entities."""
    assert etree.LXML_VERSION >= (6, 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2013-02-01T12:00:00." + "1" * 100_000, id="GHSL-2021-115 fraction"),
        pytest.param("2013-02-01T12:00:00" + "+" * 100_000, id="GHSL-2021-115 zone"),
        pytest.param(" " * 100_000, id="GHSL-2021-115 white space"),
    ],
)
def test_dates_do_not_take_long(text: str) -> None:
    """No expression goes back and forth in what a stranger sent."""

    def tried() -> None:
        with pytest.raises(BadLeaf):
            leaves.read_datetime(text)

    assert cpu_seconds(tried, 0.02) <= 0.02
