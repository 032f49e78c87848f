# SPDX-License-Identifier: BSD-2-Clause
"""Whoever may no longer ask is refused at the very next request, at every worker.

Each worker has used the credential a moment ago and remembers it. One worker is told to end it;
when that is acknowledged, all of them refuse, in either dialect.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import pytest

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.database.run import Tx
from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.wire import certificates
from eucalyptus.wire.security import Identity, sign
from tests.fixtures.reactor import spin
from tests.oracle import attack
from tests.street.estate import OK, code
from tests.street.town import Town, Worker, signed

VERSION = "2013-02-01"
KNOWN = "UnauthorizedOperation"
"""What the user hears as long as its credentials are good."""
REGIONS = f'<DescribeRegions xmlns="{EC2.at(VERSION)}"></DescribeRegions>'


class Carol:
    """A user with keys and a certificate, whom no policy allows anything but who is known."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.boss, self.cloud = town.user("carols"), town.user("eucalyptus")
        pair = make_pair("carols", time.time())

        def work(tx: Tx) -> None:
            account, _ = town.enrolment.account(tx, "carols")
            town.enrolment.keep_pair(tx, town.enrolment.user(tx, account, "carol"), pair)

        town.street.run(work)
        self.key = town.user("carols", "carol")
        self.identity: Identity = certificates.identity(pair.certificate, pair.key)

    def certificate(self) -> str:
        """The id of the certificate."""
        listed = self.town.ask(
            EUARE.path, self.boss, {"Action": "ListSigningCertificates", "UserName": "carol"}
        )
        found = re.search("<CertificateId>([^<]+)", listed.body.decode())
        assert found is not None
        return found[1]

    def query(self, worker: Worker) -> str:
        """The code that a Query request hears."""
        arrived = signed(COMPUTE.path, self.key, b"Action=DescribeRegions")
        reply: Reply = spin(worker.answer(arrived))
        return code(reply)

    def soap(self, worker: Worker) -> str:
        """The code that a SOAP request hears."""
        arrived = Arrived(
            method="POST", path=COMPUTE.path, query="", request_id="r", port=8773,
            headers={"content-type": ("text/xml",), "host": ("x",)}, source="127.0.0.1",
            body=sign(REGIONS.encode(), self.identity, None, time.time()),
        )  # fmt: skip
        body = spin(worker.answer(arrived)).body.decode()
        found = re.search("<faultcode>Client.([^<]+)", body)
        return found[1] if found else OK


@pytest.fixture(name="carol")
def _carol(town: Town) -> Carol:
    town.another_worker()
    return Carol(town)


KEY_ENDS: dict[str, Mapping[str, str]] = {
    "Q-23 key switched off": {"Action": "UpdateAccessKey", "Status": "Inactive"},
    "Q-23 key deleted": {"Action": "DeleteAccessKey"},
    "I-31 user deleted": {"Action": "DeleteUser", "UserName": "carol", "IsRecursive": "true"},
    "I-31 account deleted": {"Action": "DeleteAccount", "AccountName": "carols",
                             "Recursive": "true"},
}  # fmt: skip
CERTIFICATE_ENDS: dict[str, Mapping[str, str]] = {
    "W-63 certificate switched off": {"Action": "UpdateSigningCertificate", "Status": "Inactive"},
    "W-63 certificate deleted": {"Action": "DeleteSigningCertificate"},
    "W-63 user deleted": KEY_ENDS["I-31 user deleted"],
    "W-63 account deleted": KEY_ENDS["I-31 account deleted"],
}


def end(carol: Carol, said: Mapping[str, str]) -> None:
    """Have a credential ended, by the cloud's administrator and the first worker."""
    more = {"Version": "2010-05-08"}
    if "AccountName" not in said:
        more["DelegateAccount"] = "carols"
    if "AccessKey" in said["Action"]:
        more |= {"AccessKeyId": carol.key.id, "UserName": "carol"}
    if "SigningCertificate" in said["Action"]:
        more |= {"CertificateId": carol.certificate(), "UserName": "carol"}
    assert code(carol.town.ask(EUARE.path, carol.cloud, {**said, **more})) == OK


@pytest.mark.parametrize("said", KEY_ENDS.values(), ids=KEY_ENDS)
def test_a_key_ends(carol: Carol, said: Mapping[str, str]) -> None:
    """The next request that it signs is refused, and no worker tells why."""
    workers = carol.town.workers
    assert [carol.query(worker) for worker in workers] == [KNOWN, KNOWN]
    end(carol, said)
    with attack(carol.town.rows, [carol.key.secret], lines=2):
        assert [carol.query(worker) for worker in reversed(workers)] == ["AuthFailure"] * 2


@pytest.mark.parametrize("said", CERTIFICATE_ENDS.values(), ids=CERTIFICATE_ENDS)
def test_a_certificate_ends(carol: Carol, said: Mapping[str, str]) -> None:
    """The next message that it signs is refused."""
    workers = carol.town.workers
    assert [carol.soap(worker) for worker in workers] == [KNOWN, KNOWN]
    end(carol, said)
    with attack(carol.town.rows, lines=2):
        assert [carol.soap(worker) for worker in reversed(workers)] == ["AuthFailure"] * 2


def test_q23_a_key_that_is_switched_on_again_is_heard_at_once(carol: Carol) -> None:
    """What was remembered as unknown is not remembered either."""
    end(carol, KEY_ENDS["Q-23 key switched off"])
    assert [carol.query(worker) for worker in carol.town.workers] == ["AuthFailure"] * 2
    end(carol, {"Action": "UpdateAccessKey", "Status": "Active"})
    assert [carol.query(worker) for worker in carol.town.workers] == [KNOWN, KNOWN]
