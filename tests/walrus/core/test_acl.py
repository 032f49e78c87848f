# SPDX-License-Identifier: BSD-2-Clause
"""Access control lists: read strictly, and granting what they say and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3_access import (
    ALL_AUTHENTICATED,
    ALL_USERS,
    BUCKET_OWNER_FULL_CONTROL,
    CANNED,
    GROUPS,
    MOST_GRANTS,
    OWN,
    PERMISSIONS,
)
from tests.walrus.serving import ALICE, BOB
from walrus.core import acl, acl_documents
from walrus.core.acl import EMAIL, ID, URI, Wish
from walrus.core.records import Access, Acl, Grant, Owner
from walrus.database import grants as rows

OWNER, OTHER = Owner.of(ALICE.principal), Owner.of(BOB.principal)
GRANTS = st.one_of(
    st.builds(
        Grant, permission=st.sampled_from(PERMISSIONS), group=st.sampled_from(sorted(GROUPS))
    ),
    st.builds(
        Grant, permission=st.sampled_from(PERMISSIONS),
        canonical_id=st.sampled_from([OWNER.canonical_id, OTHER.canonical_id, "f" * 64]),
        name=st.sampled_from(["a", "ü<&>"]),
    ),
)  # fmt: skip
ACLS = st.lists(GRANTS, max_size=5).map(tuple)
PLAIN = replace(BOB.principal, user_name="erin", is_account_admin=False)
CALLERS = (None, ALICE.principal, BOB.principal, PLAIN)


@given(ACLS, st.sampled_from(PERMISSIONS), st.sampled_from(CALLERS), st.booleans())
def test_s60_grants_are_the_models(
    granted: Acl, permission: str, who: Principal | None, public: bool
) -> None:
    """Some grant of the permission, or of all, names the caller."""
    names: set[str] = set()
    if public:
        names |= {ALL_USERS} | ({ALL_AUTHENTICATED} if who else set())
    if who is not None and who.is_account_admin:
        names.add(who.canonical_id)
    expected = any(
        (grant.group or grant.canonical_id) in names
        and (grant.permission == permission or grant.permission == "FULL_CONTROL")
        for grant in granted
    )
    assert acl.grants(granted, permission, who, public=public) == expected


@given(ACLS)
def test_round_trips(granted: Acl) -> None:
    """Through the column, and through the document that S3 shows."""
    assert rows.from_row(rows.to_row(granted)) == granted
    shown = acl_documents.shown(Access(owner=OWNER, acl=granted))
    wishes = acl_documents.wished(shown, OWNER)
    expected = sorted(granted, key=lambda grant: not grant.group)
    assert [(w.permission, w.grantee) for w in wishes] == [
        (g.permission, g.group or g.canonical_id) for g in expected
    ]


@pytest.mark.parametrize("name", CANNED)
def test_canned(name: str) -> None:
    """The owner keeps everything; nobody is granted what the name does not say."""
    granted = acl.canned(name, OWNER, OTHER)
    assert Grant.to(OWNER, "FULL_CONTROL") in granted
    shared = {grant.permission for grant in granted if grant.canonical_id == OTHER.canonical_id}
    wanted = {"bucket-owner-read": {"READ"}, BUCKET_OWNER_FULL_CONTROL: {"FULL_CONTROL"}}
    assert shared == wanted.get(name, set())
    assert acl.is_public(granted) == (name.startswith("public") or name == "authenticated-read")
    alone = acl.canned(name, OWNER, OWNER)
    assert sum(grant.canonical_id == OWNER.canonical_id for grant in alone) == 1


def test_headers() -> None:
    """All three kinds of grantee, quoted or not, several in one header."""
    headers = {
        "x-amz-grant-read": f'id="one", emailAddress=a@b.c ,uri="{ALL_USERS}"',
        "x-amz-grant-full-control": "ID=two",
    }
    assert acl.from_headers(headers) == (
        Wish("READ", ID, "one"), Wish("READ", EMAIL, "a@b.c"), Wish("READ", URI, ALL_USERS),
        Wish("FULL_CONTROL", ID, "two"),
    )  # fmt: skip
    many = {"x-amz-grant-read": ",".join(f"id={n}" for n in range(MOST_GRANTS + 1))}
    with pytest.raises(Refused, match="101 grants"):
        acl.from_headers(many)


def document(grants: str = "", owner: str = OWNER.canonical_id, more: str = "") -> bytes:
    """An ACL as clients write it."""
    return (
        f"<AccessControlPolicy><Owner><ID>{owner}</ID></Owner>"
        f"<AccessControlList>{grants}</AccessControlList>{more}</AccessControlPolicy>"
    ).encode()


def grant(kind: str, inside: str, permission: str = "READ") -> str:
    """A grant; ``kind`` is an attribute's text."""
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    grantee = f"<Grantee {xsi} {kind}>{inside}</Grantee>"
    return f"<Grant>{grantee}<Permission>{permission}</Permission></Grant>"


USER = grant('xsi:type="CanonicalUser"', "<ID>x</ID><DisplayName>d</DisplayName>")
GOOD = [
    pytest.param(document(), id="S-63 no grant is a list"),
    pytest.param(document(USER * MOST_GRANTS), id="S-63 one hundred grants"),
    pytest.param(
        document(grant('xsi:type="AmazonCustomerByEmail"', "<EmailAddress>a@b</EmailAddress>")),
        id="S-63 by e-mail",
    ),
    pytest.param(document(grant('xsi:type="Group"', f"<URI>{ALL_USERS}</URI>")), id="S-63 a group"),
]
BAD = [
    pytest.param(document(USER * (MOST_GRANTS + 1)), "MalformedACLError", id="S-63 101 grants"),
    pytest.param(
        document(grant('xsi:type="Group"', "<URI>http://evil/</URI>")), "InvalidArgument",
        id="S-63 foreign group",
    ),
    pytest.param(
        document(grant('xsi:type="Group"', "<ID>x</ID>")), "MalformedACLError",
        id="S-63 type and grantee disagree",
    ),
    pytest.param(
        document(grant('xsi:type="CanonicalUser"', f"<ID>x</ID><URI>{ALL_USERS}</URI>")),
        "MalformedACLError", id="S-63 two grantees in one",
    ),
    pytest.param(document(grant("", "<ID>x</ID>")), "MalformedACLError", id="S-63 no type"),
    pytest.param(
        document(grant('type="CanonicalUser"', "<ID>x</ID>")), "MalformedACLError",
        id="S-63 a type of no namespace",
    ),
    pytest.param(
        document(grant('xsi:type="CanonicalUser"', "<ID/>")), "MalformedACLError",
        id="S-63 empty grantee",
    ),
    pytest.param(
        document(grant('xsi:type="CanonicalUser"', "<ID><b/></ID>")), "MalformedACLError",
        id="S-63 elements for text",
    ),
    pytest.param(
        document(grant('xsi:type="CanonicalUser"', "<ID>x</ID>", "FLY")), "MalformedACLError",
        id="S-63 unknown permission",
    ),
    pytest.param(document("<Grunt/>"), "MalformedACLError", id="S-63 no grant"),
    pytest.param(document(owner=OTHER.canonical_id), "AccessDenied", id="S-63 owner changed"),
    pytest.param(document(more="<Owner/>"), "MalformedACLError", id="S-63 two owners"),
    pytest.param(b"<AccessControlPolicy/>", "MalformedACLError", id="S-63 empty"),
    pytest.param(b"<Other/>", "MalformedACLError", id="S-63 another document"),
    pytest.param(b"<AccessControlPolicy", "MalformedACLError", id="S-63 cut short"),
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_good_documents(text: bytes) -> None:
    """What clients send."""
    acl_documents.wished(text, OWNER)


@pytest.mark.parametrize(("text", "code"), BAD)
def test_bad_documents(text: bytes, code: str) -> None:
    """Everything else is refused by name."""
    with pytest.raises(Refused) as caught:
        acl_documents.wished(text, OWNER)
    assert caught.value.refusal.code == code


def test_shown_first_are_groups() -> None:
    """In the order that clients are used to."""
    shown = acl_documents.shown(
        Access(owner=OWNER, acl=acl.canned("public-read", OWNER, None)[::-1])
    )
    found = etree.fromstring(shown).iterfind(".//{*}Permission")
    assert [element.text for element in found] == ["READ", "FULL_CONTROL"]


def test_s60_full_control_is_no_ownership() -> None:
    """What only owners may, nobody is granted."""
    granted = (Grant.to(OTHER, "FULL_CONTROL"), Grant(permission="FULL_CONTROL", group=ALL_USERS))
    assert acl.grants(granted, "WRITE_ACP", BOB.principal)
    assert not acl.grants(granted, OWN, BOB.principal)
