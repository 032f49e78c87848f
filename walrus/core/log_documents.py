# SPDX-License-Identifier: BSD-2-Clause
"""BucketLoggingStatus: where the log of a bucket goes, in and out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from lxml import etree

from eucalyptus.contracts.s3 import MALFORMED_XML
from walrus.core import markup
from walrus.core.markup import content, element, parts

KIND = "logging"
SIMPLE = ""
BY_EVENT = "EventTime"
_DATES = frozenset({BY_EVENT, "DeliveryTime"})
_REGION = "eucalyptus"
_NEEDED = frozenset({"TargetBucket", "TargetPrefix"})
_ALLOWED = frozenset({"TargetGrants", "TargetObjectKeyFormat"})
_LONGEST_PREFIX = 800
"""Bytes: the names of log objects begin with it, and are keys of at most 1,024."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTarget:
    """The bucket that gets the logs, the beginning of their names, and the date in those: SIMPLE,
    or "EventTime" or "DeliveryTime" with folders for account, bucket and day."""

    bucket: str
    prefix: str
    date: str = SIMPLE

    def text(self) -> str:
        """What is kept."""
        return json.dumps(asdict(self))

    def key(self, source: tuple[str, str], moment: datetime, unique: str) -> str:
        """The name of a log object: ``source`` is account and bucket, ``moment`` that of delivery,
        or the beginning of the day of its events."""
        name = f"{moment:%Y-%m-%d-%H-%M-%S}-{unique}"
        if self.date == SIMPLE:
            return self.prefix + name
        account, bucket = source
        return f"{self.prefix}{account}/{_REGION}/{bucket}/{moment:%Y/%m/%d}/{name}"

    @staticmethod
    def of_text(text: str) -> LogTarget:
        """What was kept."""
        return LogTarget(**json.loads(text))


def read(document: bytes) -> LogTarget | None:
    """What a document wants, None for no logs; raises MALFORMED_XML.

    Logs belong to the owner of the bucket that gets them, who alone is granted anything, so
    TargetGrants are read over.
    """
    found = parts(markup.read(document, "BucketLoggingStatus"), frozenset(), {"LoggingEnabled"})
    if "LoggingEnabled" not in found:
        return None
    inside = parts(found["LoggingEnabled"], _NEEDED, _ALLOWED)
    prefix = content(inside["TargetPrefix"])
    if len(prefix.encode()) > _LONGEST_PREFIX or not prefix.isprintable():
        raise MALFORMED_XML(reason=f"a TargetPrefix is text of {_LONGEST_PREFIX} bytes")
    date = _date(inside["TargetObjectKeyFormat"]) if "TargetObjectKeyFormat" in inside else SIMPLE
    return LogTarget(bucket=content(inside["TargetBucket"]), prefix=prefix, date=date)


def _date(found: etree._Element) -> str:
    kinds = parts(found, frozenset(), {"SimplePrefix", "PartitionedPrefix"})
    if len(kinds) != 1:
        raise MALFORMED_XML(reason="a TargetObjectKeyFormat is simple or partitioned")
    if "SimplePrefix" in kinds:
        return SIMPLE
    source = "PartitionDateSource"
    date = content(parts(kinds["PartitionedPrefix"], {source})[source])
    if date not in _DATES:
        raise MALFORMED_XML(reason=f"a {source} is one of {sorted(_DATES)}")
    return date


def shown(target: LogTarget | None) -> bytes:
    """BucketLoggingStatus."""
    if target is None:
        return markup.root("BucketLoggingStatus", ())
    key_format = "<SimplePrefix/>"
    if target.date:
        date = element("PartitionDateSource", target.date)
        key_format = f"<PartitionedPrefix>{date}</PartitionedPrefix>"
    inside = (
        "<LoggingEnabled>", element("TargetBucket", target.bucket),
        element("TargetPrefix", target.prefix),
        f"<TargetObjectKeyFormat>{key_format}</TargetObjectKeyFormat>", "</LoggingEnabled>",
    )  # fmt: skip
    return markup.root("BucketLoggingStatus", inside)
