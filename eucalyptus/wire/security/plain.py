# SPDX-License-Identifier: BSD-2-Clause
"""Bytes -> element tree, for documents that are plain: UTF-8, no DTD, comment or instruction."""

from __future__ import annotations

import re

from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import TOO_BIG
from eucalyptus.wire.security.rules import Rules
from eucalyptus.wire.security.shape import malformed

_DECLARATION = re.compile(
    rb"""<\?xml[ \t\r\n]+version=["']1\.0["']"""
    rb"""([ \t\r\n]+encoding=["'](?i:utf-8|us-ascii)["'])?"""
    rb"""([ \t\r\n]+standalone=["'](yes|no)["'])?[ \t\r\n]*\?>"""
)
_FORBIDDEN = re.compile(rb"<\?|<!(?!\[CDATA\[)|\x00")


def parse(document: bytes, rules: Rules) -> Element:
    """The root element; raises MALFORMED or TOO_BIG."""
    if len(document) > rules.largest:
        raise TOO_BIG(limit=rules.largest, unit="bytes")
    document = document.strip(b" \t\r\n")
    declared = _DECLARATION.match(document)
    if _FORBIDDEN.search(document, declared.end() if declared else 0):
        raise malformed("document types, comments and processing instructions are not accepted")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise malformed("it is not well-formed XML in UTF-8") from wrong
