# SPDX-License-Identifier: BSD-2-Clause
"""Manifests as text: written and signed, verified and read.

The signature is RSA with SHA-1 (PKCS #1 v1.5, in hex) over the text of the machine_configuration
element directly followed by the text of the image element. Only that signed text is ever read:
whatever else a document carries, however it is commented or nested, tells us nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from eucalyptus.bundles.manifest import (
    KERNEL,
    LONGEST,
    MACHINE,
    RAMDISK,
    BadManifest,
    Manifest,
    Part,
    Wrapped,
)
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.documents import DocumentLimits, parse

VERSION = "2007-10-10"
"""What we write, and every bundler since the end of 2007."""
OLDER = ("3", "2007-08-29")
"""Those before say "machine" for all, and "3" says nothing of the machine."""
AES = "AES-128-CBC"

_SIGNED = ("machine_configuration", "image")
_NUMBER = re.compile(r"[0-9]{1,15}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,1024}")


# --- writing -------------------------------------------------------------------------------------


def write(manifest: Manifest, sign: Callable[[bytes], bytes], bundler: str = "") -> bytes:
    """The manifest's document; ``sign`` maps the signed text to its RSA-SHA1 signature."""
    signed = _machine(manifest) + _image(manifest)
    head = (
        f"<version>{VERSION}</version><bundler><name>euca-install-image</name>"
        f"<version>{escape(bundler)}</version><release>0</release></bundler>"
    )
    signature = f"<signature>{sign(signed.encode()).hex()}</signature>"
    document = f'<?xml version="1.0"?><manifest>{head}{signed}{signature}</manifest>'
    return document.encode()


def signer(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    """Signs manifests with a user's private key."""

    def sign(text: bytes) -> bytes:
        # The format knows no other digest; every client and cloud of its time reads just this.
        return key.sign(text, padding.PKCS1v15(), SHA1())  # noqa: S303

    return sign


def _element(name: str, text: object, **attributes: str) -> str:
    marks = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{marks}>{escape(str(text))}</{name}>"


def _machine(manifest: Manifest) -> str:
    told = [_element("architecture", manifest.architecture)]
    if manifest.mappings:
        told.append("<block_device_mapping>")
        for virtual, device in manifest.mappings:
            told.append("<mapping>" + _element("virtual", virtual) + _element("device", device))
            told.append("</mapping>")
        told.append("</block_device_mapping>")
    if manifest.product_codes:
        codes = "".join(_element("product_code", code) for code in manifest.product_codes)
        told.append(f"<product_codes>{codes}</product_codes>")
    for name, value in (("kernel_id", manifest.kernel_id), ("ramdisk_id", manifest.ramdisk_id)):
        if value:
            told.append(_element(name, value))
    return "<machine_configuration>" + "".join(told) + "</machine_configuration>"


def _image(manifest: Manifest) -> str:
    told = [
        _element("name", manifest.name),
        _element("user", manifest.account_id),
        _element("type", manifest.kind),
        _element("digest", manifest.digest, algorithm="SHA1"),
        _element("size", manifest.size),
        _element("bundled_size", manifest.bundled_size),
        _element("ec2_encrypted_key", manifest.for_cloud.key.hex(), algorithm=AES),
        _element("user_encrypted_key", manifest.for_user.key.hex(), algorithm=AES),
        _element("ec2_encrypted_iv", manifest.for_cloud.iv.hex()),
        _element("user_encrypted_iv", manifest.for_user.iv.hex()),
        f'<parts count="{len(manifest.parts)}">',
    ]
    for index, part in enumerate(manifest.parts):
        inside = _element("filename", part.filename)
        inside += _element("digest", part.sha1, algorithm="SHA1")
        told.append(f'<part index="{index}">{inside}</part>')
    return "<image>" + "".join(told) + "</parts></image>"


# --- reading -------------------------------------------------------------------------------------


def read(document: bytes, keys: Iterable[rsa.RSAPublicKey]) -> Manifest:
    """The manifest that one of ``keys`` signed; raises BadManifest when there is none."""
    if len(document) > LONGEST:
        raise BadManifest(f"the manifest is longer than {LONGEST} bytes")
    root = _parse(document)
    if root.tag != "manifest":
        raise BadManifest("the document is not a manifest")
    if _text(root, "version") not in (*OLDER, VERSION):
        raise BadManifest(f"the manifest's version is none of {', '.join((*OLDER, VERSION))}")
    signature = _hex(root, "signature")
    known = tuple(keys)
    for signed in _candidates(document, root):
        if any(_signed_by(key, signature, signed) for key in known):
            # Read what was signed, not the document in which it was found.
            return _manifest(_parse(b"<manifest>" + signed + b"</manifest>"))
    raise BadManifest("the signature is not by an active certificate of the image's owner")


def _signed_by(key: rsa.RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, padding.PKCS1v15(), SHA1())  # noqa: S303
    except InvalidSignature:
        return False
    return True


def _candidates(document: bytes, root: etree._Element) -> Iterator[bytes]:
    """The texts that may have been signed: as written, and without white space between elements.

    Bundlers that print manifests prettily sign them before they indent them.
    """
    elements = [_one(root, tag) for tag in _SIGNED if root.find(tag) is not None]
    yield b"".join(_written(document, tag) for tag in _SIGNED)
    for element in root.iter(etree.Element):
        element.tail = None
        if len(element):
            element.text = None
    yield b"".join(etree.tostring(element) for element in elements)


def _written(document: bytes, tag: str) -> bytes:
    """The text of the first element ``tag`` without attributes, b"" when there is none."""
    opened, closed = f"<{tag}>".encode(), f"</{tag}>".encode()
    start = document.find(opened)
    end = document.find(closed, start) if start >= 0 else -1
    return document[start : end + len(closed)] if end >= 0 else b""


def _parse(document: bytes) -> etree._Element:
    try:
        return parse(document, DocumentLimits(size=LONGEST))
    except Refused as wrong:
        raise BadManifest(f"the manifest cannot be read: {wrong.message}") from wrong


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(name)
    if len(found) != 1:
        raise BadManifest(f"{parent.tag} has {len(found)} elements {name}, not one")
    return found[0]


def _text(parent: etree._Element, name: str, absent: str | None = None) -> str:
    if absent is not None and parent.find(name) is None:
        return absent
    element = _one(parent, name)
    if len(element):
        raise BadManifest(f"{name} has elements inside")
    return (element.text or "").strip()


def _number(parent: etree._Element, name: str) -> int:
    text = _text(parent, name)
    if not _NUMBER.fullmatch(text):
        raise BadManifest(f"{name} is not a number")
    return int(text)


def _hex(parent: etree._Element, name: str) -> bytes:
    text = _text(parent, name).lower()
    if not _HEX.fullmatch(text):
        raise BadManifest(f"{name} is not hex")
    return bytes.fromhex(text)


def _digest(parent: etree._Element) -> str:
    algorithm = _one(parent, "digest").get("algorithm", "SHA1")
    if algorithm.upper() not in ("SHA1", "SHA-1"):
        raise BadManifest(f"digest algorithm {algorithm!r} is not SHA1")
    return _text(parent, "digest").lower()


def _kind(machine: etree._Element, image: etree._Element) -> str:
    """Old bundlers say "machine" for all and mark kernels and ramdisks by the id "true"."""
    if _text(machine, "kernel_id", "") == "true":
        return KERNEL
    if _text(machine, "ramdisk_id", "") == "true":
        return RAMDISK
    return _text(image, "type", MACHINE)


def _mappings(machine: etree._Element) -> Iterator[tuple[str, str]]:
    for mapping in machine.iterfind("block_device_mapping/mapping"):
        yield _text(mapping, "virtual"), _text(mapping, "device")


def _parts(image: etree._Element) -> Sequence[Part]:
    parts = _one(image, "parts")
    found = parts.findall("part")
    count = parts.get("count", "")
    if not _NUMBER.fullmatch(count) or int(count) != len(found):
        raise BadManifest(f"there are {len(found)} parts but count says {count!r}")
    by_index = {part.get("index", ""): part for part in found}
    ordered = [by_index.get(str(index)) for index in range(len(found))]
    made = [_part(part) for part in ordered if part is not None]
    if len(made) != len(found):
        raise BadManifest("the indexes of the parts are not 0, 1, 2 and so on, each once")
    return made


def _part(element: etree._Element) -> Part:
    # Without one, the digest of the whole archive has to do.
    sha1 = "" if element.find("digest") is None else _digest(element)
    return Part(filename=_text(element, "filename"), sha1=sha1)


def _wrapped(image: etree._Element, reader: str) -> Wrapped:
    algorithm = _one(image, f"{reader}_encrypted_key").get("algorithm", AES)
    if algorithm.upper() != AES:
        raise BadManifest(f"encryption algorithm {algorithm!r} is not {AES}")
    return Wrapped(
        key=_hex(image, f"{reader}_encrypted_key"), iv=_hex(image, f"{reader}_encrypted_iv")
    )


def _for_user(image: etree._Element) -> Wrapped:
    """Some bundlers leave the user's copy of the key empty; the cloud never needs it."""
    return _wrapped(image, "user") if _text(image, "user_encrypted_key", "") else NOBODY


_FIRST = "i386"
"""The only architecture there was before manifests named one."""
NOBODY = Wrapped(key=b"", iv=b"")


def _manifest(root: etree._Element) -> Manifest:
    image, there = _one(root, "image"), root.find("machine_configuration") is not None
    machine = _one(root, "machine_configuration") if there else etree.Element("none")
    kind = _kind(machine, image)
    named = kind == MACHINE
    return Manifest(
        name=_text(image, "name"),
        account_id=_text(image, "user"),
        kind=kind,
        architecture=_text(machine, "architecture", None if there else _FIRST),
        kernel_id=_text(machine, "kernel_id", "") if named else "",
        ramdisk_id=_text(machine, "ramdisk_id", "") if named else "",
        mappings=tuple(_mappings(machine)),
        product_codes=tuple(
            (code.text or "").strip()
            for code in machine.iterfind("product_codes/product_code")
        ),
        digest=_digest(image),
        size=_number(image, "size"),
        bundled_size=_number(image, "bundled_size"),
        for_cloud=_wrapped(image, "ec2"),
        for_user=_for_user(image),
        parts=tuple(_parts(image)),
    )  # fmt: skip
