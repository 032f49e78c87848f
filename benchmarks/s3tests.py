# SPDX-License-Identifier: BSD-2-Clause
"""ceph/s3-tests against Walrus, and with ``--peer`` against Ceph's own gateway too.

The suite is not part of this project: S3_TESTS_HOME names a checkout of github.com/ceph/s3-tests,
S3_TESTS_PYTHON a Python that has its requirements (this one by default). Further words go to its
pytest: ``-k multipart``. Real front workers, PostgreSQL with fsync, signatures checked.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from eucalyptus.properties import LIFECYCLE_DAY
from measuring.cloud import cloud
from tests.fixtures.ceph import ceph, missing

LIMIT = 5400.0
"""Seconds that the suite may take."""
TESTS = ("s3tests/functional/test_s3.py", "s3tests/functional/test_headers.py")
USERS = {
    "s3 main": "main", "s3 alt": "alt", "s3 tenant": "tenant", "iam": "iam",
    "iam root": "root", "iam alt root": "altroot",
}  # fmt: skip
OUT_OF_SCOPE = {
    "marked for other services": (
        "iam_account or iam_cross_account or iam_role or iam_tenant or iam_user or group_policy or "
        "role_policy or session_policy or user_policy or test_of_sts or webidentity_test or "
        "abac_test or token_claims_trust_policy_test or token_principal_tag_role_policy_test or "
        "token_request_tag_trust_policy_test or token_resource_tags_test or "
        "token_role_tags_test or "
        "token_tag_keys_test or sns or s3select"
    ),
    "marked for what only radosgw has": (
        "appendobject or cloud_transition or cloud_restore or target_by_bucket or storage_class or "
        "lifecycle_transition or s3website or s3website_routing_rules or "
        "s3website_redirect_location or bucket_logging or fails_on_aws"
    ),
}
"""Marks of the suite's tests that ask for services or habits that are no part of S3 here."""
KEY_SERVICE = "kms"
"""Tests with this in their name want a key management service."""
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED) (\S+::\w+\S*)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One of the suite's users, with the e-mail NAME@example.com."""

    name: str
    user_id: str
    key_id: str
    secret: str


def configuration(port: int, users: Mapping[str, User], region: str) -> str:
    """The suite's configuration for an endpoint on 127.0.0.1."""
    lines = [
        "[DEFAULT]", "host = 127.0.0.1", f"port = {port}", "is_secure = False",
        "ssl_verify = False", "[fixtures]", "bucket prefix = t-{random}-",
    ]  # fmt: skip
    for section, name in USERS.items():
        user = users[name]
        lines += [
            f"[{section}]", f"display_name = {name}", f"user_id = {user.user_id}",
            f"email = {name}@example.com", f"api_name = {region}", "lc_debug_interval = 10",
            f"access_key = {user.key_id}", f"secret_key = {user.secret}", "tenant = testx",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


@contextmanager
def walrus() -> Iterator[str]:
    """Our object store, found at the root of its address; gives the suite's configuration."""
    with cloud(2, {"WALRUS_HOSTS": "127.0.0.1", "WALRUS_MAX_BUCKETS": "1000"}) as on:
        on.set(LIFECYCLE_DAY.name, "10")
        on.daemon("cloudcontroller.service", "loops")
        users = {}
        for name in USERS.values():
            caller = on.caller(name)
            users[name] = User(
                name=name, user_id=caller.principal.canonical_id, key_id=caller.key_id,
                secret=caller.secret,
            )  # fmt: skip
        on.run(
            lambda tx: tx.execute(
                text("UPDATE identity.accounts SET email = name || '@example.com'")
            )
        )
        yield configuration(on.port, users, "eucalyptus")


@contextmanager
def gateway() -> Iterator[str]:
    """Ceph's gateway; gives the suite's configuration."""
    with ceph() as on:
        made = {name: on.user(name) for name in USERS.values()}
        users = {
            name: User(name=name, user_id=keys.user_id, key_id=keys.key_id, secret=keys.secret)
            for name, keys in made.items()
        }
        yield configuration(on.port, users, "default")


def outcomes(said: str) -> dict[str, set[str]]:
    """PASSED, FAILED, ERROR and SKIPPED: the tests of each, as pytest -rA lists them."""
    found: dict[str, set[str]] = {name: set() for name in ("PASSED", "FAILED", "ERROR", "SKIPPED")}
    for outcome, test in _OUTCOME.findall(said):
        found[outcome].add(test)
    return found


def run(home: Path, conf: str, words: Sequence[str]) -> str:
    """Run the suite; gives what its pytest said."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(conf)
        file.flush()
        done = subprocess.run(
            [os.environ.get("S3_TESTS_PYTHON", sys.executable), "-m", "pytest", "-q", "-rA",
             "--tb=no", "-p", "no:cacheprovider", *words],
            cwd=home, capture_output=True, timeout=LIMIT, check=False,
            env={**os.environ, "S3TEST_CONF": file.name, "AWS_MAX_ATTEMPTS": "1"},
        )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return done.stdout.decode()


def selection(more: Sequence[str]) -> list[str]:
    """What pytest is told: every test of S3 but those out of scope."""
    marks = " or ".join(OUT_OF_SCOPE.values())
    words = [word for word in more if word]
    names = [] if "-k" in words else ["-k", f"not {KEY_SERVICE}"]
    return [*TESTS, "-m", f"not ({marks})", *names, *words]


def main() -> int:
    """Print what passed and what did not; 1 when a test in scope failed."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Further words go to pytest.")
    parser.add_argument("--peer", action="store_true", help="run against Ceph's gateway too")
    asked, more = parser.parse_known_args()
    home = os.environ.get("S3_TESTS_HOME", "")
    if not home:
        print("Left out: S3_TESTS_HOME is to name a checkout of github.com/ceph/s3-tests.")
        return 0
    if asked.peer and missing():
        raise SystemExit(missing())
    words = selection(more)
    with walrus() as conf:
        ours = outcomes(run(Path(home), conf, words))
    print(f"Walrus: {len(ours['PASSED'])} passed, {len(ours['SKIPPED'])} skipped")
    for test in sorted(ours["FAILED"] | ours["ERROR"]):
        print(f"  failed: {test}")
    if asked.peer:
        with gateway() as conf:
            peer = outcomes(run(Path(home), conf, words))
        print(f"Ceph's gateway: {len(peer['PASSED'])} passed")
        for test in sorted(peer["PASSED"] - ours["PASSED"]):
            print(f"  only there: {test}")
    return int(bool(ours["FAILED"] | ours["ERROR"]))


if __name__ == "__main__":
    sys.exit(main())
