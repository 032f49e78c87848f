# SPDX-License-Identifier: BSD-2-Clause
"""AccessControlPolicy, in and out."""

from __future__ import annotations

from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACCESS_DENIED, MALFORMED_XML
from eucalyptus.contracts.s3_access import MALFORMED_ACL, PERMISSIONS
from walrus.core import acl, markup
from walrus.core.acl import EMAIL, ID, URI, Wish
from walrus.core.markup import content, element, parts
from walrus.core.records import Access, Grant, Owner

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_KINDS = {
    "CanonicalUser": ("ID", ID),
    "AmazonCustomerByEmail": ("EmailAddress", EMAIL),
    "Group": ("URI", URI),
}
"""Of each xsi:type, the element that names the grantee and the kind of wish."""


def shown(access: Access) -> bytes:
    """The document of an ACL; groups come first, as S3's own clients are used to."""
    ordered = sorted(access.acl, key=lambda grant: not grant.group)
    grants = "".join(_grant(grant) for grant in ordered)
    inside = (markup.owner(access.owner), f"<AccessControlList>{grants}</AccessControlList>")
    return markup.root("AccessControlPolicy", inside)


def _grant(grant: Grant) -> str:
    if grant.group:
        kind, inside = "Group", element("URI", grant.group)
    else:
        kind = "CanonicalUser"
        inside = element("ID", grant.canonical_id) + element("DisplayName", grant.name)
    grantee = f'<Grantee xmlns:xsi="{_XSI}" xsi:type="{kind}">{inside}</Grantee>'
    return f"<Grant>{grantee}{element('Permission', grant.permission)}</Grant>"


def wished(document: bytes, owner: Owner) -> tuple[Wish, ...]:
    """The wishes in a document about what ``owner`` owns.

    Raises MALFORMED_ACL, INVALID_ARGUMENT for an unknown group, and ACCESS_DENIED for a document
    that names another owner, since ownership does not change this way.
    """
    try:
        found = parts(markup.read(document, "AccessControlPolicy"), {"Owner", "AccessControlList"})
        named = content(parts(found["Owner"], {"ID"}, {"DisplayName"})["ID"])
        wishes = [_wish(grant) for grant in found["AccessControlList"]]
    except Refused as wrong:
        if wrong.refusal is not MALFORMED_XML:
            raise
        raise MALFORMED_ACL(reason=wrong.message) from wrong
    if named != owner.canonical_id:
        raise ACCESS_DENIED(reason="The document names another owner than the present one.")
    return acl.few(wishes)


def _wish(grant: etree._Element) -> Wish:
    if markup.local(grant) != "Grant":
        raise MALFORMED_ACL(reason=f"{markup.local(grant)[:40]} stands where a Grant is expected")
    found = parts(grant, {"Grantee", "Permission"})
    permission = content(found["Permission"])
    if permission not in PERMISSIONS:
        raise MALFORMED_ACL(reason=f"{permission[:40]!r} is no permission")
    # The prefix of a type's name, if any, is that of the document's own namespace.
    kind = found["Grantee"].get(f"{{{_XSI}}}type", "").rpartition(":")[2]
    if kind not in _KINDS:
        raise MALFORMED_ACL(reason=f"a grantee has the xsi:type {kind[:40]!r}")
    name, wish = _KINDS[kind]
    grantee = content(parts(found["Grantee"], {name}, {"DisplayName"})[name])
    if not grantee:
        raise MALFORMED_ACL(reason=f"a grantee has an empty {name}")
    return acl.checked(Wish(permission, wish, grantee))
