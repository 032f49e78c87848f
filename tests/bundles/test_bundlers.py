# SPDX-License-Identifier: BSD-2-Clause
"""Manifests as the bundlers of fifteen years write them: each opens to the same image.

What differs: quotation marks, the order of elements, what says that it is a kernel, the version,
white space, and what is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.dom.minidom import parseString

import pytest
from lxml import etree

from eucalyptus.bundles import text
from eucalyptus.bundles.manifest import BadManifest, Manifest
from eucalyptus.bundles.opening import unseal, unwrap
from eucalyptus.wire.certificates import make_key
from tests.bundles.making import Keys, ours

KEYS = Keys(make_key(), make_key())
IMAGE = bytes(range(256)) * 64
MADE = ours(IMAGE, KEYS, 1000)
FACTS = text.read(MADE.document, [KEYS.user.public_key()])
SIGN = text.signer(KEYS.user)


@dataclass(frozen=True)
class Said:
    """A manifest's two signed elements, and how they are told."""

    machine: str
    image: str
    version: str = "2007-10-10"
    head: str = '<?xml version="1.0" ?>'

    def document(self) -> bytes:
        """Signed, without a space."""
        signature = SIGN((self.machine + self.image).encode()).hex()
        bundler = "<bundler><name>b</name><version>1</version><release>2</release></bundler>"
        inside = f"<version>{self.version}</version>{bundler}{self.machine}{self.image}"
        text = f"<manifest>{inside}<signature>{signature}</signature></manifest>"
        return (self.head + text).encode()


def parts(quote: str = '"', digest: bool = True, attributes: str = "") -> str:
    """The parts element."""
    sha1 = "<digest algorithm='SHA1'>{}</digest>".replace("'", quote) if digest else ""
    listed = "".join(
        f"<part index={quote}{index}{quote}><filename>{part.filename}</filename>"
        f"{sha1.format(part.sha1)}</part>"
        for index, part in enumerate(FACTS.parts)
    )
    return f"<parts count={quote}{len(FACTS.parts)}{quote}>{listed}</parts>"


def facts(kind: str, quote: str = '"', more: str = "", digest: bool = True) -> str:
    """The image element in the order of Amazon's tools."""
    cipher = f"algorithm={quote}AES-128-CBC{quote}"
    of_kind = f"<type>{kind}</type>" if kind else ""
    return (
        f"<image><name>disk</name><user>{FACTS.account_id}</user>{of_kind}{more}"
        f"<digest algorithm={quote}SHA1{quote}>{FACTS.digest}</digest><size>{FACTS.size}</size>"
        f"<bundled_size>{FACTS.bundled_size}</bundled_size>"
        f"<ec2_encrypted_key {cipher}>{FACTS.for_cloud.key.hex()}</ec2_encrypted_key>"
        f"<user_encrypted_key {cipher}>{FACTS.for_user.key.hex()}</user_encrypted_key>"
        f"<ec2_encrypted_iv>{FACTS.for_cloud.iv.hex()}</ec2_encrypted_iv>"
        f"<user_encrypted_iv>{FACTS.for_user.iv.hex()}</user_encrypted_iv>"
        f"{parts(quote, digest)}</image>"
    )


def machine(inside: str = "") -> str:
    """The machine_configuration element."""
    inside = f"<architecture>x86_64</architecture>{inside}"
    return f"<machine_configuration>{inside}</machine_configuration>"


MAPPINGS = (
    "<block_device_mapping><mapping><virtual>ami</virtual><device>sda1</device></mapping>"
    "<mapping><virtual>swap</virtual><device>sda3</device></mapping></block_device_mapping>"
)
CODES = "<product_codes><product_code>ABC</product_code></product_codes>"
ANCESTRY = "<ancestry><ancestor_ami_id>ami-1</ancestor_ami_id></ancestry>"
RUBY = "<?xml version='1.0'?>"


def ec2_ami_tools() -> bytes:
    """1.3-15283 to 1.5: REXML, single quotes; a kernel id, mappings, codes, ancestors."""
    of = machine(f"{MAPPINGS}<kernel_id>eki-1</kernel_id><ramdisk_id>eri-1</ramdisk_id>{CODES}")
    return Said(of, facts("machine", "'", ANCESTRY), head=RUBY).document()


def ec2_ami_tools_kernel() -> bytes:
    """A kernel says so, and which."""
    kernel = "<kernel_name>vmlinuz</kernel_name>"
    return Said(machine(), facts("kernel", "'", kernel), head=RUBY).document()


def ec2_ami_tools_of_august() -> bytes:
    """1.3 of 2007: no type, no mappings."""
    return Said(machine(), facts("", "'"), "2007-08-29", RUBY).document()


def ec2_ami_tools_of_2006() -> bytes:
    """Nothing is said of the machine, and only the image is signed."""
    return Said("", facts("", "'"), "3", RUBY).document()


def euca2ools_1() -> bytes:
    """minidom: codes before the kernel, always a machine."""
    of = machine(f"{MAPPINGS}{CODES}<kernel_id>eki-1</kernel_id><ramdisk_id>eri-1</ramdisk_id>")
    document = Said(of, facts("machine")).document()
    return parseString(document).toxml().encode()


def euca2ools_2_kernel() -> bytes:
    """A kernel is a machine with the kernel id "true"."""
    return Said(machine("<kernel_id>true</kernel_id>"), facts("machine")).document()


def euca2ools_2_ramdisk() -> bytes:
    """A ramdisk likewise."""
    return Said(machine("<ramdisk_id>true</ramdisk_id>"), facts("machine")).document()


def euca2ools_3(pretty: bool = False) -> bytes:
    """objectify: the type stands behind the sizes, a mapping's device before its name."""
    mapping = "<mapping><device>sda1</device><virtual>ami</virtual></mapping>"
    swap = "<mapping><device>sda3</device><virtual>swap</virtual></mapping>"
    both = f"<block_device_mapping>{mapping}{swap}</block_device_mapping>"
    of = machine(f"<kernel_id>eki-1</kernel_id><ramdisk_id>eri-1</ramdisk_id>{both}{CODES}")
    image = facts("").replace("</bundled_size>", "</bundled_size><type>machine</type>")
    document = Said(of, image, head="").document()
    return etree.tostring(etree.fromstring(document), pretty_print=pretty).strip()


def migrated() -> bytes:
    """ec2-migrate-bundle maps kernels; what else stands there is read over."""
    mapping = "<kernel_mapping><from>aki-1</from><to>eki-1</to></kernel_mapping>"
    of = f"{mapping}{MAPPINGS}<kernel_id>eki-1</kernel_id><ramdisk_id>eri-1</ramdisk_id>{CODES}"
    return Said(machine(of), facts("machine", "'"), head=RUBY).document()


def without_digests() -> bytes:
    """Parts without digests: the digest of the whole has to do."""
    of = machine(f"{MAPPINGS}<kernel_id>eki-1</kernel_id><ramdisk_id>eri-1</ramdisk_id>{CODES}")
    return Said(of, facts("machine", digest=False)).document()


def opened(document: bytes) -> tuple[Manifest, bytes]:
    """The manifest and the image."""
    manifest, out = text.read(document, [KEYS.user.public_key()]), bytearray()
    secret = unwrap(manifest, KEYS.cloud)
    unseal(manifest, secret, lambda part: [MADE.parts[part.filename]], out.extend)
    return manifest, bytes(out)


FULL: dict[str, Callable[[], bytes]] = {
    "ec2-ami-tools 1.3 to 1.5": ec2_ami_tools,
    "euca2ools 1": euca2ools_1,
    "euca2ools 3": euca2ools_3,
    "euca2ools 3, indented": lambda: euca2ools_3(pretty=True),
    "ec2-migrate-bundle": migrated,
    "without digests": without_digests,
}


@pytest.mark.parametrize("name", FULL)
def test_machine_images(name: str) -> None:
    """Kernel, ramdisk, mappings and codes are found wherever they stand."""
    manifest, image = opened(FULL[name]())
    assert image == IMAGE
    assert (manifest.kind, manifest.architecture) == ("machine", "x86_64")
    assert (manifest.kernel_id, manifest.ramdisk_id) == ("eki-1", "eri-1")
    assert manifest.mappings == (("ami", "sda1"), ("swap", "sda3"))
    assert manifest.product_codes == ("ABC",)


@pytest.mark.parametrize(
    ("made", "kind", "architecture"),
    [
        (ec2_ami_tools_kernel, "kernel", "x86_64"),
        (euca2ools_2_kernel, "kernel", "x86_64"),
        (euca2ools_2_ramdisk, "ramdisk", "x86_64"),
        (ec2_ami_tools_of_august, "machine", "x86_64"),
        (ec2_ami_tools_of_2006, "machine", "i386"),
    ],
)
def test_other_images(made: Callable[[], bytes], kind: str, architecture: str) -> None:
    """Kernels and ramdisks, by type or by id; manifests from before there were types."""
    manifest, image = opened(made())
    assert (manifest.kind, manifest.architecture, image) == (kind, architecture, IMAGE)
    assert (manifest.kernel_id, manifest.ramdisk_id) == ("", "")


def test_what_is_signed_is_not_widened() -> None:
    """A machine put before a signed image, or taken away from it, breaks the signature."""
    old = ec2_ami_tools_of_2006()
    added = old.replace(b"<image>", machine("<kernel_id>eki-2</kernel_id>").encode() + b"<image>")
    new = euca2ools_1()
    start, end = new.index(b"<machine_c"), new.index(b"<image>")
    for changed in (added, new[:start] + new[end:]):
        with pytest.raises(BadManifest, match="signature"):
            opened(changed)


def test_without_digests_a_flipped_bit_is_found_all_the_same() -> None:
    """At the end, by the digest of the archive, or before."""
    manifest = text.read(without_digests(), [KEYS.user.public_key()])
    flipped = {name: bytearray(piece) for name, piece in MADE.parts.items()}
    flipped[manifest.parts[0].filename][40] ^= 1
    secret = unwrap(manifest, KEYS.cloud)
    with pytest.raises(BadManifest):
        unseal(manifest, secret, lambda part: [bytes(flipped[part.filename])], bytearray().extend)


def test_a_bundle_has_a_document() -> None:
    """The twin of all of them: as we make it."""
    assert opened(MADE.document)[1] == IMAGE
