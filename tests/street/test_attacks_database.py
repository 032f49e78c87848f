# SPDX-License-Identifier: BSD-2-Clause
"""Text that a database might take for a command: rows P-01 to P-04, by Query and by SOAP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from xml.sax.saxutils import escape

import pytest

from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.wire.security import sign
from tests.street import gates
from tests.street.estate import OK, code
from tests.street.gates import Gate
from tests.street.gates import code as soap_code
from tests.street.impostor import identity
from tests.street.town import Key, Town
from tests.wire.security.forge import operation, signer

INJECTIONS = (
    "'", "''", '"', "\\", "' OR '1'='1", "' OR 1=1--", '" OR ""="', "') OR ('1'='1", "1; SELECT 1",
    "'; DROP TABLE compute.groups;--", "'; DELETE FROM identity.users WHERE 't'='t",
    "' UNION SELECT NULL,NULL,NULL--", "' UNION ALL SELECT secret FROM identity.access_keys--",
    "'||(SELECT pg_sleep(30))||'", "1;SELECT pg_sleep(30)--", "' AND 1=CAST(version() AS int)--",
    "$$; SELECT pg_sleep(30); $$", "$1", "%s", "%(name)s", ":name", "{0}", "?", "E'\\x27'",
    "';COPY groups TO PROGRAM 'id'--", "\u02bc OR 1=1", "x' WAITFOR DELAY '0:0:30'--", "/**/", "--",
    "admin'--", "') ; CREATE ROLE evil SUPERUSER;--", "' || lo_import('/etc/passwd') || '",
)  # fmt: skip
"""None of them takes thirty seconds: who waits longer than twenty fails the test."""


class Asking:
    """An account and its questions."""

    def __init__(self, town: Town) -> None:
        self.town, self.key = town, town.user("alice")

    def ask(self, action: str, path: str = COMPUTE.path, **said: str) -> str:
        """The answer's text."""
        names = {name.replace("_", "."): value for name, value in said.items()}
        return self.say({"Action": action, **names}, path)

    def say(self, said: Mapping[str, str], path: str = COMPUTE.path, key: Key | None = None) -> str:
        """The same, parameters as they are."""
        reply = self.town.ask(path, key or self.key, said)
        text = reply.body.decode()
        assert code(reply) is not None, text
        for trace in ("psycopg", "SQL", "syntax", "pg_", "Traceback"):
            assert trace not in re.sub("<(Message|keyName|groupName|item)>.*?</", "", text), text
        return text

    def groups(self, name: str = "") -> list[str]:
        """Names of the account's groups; by a filter when ``name`` is given."""
        said = {"Action": "DescribeSecurityGroups"}
        if name:
            said |= {"Filter.1.Name": "group-name", "Filter.1.Value.1": name}
        return [unescape(each) for each in re.findall("<groupName>([^<]*)<", self.say(said))]


@pytest.fixture(name="asking")
def _asking(town: Town) -> Asking:
    return Asking(town)


def test_p01_every_injection_is_only_text(asking: Asking) -> None:
    """A name that is taken is given back letter by letter; one that is not is refused as such;
    nothing else in the database changes."""
    before = asking.town.rows(unless=("key_pairs",))
    taken = 0
    for text in INJECTIONS:
        made = asking.ask("CreateKeyPair", KeyName=text)
        found = asking.ask("DescribeKeyPairs", KeyName_1=text)
        if "<Code>" in made:
            assert "InvalidParameterValue" in made and "InvalidKeyPair.NotFound" in found
            continue
        taken += 1
        (name,) = re.findall("<keyName>([^<]*)<", found)
        assert unescape(name) == text
    assert taken > len(INJECTIONS) / 2
    names = {row.name for row in asking.town.street.rows("key_pairs")}
    assert len(names) == taken and names <= set(INJECTIONS)
    after = asking.town.rows()
    assert {name: rows for name, rows in after.items() if name != "compute.key_pairs"} == {
        name: rows for name, rows in before.items() if name != "compute.key_pairs"
    }


PLACES = [
    (COMPUTE.path, {"Action": "DescribeInstances", "InstanceId.1": "{}"}),
    (COMPUTE.path, {"Action": "DescribeImages", "ImageId.1": "{}"}),
    (COMPUTE.path, {"Action": "DescribeImages", "Owner.1": "{}"}),
    (COMPUTE.path, {"Action": "DescribeInstances", "Filter.1.Name": "instance-state-name",
                    "Filter.1.Value.1": "{}"}),
    (COMPUTE.path, {"Action": "DescribeSecurityGroups", "GroupId.1": "{}"}),
    (COMPUTE.path, {"Action": "DeleteSecurityGroup", "GroupName": "{}"}),
    (COMPUTE.path, {"Action": "DescribeAvailabilityZones", "ZoneName.1": "{}"}),
    (COMPUTE.path, {"Action": "RunInstances", "ImageId": "emi-12345678", "MinCount": "1",
                    "MaxCount": "1", "ClientToken": "{}"}),
    (EUARE.path, {"Action": "GetUser", "UserName": "{}"}),
    (EUARE.path, {"Action": "ListUsers", "PathPrefix": "{}"}),
    (EUARE.path, {"Action": "DeleteAccessKey", "AccessKeyId": "{}"}),
    (EUARE.path, {"Action": "ListUsers", "DelegateAccount": "{}"}),
]  # fmt: skip


def test_p01_nothing_is_found_by_an_injection(asking: Asking) -> None:
    """Not more than by nonsense, wherever it stands, and nothing changes."""
    asking.groups()  # the default one is made by the first who looks
    before = asking.town.rows()
    for path, said in PLACES:
        for text in ("nonsense", *INJECTIONS):
            asking.say({name: value.format(text) if value == "{}" else value
                        for name, value in said.items()}, path)  # fmt: skip
    assert asking.town.rows() == before


def test_p02_patterns_are_text(asking: Asking) -> None:
    """What LIKE and regular expressions mean by them is not meant here: only the wildcards that
    the API has, and a backslash takes those away."""
    for name in ("a_b", "axb", "a%b", "a.b", "a[xy]b"):
        asking.ask("CreateSecurityGroup", GroupName=name, GroupDescription="d")
    everything = set(asking.groups())
    assert {"a_b", "axb", "a%b", "a.b", "a[xy]b"} <= everything
    for name in ("a_b", "a%b", "a.b", "a[xy]b"):
        assert asking.groups(name) == [name]
    for pattern in ("%", "_", "a%", "a..", ".*", "a[x]b", "^a", "a|axb", "(a)", "+"):
        assert asking.groups(pattern) == []
    assert set(asking.groups("a?b")) == {"a_b", "axb", "a%b", "a.b"}
    assert set(asking.groups("*")) == everything
    assert asking.groups(r"a\?b") == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\x00", id="P-03 NUL"),
        pytest.param("a\x00b", id="P-03 NUL inside"),
        pytest.param("\x01\x08\x1f\x7f", id="P-03 control characters"),
        pytest.param("\ufffe\uffff", id="P-03 no characters"),
        pytest.param("\U0001f4a9" * 200, id="P-03 four bytes each"),
        pytest.param("x" * 200_000, id="P-03 long"),
        pytest.param("\u0661" * 40, id="P-03 other digits"),
    ],
)
def test_no_text_breaks_a_column(asking: Asking, text: str) -> None:
    """``code`` wants a status below 500 of every answer."""
    for action, name in (("CreateKeyPair", "KeyName"), ("CreateSecurityGroup", "GroupName")):
        asking.say({"Action": action, name: text, "GroupDescription": text})
    for user in (text, text[:50]):
        asking.say({"Action": "CreateUser", "UserName": user}, EUARE.path)
    assert code(asking.town.ask(COMPUTE.path, asking.key, {"Action": "DescribeRegions"})) == OK


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param("&#0;", "MalformedRequest", id="P-03 NUL in SOAP"),
        pytest.param("&#xD800;", "MalformedRequest", id="P-03 surrogate in SOAP"),
        pytest.param("&#xFFFE;", "MalformedRequest", id="P-03 no character in SOAP"),
        pytest.param("x" * 300, "InvalidParameterValue", id="P-03 long in SOAP"),
        pytest.param(escape("' OR 1=1--"), "", id="P-01 in SOAP"),
    ],
)
def test_no_text_breaks_a_column_by_soap(town: Town, wire: str, expected: str) -> None:
    """The same over the other door, by the doors of both verifiers."""
    gate: Gate = gates.front(town)
    alice = identity(signer(gates.VICTIM))
    for engine in gate.endpoints:
        body = operation("CreateKeyPair", f"<keyName>{engine.value}{wire}</keyName>")
        # Not by way of a tree, which could not hold all of it.
        document = sign(body.encode(), alice, None, gate.clock())
        assert soap_code(gate.send(document, engine)) == expected


@pytest.mark.parametrize(
    "name",
    ["name; DROP TABLE compute.groups", 'group-name"', "group_name", "1", "*", "id ASC", "pg_sleep",
     "__class__", "owner-id) OR (1=1", "GROUP-NAME", ""],
    ids=lambda name: f"P-04 {name}",
)  # fmt: skip
def test_a_filter_is_one_of_a_list(asking: Asking, name: str) -> None:
    """Its name never becomes a column's."""
    asking.ask("CreateSecurityGroup", GroupName="g", GroupDescription="d")
    asking.groups()
    before = asking.town.rows()
    said = {"Action": "DescribeSecurityGroups", "Filter.1.Name": name, "Filter.1.Value.1": "g"}
    assert "<Code>Invalid" in asking.say(said) or name == ""
    assert asking.town.rows() == before
    assert asking.groups("g") == ["g"]
