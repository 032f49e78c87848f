# SPDX-License-Identifier: BSD-2-Clause
"""The reference page: everything of every operation is on it, and it is proper HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree, html
from twisted.web.test.requesthelper import DummyRequest

from eucalyptus.cli import docs
from eucalyptus.contracts.declare import Operation, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import Refusal
from eucalyptus.manual.pages import ALWAYS, ec2_reference, sentence
from eucalyptus.web.manual import Manual
from eucalyptus.wire.query_names import is_named, query_name

PAGE = html.fromstring(ec2_reference())


def section(operation: Operation) -> etree._Element:
    """The part of the page about one operation."""
    (found,) = PAGE.xpath(f"//section[h2[@id='{operation.name}']]")
    return found


@pytest.mark.parametrize("operation", EC2.operations, ids=lambda o: o.name)
def test_an_operation_is_told_whole(operation: Operation) -> None:
    """Its parameters by both names, its errors, its permission, its answer."""
    text = section(operation).text_content()
    for part in parts(operation.asks):
        if isinstance(part.query, str | None):
            named = f"Attribute={part.name}" if is_named(part) else query_name(part)
            assert named in text
        assert part.query_only or part.name in text
    for part in parts(operation.answers):
        assert part.name in text
    for refusal in operation.refuses:
        assert refusal.code in text
    assert operation.allows in text


def test_a_list_of_single_leaves_has_one_row() -> None:
    """With the names that are sent, of which the rule takes the wrapper's away."""
    text = section(next(o for o in EC2.operations if o.name == "RunInstances")).text_content()
    assert "SecurityGroupId.n or SecurityGroup.n" in text
    assert "NetworkInterface.n.SecurityGroupId.n" in text
    assert "SecurityGroupId.n." not in text
    text = section(next(o for o in EC2.operations if o.name == "TerminateInstances")).text_content()
    assert "instancesSet/item/instanceId" in text
    assert "InstanceId.n" in text and "InstanceId.n." not in text


def test_what_every_operation_may_refuse_is_told_once() -> None:
    """At the head of the page."""
    text = PAGE.xpath("string(//h2[@id='always']/following::table[1])")
    assert all(refusal.code in text for refusal in ALWAYS)


def test_what_is_not_offered_is_named() -> None:
    """So that nobody searches for it."""
    text = PAGE.xpath("string(//h2[@id='later']/following::p[1])")
    assert all(name in text for name in sorted(EC2.later))


def test_links_lead_somewhere() -> None:
    """Every one within the page has its target, and no id is there twice."""
    ids = PAGE.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = {link[1:] for link in PAGE.xpath("//a/@href") if link.startswith("#")}
    assert targets <= set(ids)


def test_the_page_loads_and_runs_nothing() -> None:
    """No script, no image, no font, no style from elsewhere."""
    assert not PAGE.xpath("//script | //img | //link | //iframe | //@onclick | //@src")


def test_a_sentence_shows_what_is_filled_in() -> None:
    """Facts in italics, everything else escaped."""
    made = sentence(Refusal("Code", 400, "<b> needs {name} & {wanted}."))
    assert made == "&lt;b&gt; needs <i>name</i> &amp; <i>wanted</i>."


def test_it_is_served_with_headers_that_keep_it_harmless() -> None:
    """HTML of a policy that lets nothing run."""
    request = DummyRequest([b""])
    body = Manual(ec2_reference).render_GET(request)  # type: ignore[arg-type]
    assert body == ec2_reference()
    headers = dict(request.responseHeaders.getAllRawHeaders())
    assert headers[b"Content-Type"] == [b"text/html; charset=utf-8"]
    assert headers[b"Content-Security-Policy"][0].startswith(b"default-src 'none'")


def test_make_docs_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into a folder that it makes."""
    docs.main([str(tmp_path / "docs")])
    assert (tmp_path / "docs" / "compute.html").read_bytes() == ec2_reference()
    assert "compute.html" in capsys.readouterr().out
