# SPDX-License-Identifier: BSD-2-Clause
"""What no decent client sends: bodies that are not what the head promised, broken signatures."""

from __future__ import annotations

import base64
import hashlib
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import signatures
from eucalyptus.wire.signable import Accepts, Signable
from eucalyptus.wire.sigv4_chunks import ChunkChain
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.walrus.serving import ALICE, BOB, Served, blocking
from walrus.core.chunked import Decoder, Promise
from walrus.core.keys import MOUNTS

SIGNING = Signing(key_id=ALICE.key_id, secret=ALICE.secret, service="s3")
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


class Head:
    """A request's head, signed with version 4 as it stands."""

    def __init__(self, served: Served, payload: str, method: str = "PUT", **more: str) -> None:
        self.path, self.query = f"{MOUNTS[0]}/first/k", ""
        self.method, self.host = method, f"127.0.0.1:{served.port}"
        self.headers = {name.replace("_", "-"): value for name, value in more.items()}
        self.payload, self.when = payload, time.time()

    def signable(self, headers: Mapping[str, str]) -> Signable:
        """As the verifiers see it."""
        lines = {name: (value,) for name, value in headers.items()}
        return Signable(method=self.method, path=self.path, query=self.query, headers=lines,
                        body_sha256=self.payload)  # fmt: skip

    def signed(self) -> dict[str, str]:
        """All headers."""
        headers = {"host": self.host, **self.headers}
        covered = {n: v for n, v in headers.items() if n == "host" or n.startswith("x-amz-")}
        return {**headers, **authorize(self.signable(covered), SIGNING, self.when)}

    def text(self, extra: str = "") -> str:
        """The head as it goes over the wire; ``extra`` headers are not signed."""
        lines = "".join(f"{name}: {value}\n" for name, value in self.signed().items())
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} HTTP/1.1\n{lines}{extra}connection: close\n\n"

    def chain(self) -> ChunkChain:
        """What signs this request's chunks."""
        accepts = Accepts(service="s3", s3=True)
        return ChunkChain(signatures.parse(self.signable(self.signed()), accepts), ALICE.secret)


def chunked(chain: ChunkChain, pieces: list[bytes]) -> list[bytes]:
    """Signed chunks, the empty one at the end."""
    made = []
    for piece in [*pieces, b""]:
        seal = chain.next(hashlib.sha256(piece).hexdigest())
        made.append(f"{len(piece):x};chunk-signature={seal}\r\n".encode() + piece + b"\r\n")
    return made


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with a bucket and an object whose old bytes must survive every refusal."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"old")

    blocking(talk)
    return served


def content(served: Served) -> bytes:
    """What the object holds."""
    s3 = served.boto3()
    return bytes(blocking(lambda: s3.get_object(Bucket="first", Key="k")["Body"].read()))


PIECES = [b"a" * 70_000, b"b" * 30_000]


def streamed(served: Served, **more: str) -> Head:
    """The head of an upload in signed chunks."""
    more.setdefault("x_amz_decoded_content_length", "100000")
    return Head(served, STREAMING, content_encoding="aws-chunked", **more)


def test_s33_signed_chunks(bucket: Served) -> None:
    """A body in signed chunks is stored decoded, and its coding is not."""
    head = streamed(bucket)
    body = b"".join(chunked(head.chain(), PIECES))
    said = bucket.raw(head.text(f"content-length: {len(body)}\n"), body)
    assert said.startswith(b"HTTP/1.1 200"), said
    assert content(bucket) == b"".join(PIECES)
    s3 = bucket.boto3()
    assert "ContentEncoding" not in blocking(lambda: s3.head_object(Bucket="first", Key="k"))


TAMPERED: Mapping[str, Callable[[list[bytes]], list[bytes]]] = {
    "data changed": lambda c: [c[0].replace(b"aaa", b"aab", 1), *c[1:]],
    "signature changed": lambda c: [c[0].replace(b"signature=", b"signature=0", 1), *c[1:]],
    "swapped": lambda c: [c[1], c[0], c[2]],
    "twice": lambda c: [c[0], c[0], c[1], c[2]],
    "last missing": lambda c: c[:2],
    "first missing": lambda c: c[1:],
    "more behind": lambda c: [*c, b"x"],
    "unsigned": lambda c: [b"186a0\r\n" + b"a" * 100_000 + b"\r\n0\r\n\r\n"],
    "endless header": lambda c: [b"1" * 5000],
    "absurd size": lambda c: [b"fffffffffffffffff" + c[0], *c[1:]],
    "no line end": lambda c: [c[0].replace(b"\r\n", b"\n"), *c[1:]],
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=[f"S-33 {name}" for name in TAMPERED])
def test_tampered_chunks(bucket: Served, tamper: Callable[[list[bytes]], list[bytes]]) -> None:
    """Nothing is stored."""
    head = streamed(bucket)
    body = b"".join(tamper(chunked(head.chain(), PIECES)))
    said = bucket.raw(head.text(f"content-length: {len(body)}\n"), body)
    assert said.split()[1] in (b"400", b"403"), said
    assert content(bucket) == b"old"
    assert not list((bucket.root / "incoming").iterdir())


@pytest.mark.parametrize("length", ["99999", "100001", "-1", "x", "9" * 30])
def test_s33_decoded_length_must_be_true(bucket: Served, length: str) -> None:
    """One more, one less, none at all."""
    head = streamed(bucket, x_amz_decoded_content_length=length)
    body = b"".join(chunked(head.chain(), PIECES))
    said = bucket.raw(head.text(f"content-length: {len(body)}\n"), body)
    assert said.split()[1] == b"400", said
    assert content(bucket) == b"old"


def test_s33_trailing_checksum(bucket: Served) -> None:
    """An unsigned body with its checksum behind it: right, wrong, missing, unannounced."""

    def send(trailer: bytes) -> bytes:
        head = Head(
            bucket, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", content_encoding="aws-chunked",
            x_amz_decoded_content_length="3", x_amz_trailer="x-amz-checksum-crc32",
        )  # fmt: skip
        body = b"3\r\nnew\r\n0\r\n" + trailer + b"\r\n"
        return bucket.raw(head.text(f"content-length: {len(body)}\n"), body)

    good = base64.b64encode(zlib.crc32(b"new").to_bytes(4, "big"))
    assert b"BadDigest" in send(b"x-amz-checksum-crc32:AAAAAA==\r\n")
    assert b"BadDigest" in send(b"x-amz-checksum-crc32:AA==\r\n")
    assert b"InvalidRequest" in send(b"")
    assert b"InvalidRequest" in send(b"x-amz-checksum-sha1:" + good + b"\r\n")
    assert content(bucket) == b"old"
    assert b" 200 " in send(b"x-amz-checksum-crc32:" + good + b"\r\n")
    assert content(bucket) == b"new"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: text.replace("Signature=", "Signature=0"), id="CVE-2025-31489"),
        pytest.param(
            lambda text: text.replace(ALICE.key_id, "AKI" + "X" * (len(ALICE.key_id) - 3)),
            id="CVE-2025-31489 of nobody",
        ),
    ],
)
def test_a_trailer_does_not_replace_the_signature(
    bucket: Served, spoil: Callable[[str], str]
) -> None:
    """Chunks that are not signed one by one still belong to a request that is."""
    body = b"3\r\nnew\r\n0\r\nx-amz-checksum-crc32:PW3Tpw==\r\n\r\n"

    def send(change: Callable[[str], str]) -> bytes:
        head = Head(
            bucket, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", content_encoding="aws-chunked",
            x_amz_decoded_content_length="3", x_amz_trailer="x-amz-checksum-crc32",
        )  # fmt: skip
        return bucket.raw(change(head.text(f"content-length: {len(body)}\n")), body)

    assert send(spoil).split()[1] in (b"400", b"403")
    assert content(bucket) == b"old"
    assert b"BadDigest" in send(lambda text: text), "the twin gets as far as the checksum"


SHA = hashlib.sha256(b"new").hexdigest()
MD5 = base64.b64encode(hashlib.md5(b"new").digest()).decode()
SHA1 = base64.b64encode(hashlib.sha1(b"new").digest()).decode()
CRC32 = base64.b64encode(zlib.crc32(b"new").to_bytes(4, "big")).decode()
PROMISES = [
    ({"content_md5": MD5}, SHA, "200"),
    ({"content_md5": "A" * 22 + "=="}, SHA, "BadDigest"),
    ({"content_md5": "AAAA"}, SHA, "InvalidDigest"),
    ({}, hashlib.sha256(b"x").hexdigest(), "XAmzContentSHA256Mismatch"),
    ({}, "UNSIGNED-PAYLOAD", "200"),
    ({}, "NONSENSE", "AuthorizationHeaderMalformed"),
    ({"x_amz_checksum_sha256": "AAAA"}, SHA, "BadDigest"),
    ({"x_amz_checksum_crc32": "AAAAAA=="}, SHA, "BadDigest"),
    ({"x_amz_checksum_crc32c": "AAAAAA=="}, SHA, "BadDigest"),
    ({"x_amz_checksum_crc32": CRC32}, SHA, "200"),
    ({"x_amz_checksum_crc32": CRC32, "x_amz_checksum_sha1": SHA1}, SHA, "InvalidRequest"),
    ({"x_amz_sdk_checksum_algorithm": "CRC32"}, SHA, "InvalidRequest"),
    ({"x_amz_sdk_checksum_algorithm": "fog"}, SHA, "InvalidRequest"),
    (
        {"x_amz_sdk_checksum_algorithm": "SHA1", "x_amz_checksum_crc32": CRC32},
        SHA,
        "InvalidRequest",
    ),
    ({"x_amz_checksum_fog": "AAAAAA=="}, SHA, "InvalidRequest"),
    ({"x_amz_storage_class": "GLACIER"}, SHA, "InvalidStorageClass"),
    ({"x_amz_acl": "nonsense"}, SHA, "InvalidArgument"),
    ({"x_amz_acl": "private", "x_amz_grant_read": "id=x"}, SHA, "InvalidRequest"),
    ({"x_amz_grant_read": "id=x"}, SHA, "InvalidArgument"),
    ({"x_amz_grant_read": "x"}, SHA, "InvalidArgument"),
    ({"x_amz_grant_fly": "id=x"}, SHA, "InvalidArgument"),
    ({"x_amz_tagging": "a=b&a=c"}, SHA, "InvalidTag"),
    ({"x_amz_tagging": "%ff=b"}, SHA, "InvalidTag"),
    ({"x_amz_object_lock_legal_hold": "ON"}, SHA, "InvalidRequest"),
    ({"content_encoding": "aws-chunked"}, SHA, "InvalidRequest"),
]


@pytest.mark.parametrize(("more", "payload", "says"), PROMISES)
def test_s31_s32_promises_about_the_body(
    bucket: Served, more: dict[str, str], payload: str, says: str
) -> None:
    """Digests and headers are checked; what is refused leaves the old object."""
    said = bucket.raw(Head(bucket, payload, **more).text("content-length: 3\n"), b"new")
    assert says.encode() in said, said
    assert content(bucket) == (b"new" if says == "200" else b"old")


def test_s30_a_body_cut_short(bucket: Served, turn: Callable[..., None]) -> None:
    """A sender that goes away leaves the old object and no file."""
    head = Head(bucket, "UNSIGNED-PAYLOAD").text("content-length: 9000000\n")
    bucket.raw(head, b"x" * 2_000_000, half_close=True)
    turn(lambda: not list((bucket.root / "incoming").iterdir()), 5)
    assert content(bucket) == b"old"


def test_a_slow_sender_is_cut_off(bucket: Served) -> None:
    """Who sends next to nothing does not keep a connection and a file."""
    bucket.resource._door = replace(bucket.resource._door, watch=0.2)
    head = Head(bucket, "UNSIGNED-PAYLOAD").text("content-length: 9000000\n")
    with pytest.raises(OSError, match="reset"):
        bucket.raw(head, b"x" * 100)
    assert content(bucket) == b"old"


def test_s30_no_length(bucket: Served) -> None:
    """A PUT says how long it is."""
    chunks = b"3\r\nnew\r\n0\r\n\r\n"
    said = bucket.raw(Head(bucket, SHA).text("transfer-encoding: chunked\n"), chunks)
    assert b"MissingContentLength" in said


def test_too_large_is_said_at_once(bucket: Served) -> None:
    """Six gigabytes are refused before they are sent."""
    said = bucket.raw(Head(bucket, "UNSIGNED-PAYLOAD").text(f"content-length: {6 << 30}\n"), b"x")
    assert b"EntityTooLarge" in said


@pytest.mark.parametrize("seconds", [-1000, 1000])
def test_clocks_that_differ(bucket: Served, seconds: int) -> None:
    """RequestTimeTooSkewed."""
    head = Head(bucket, SHA)
    head.when += seconds
    assert b"RequestTimeTooSkewed" in bucket.raw(head.text("content-length: 3\n"), b"new")


def test_s20_unsigned_headers_are_refused(bucket: Served) -> None:
    """A header that means something is signed or refused."""
    grant = f"x-amz-grant-full-control: id={BOB.principal.canonical_id}"
    for extra in (grant, "x-amz-acl: public-read", "x-amz-copy-source: /a/b", "x-amz-meta-a: b"):
        said = bucket.raw(Head(bucket, SHA).text(f"{extra}\ncontent-length: 3\n"), b"new")
        assert b"AccessDenied" in said, extra
    assert content(bucket) == b"old"


ADDRESSES = [
    ("GET", "/first/k%00", "InvalidURI"), ("GET", "/first/%ff", "InvalidURI"),
    ("GET", "//k", "InvalidURI"), ("GET", "/first?prefix=%ff", "InvalidURI"),
    ("GET", "/first?prefix=a&prefix=b", "InvalidArgument"), ("PATCH", "/first/k", "405"),
    ("POST", "/first?delete", "InvalidRequest"), ("GET", "/first?uploads", "AccessDenied"),
    ("GET", "/first?acl&policy", "NotImplemented"), ("PUT", "/", "MethodNotAllowed"),
    ("GET", "/image/first/k", "AccessDenied"), ("GET", "/nothere/k", "NoSuchBucket"),
    ("GET", "/first/k?AWSAccessKeyId=x", "AuthorizationQueryParametersError"),
    ("GET", "/", "AccessDenied"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "says"), ADDRESSES)
def test_odd_addresses(bucket: Served, method: str, path: str, says: str) -> None:
    """Anonymous requests with addresses that mean nothing, or nothing yet."""
    said = bucket.raw(f"{method} {MOUNTS[1]}{path} HTTP/1.1\nhost: h\nconnection: close\n\n")
    assert says.encode() in said, said
    assert b"<RequestId>" in said


def test_two_signatures(bucket: Served) -> None:
    """Only one way of signing at a time."""
    head = Head(bucket, SHA)
    head.path += "?X-Amz-Signature=0"
    said = bucket.raw(head.text("content-length: 3\n"), b"new")
    assert said.split()[1] in (b"400", b"403"), said


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6), st.integers(1, 50))
def test_any_cut_decodes_alike(pieces: list[bytes], step: int) -> None:
    """However the network cuts the body."""
    plain = b"".join(pieces)
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    decoder = Decoder(Promise(length=len(plain)))
    out = b"".join(decoder.feed(body[at : at + step]) for at in range(0, len(body), step))
    decoder.finish()
    assert out == plain


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    """Noise never decodes and never breaks the decoder."""
    decoder: Any = Decoder(Promise(length=10))
    try:
        decoder.feed(noise)
        decoder.finish()
    except Refused:
        return
    assert noise.startswith(
        (b"a", b"A", b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9")
    )


@pytest.mark.parametrize(
    ("checksum", "seal", "says"),
    [
        pytest.param(CRC32, "right", b" 200 ", id="S-33 trailer in order"),
        pytest.param("AAAAAA==", "right", b"BadDigest", id="S-33 trailer that is not the bytes'"),
        pytest.param(CRC32, "wrong", b"SignatureDoesNotMatch", id="S-33 trailer signed wrongly"),
        pytest.param(CRC32, "", b"SignatureDoesNotMatch", id="S-33 trailer without signature"),
    ],
)
def test_signed_trailers(bucket: Served, checksum: str, seal: str, says: bytes) -> None:
    """A trailer belongs to the chain of signatures."""
    head = Head(
        bucket, f"{STREAMING}-TRAILER", content_encoding="aws-chunked",
        x_amz_decoded_content_length="3", x_amz_trailer="x-amz-checksum-crc32",
    )  # fmt: skip
    text, chain = head.text("content-length: LENGTH\n"), head.chain()
    body = b"".join(chunked(chain, [b"new"])).removesuffix(b"\r\n")
    trailer = f"x-amz-checksum-crc32:{checksum}"
    right = chain.trailer(hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
    signed = {"right": right, "wrong": right[::-1], "": ""}[seal]
    body += f"{trailer}\r\n".encode()
    body += f"x-amz-trailer-signature:{signed}\r\n\r\n".encode() if signed else b"\r\n"
    said = bucket.raw(text.replace("LENGTH", str(len(body))), body)
    assert says in said, said
    assert content(bucket) == (b"new" if says == b" 200 " else b"old")


DOCUMENTS = [
    pytest.param({}, b"", "200", id="S-32 the twin"),
    pytest.param({"content_md5": MD5}, b"", "BadDigest", id="S-31 of another document"),
    pytest.param({"x_amz_checksum_crc32": CRC32}, b"", "BadDigest", id="S-31 checksum"),
    pytest.param({}, b" ", "XAmzContentSHA256Mismatch", id="S-32 changed on the way"),
]


@pytest.mark.parametrize(("more", "behind", "says"), DOCUMENTS)
def test_documents_are_what_was_signed(
    bucket: Served, more: dict[str, str], behind: bytes, says: str
) -> None:
    """Also the body of a request that stores no object."""
    document = b"<CreateBucketConfiguration/>"
    head = Head(bucket, hashlib.sha256(document).hexdigest(), **more)
    head.path = f"{MOUNTS[0]}/second"
    text = head.text(f"content-length: {len(document + behind)}\n")
    assert says.encode() in bucket.raw(text, document + behind)
    there = [one["Name"] for one in blocking(bucket.boto3().list_buckets)["Buckets"]]
    assert ("second" in there) == (says == "200")
