# SPDX-License-Identifier: BSD-2-Clause
"""A signed message whose text was changed on its way: rows W-27 to W-57."""

from __future__ import annotations

from collections.abc import Callable

from eucalyptus.wire.security import names
from tests.wire.security.forge import Style

TextChange = Callable[[bytes, Style], bytes]
INNER, EVIL = "INNER", "EVIL"
"""Stand for a style's ``inner`` and ``evil``."""


def rewrite(old: str, new: str) -> TextChange:
    """Replace the first ``old`` by ``new``."""

    def change(text: bytes, style: Style) -> bytes:
        was, becomes = (
            each.replace(INNER, style.inner).replace(EVIL, style.evil).encode()
            for each in (old, new)
        )
        assert was in text, was
        return text.replace(was, becomes, 1)

    return change


VALUE, ENDS = "<ds:SignatureValue>", "</ds:SignatureValue>"
SECOND = f'<ds:SignedInfo xmlns:ds="{names.DS}"/>'
TEXT_ROWS: list[tuple[str, TextChange]] = [
    (
        "W-27 Manifest",
        rewrite("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest/></ds:Object>"),
    ),
    ("W-30 text in Body", rewrite('wsu:Id="b">', 'wsu:Id="b">x')),
    ("W-30 text after", rewrite("</soapenv:Body>", "x</soapenv:Body>")),
    ("W-30 two operations", rewrite("</soapenv:Body>", EVIL + "</soapenv:Body>")),
    ("W-33 comment", rewrite(INNER, "<x>i-1<!---->2</x>")),
    ("W-33 instruction", rewrite(INNER, INNER + "<?x y?>")),
    ("W-34 another SignedInfo last", rewrite("</ds:SignedInfo>", f"</ds:SignedInfo>{SECOND}")),
    ("W-34 another SignedInfo first", rewrite("<ds:SignedInfo", f"{SECOND}<ds:SignedInfo")),
    ("W-34 another value first", rewrite(VALUE, f"{VALUE}AAAA</ds:SignatureValue>{VALUE}")),
    ("W-34 another value last", rewrite(ENDS, f"{ENDS}{VALUE}AAAA{ENDS}")),
    ("W-34 child of value", rewrite(VALUE, VALUE + "<x/>")),
    ("W-34 comment in value", rewrite(VALUE, VALUE + "<!-- -->")),
    ("W-34 newline in digest", rewrite("</ds:DigestValue>", "\n</ds:DigestValue>")),
    (
        "W-34 two digests",
        rewrite("<ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>"),
    ),
    ("W-34 comment in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue><!-- -->")),
    ("W-34 space in digest", rewrite("<ds:DigestValue>", "<ds:DigestValue> ")),
    (
        "W-35 relative namespace",
        rewrite(INNER, INNER + '<x xmlns:v="1" v:a=""/>'),
    ),
    ("W-35 undeclared prefix", rewrite(INNER, "<v:x/>")),
    ("W-35 relative on Body", rewrite("<soapenv:Body ", '<soapenv:Body xmlns:v="1" v:a="" ')),
    ("W-35 relative element", rewrite(INNER, '<v:x xmlns:v="1"/>')),
    (
        "W-38 EncryptedData",
        rewrite(INNER, f'<x:EncryptedData xmlns:x="{names.XENC}"/>'),
    ),
    (
        "W-38 in header",
        rewrite("</soapenv:Header>", f'<x:EncryptedKey xmlns:x="{names.XENC}"/></soapenv:Header>'),
    ),
    ("W-39 xop", rewrite(INNER, f'<x:Include xmlns:x="{names.XOP}" href="cid:a"/>')),
    (
        "W-57 empty",
        lambda text, _: (
            text.split(VALUE.encode())[0]
            + VALUE.encode()
            + b"</ds:SignatureValue>"
            + text.split(b"</ds:SignatureValue>")[1]
        ),
    ),
    ("W-57 10 kB", rewrite(VALUE, VALUE + "A" * 10_000)),
    ("W-57 10 MB", rewrite(VALUE, VALUE + "A" * 10_000_000)),
    ("W-57 not base64", rewrite(VALUE, VALUE + "*")),
    ("W-57 not ASCII", rewrite(VALUE, VALUE + "é")),
    ("W-66 Signature attribute", rewrite("<ds:Signature ", '<ds:Signature x="" ')),
    ("extra in Security", rewrite("</wsse:Security>", "<x/></wsse:Security>")),
    ("UsernameToken", rewrite("</wsse:Security>", "<wsse:UsernameToken/></wsse:Security>")),
    ("attribute on Security", rewrite("<wsse:Security ", '<wsse:Security x="" ')),
    ("text in Header", rewrite("</soapenv:Header>", "x</soapenv:Header>")),
    ("trailing rubbish", lambda text, _: text + b"<x/>"),
    ("text in Envelope", rewrite("<soapenv:Header>", "x<soapenv:Header>")),
    (
        "child of the token",
        rewrite("</wsse:BinarySecurityToken>", "<x/></wsse:BinarySecurityToken>"),
    ),
]
