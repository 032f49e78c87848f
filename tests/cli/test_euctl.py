# SPDX-License-Identifier: BSD-2-Clause
"""``euctl`` against a front worker: all it shows, all it changes, all it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eucalyptus.cli import euctl
from tests.cli.conftest import Served

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(served: Served, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(words, …)`` as the cloud administrator -> (exit code, stdout, stderr)."""
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)

    def running(*words: str) -> tuple[int, str, str]:
        def aside() -> int:
            try:
                euctl.main(list(words))
            except SystemExit as ended:
                return int(ended.code or 0)
            return 0

        code = served.aside(aside)
        said = capsys.readouterr()
        return code, said.out, said.err

    return running


def test_everything_is_listed_but_documents(run: Run) -> None:
    code, out, _ = run()
    assert code == 0
    lines = out.splitlines()
    assert "soap.allow_sha1 = true" in lines
    assert lines == sorted(lines)
    assert "network_configuration" not in out
    assert "network_configuration" in run("-A")[1]


def test_one_name_and_a_prefix(run: Run) -> None:
    assert run("soap.allow_sha1")[1] == "soap.allow_sha1 = true\n"
    assert run("-n", "soap.allow_sha1")[1] == "true\n"
    assert len(run("soap")[1].splitlines()) == 2


def test_set_show_reset(run: Run) -> None:
    assert run("soap.sign_replies=true") == (0, "soap.sign_replies = true\n", "")
    assert run("-n", "soap.sign_replies")[1] == "true\n"
    assert run("-d", "soap.sign_replies")[1] == "soap.sign_replies = false\n"
    assert run("-r", "soap.sign_replies")[1] == "soap.sign_replies = false\n"
    assert run("-q", "soap.sign_replies=true")[1] == ""
    assert run("-n", "soap.sign_replies")[1] == "true\n"


def test_several_at_once(run: Run) -> None:
    code, out, _ = run("soap.sign_replies=true", "cloud.vmstate.pending_time=5m")
    assert (code, len(out.splitlines())) == (0, 2)


def test_descriptions(run: Run) -> None:
    out = run("-s", "soap.sign_replies")[1]
    assert out == "soap.sign_replies = Whether replies to users' SOAP messages are signed.\n"


def test_a_document_comes_from_a_file_and_goes_to_every_format(run: Run, tmp_path: Path) -> None:
    name = "cloud.network.network_configuration"
    zone = {
        "Name": "one", "PrivateIps": ["10.1.0.2-10.1.0.9"],
        "Subnet": {"Subnet": "10.1.0.0", "Netmask": "255.255.0.0", "Gateway": "10.1.0.1"},
    }  # fmt: skip
    document = {"Mode": "EDGE", "Clusters": [zone], "PublicIps": []}
    (tmp_path / "net.json").write_text(json.dumps(document))
    code, _, err = run("-q", f"{name}=@{tmp_path}/net.json")
    if code:
        pytest.fail(err)
    assert json.loads(run("--dump", name)[1]) == document
    assert json.loads(run("--dump", "--format", "json", name)[1]) == document
    assert run("--dump", "--format", "yaml", name)[1].splitlines() == [
        'Mode: "EDGE"', "Clusters:", "  -", '    Name: "one"', "    PrivateIps:",
        '      - "10.1.0.2-10.1.0.9"', "    Subnet:", '      Subnet: "10.1.0.0"',
        '      Netmask: "255.255.0.0"', '      Gateway: "10.1.0.1"', "PublicIps: []",
    ]  # fmt: skip
    assert "use --dump" in run(name)[2]


def test_json(run: Run) -> None:
    listed = json.loads(run("--json", "soap")[1])
    assert [one["name"] for one in listed] == ["soap.allow_sha1", "soap.sign_replies"]
    assert listed[0]["default"] == "true"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["no.such.property"], 1, "There is no property"),
        (["soap.sign_replies=perhaps"], 1, "true or false"),
        (["bootstrap.webservices.port=80"], 1, "cannot be changed"),
        (["soap.sign_replies=@/no/such/file"], 2, "cannot be read"),
        (["soap.sign_replies=true", "soap.allow_sha1"], 2, "Either set"),
        (["-r", "soap.sign_replies=true"], 2, "Either set"),
        (["-r"], 2, "Name them"),
        (["--dump"], 2, "name it"),
        (["--dump", "soap"], 2, "name one"),
        (["--dump", "--format", "json", "system.dns.dnsdomain"], 2, "not JSON"),
        (["-U", "http://127.0.0.1:1/services/Properties"], 3, "does not answer"),
        (["-U", "ftp://127.0.0.1/"], 3, "not an http URL"),
        (["-S", "wrong"], 1, "AuthFailure"),
        (["-I", "AKINOBODY"], 1, "AuthFailure"),
        (["--region", "nowhere"], 2, "Where is the cloud?"),
    ],
)
def test_what_is_refused_is_said(run: Run, words: list[str], code: int, sentence: str) -> None:
    ended, out, err = run(*words)
    assert (ended, out) == (code, "")
    assert err.startswith("euctl: ")
    assert sentence in err


def test_an_ordinary_account_may_not(served: Served, run: Run, monkeypatch: Any) -> None:
    for name, value in served.environment("dev").items():
        monkeypatch.setenv(name, value)
    code, _, err = run("soap.sign_replies=true")
    assert code == 1
    assert "may not perform euprop:ModifyPropertyValue" in err


def test_a_refusal_names_the_request(run: Run) -> None:
    assert "[request request-" in run("no.such")[2]
