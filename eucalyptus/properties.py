# SPDX-License-Identifier: BSD-2-Clause
"""Cloud properties, each declared once: name, kind, default, meaning. Change them with ``euctl``.

Names, defaults and spelling are the original's. A daemon reads them through
``eucalyptus.database.properties.Properties``, which hears of every change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

CHECKS = "eucalyptus.property_checks"
"""Entry point group: property name -> function(text) that raises ValueError with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Generic[T]):
    """One property. ``read`` turns its text into a value or raises ValueError with a reason.

    ``structure`` marks whole documents, which listings leave out; ``secret`` values are never
    shown, and sealed in the database; ``read_only`` ones cannot be changed.
    """

    name: str
    default: str
    says: str
    read: Callable[[str], T]
    structure: bool = False
    secret: bool = False
    read_only: bool = False


PROPERTIES: dict[str, Property[Any]] = {}
"""All of them, by name."""


def declare(declared: Property[T]) -> Property[T]:
    """Enter a property into the table; its default must itself be acceptable."""
    if declared.name in PROPERTIES:
        raise ValueError(f"property {declared.name} is declared twice")
    declared.read(declared.default)
    PROPERTIES[declared.name] = declared
    return declared


# --- kinds -------------------------------------------------------------------------------------
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,9})\s*(ms|s|m|h|d)?")


def duration(text: str) -> float:
    """``60m``, ``5s``, ``180d``; a bare number is seconds. In seconds."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a number and a unit: ms, s, m, h or d, like 15m")
    return int(match[1]) * _UNITS[match[2] or "s"]


def minutes(text: str) -> float:
    """The same where a bare number means minutes, as the original's vmstate times do."""
    return duration(text if not text.strip().isdigit() else f"{text.strip()}m")


def truth(text: str) -> bool:
    """``true`` or ``false``."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise ValueError("write true or false")


def between(least: int, most: int) -> Callable[[str], int]:
    """Whole numbers from ``least`` to ``most``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError("choose one of: " + ", ".join(word or '""' for word in words))
        return text

    return read


def matching(pattern: str, example: str) -> Callable[[str], str]:
    """Text of one shape; ``example`` shows it."""
    shape = re.compile(pattern)

    def read(text: str) -> str:
        if not shape.fullmatch(text):
            raise ValueError(f"write something like {example}")
        return text

    return read


def document(text: str) -> Mapping[str, Any]:
    """A JSON object; the empty text is the empty object."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"it is not JSON: {wrong}") from wrong
    if not isinstance(read, dict):
        raise ValueError("it is not a JSON object")
    return read


_NAME = matching(r"[a-z0-9][a-z0-9.-]{0,62}", "m1.small")
_DOMAIN = matching(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}", "cloud.example.com"
)


# --- life cycle of instances -------------------------------------------------------------------
def _vmstate(name: str, default: str, says: str, read: Callable[[str], T]) -> Property[T]:
    return declare(Property(name=f"cloud.vmstate.{name}", default=default, says=says, read=read))


PENDING_TIME = _vmstate(
    "pending_time", "60m", "How long a pending instance may go unreported before it ends.", minutes
)
INITIAL_REPORT_TIMEOUT = _vmstate(
    "vm_initial_report_timeout", "300s",
    "Grace before a fresh pending instance counts as unreported.", duration,
)  # fmt: skip
INSTANCE_TIMEOUT = _vmstate(
    "instance_timeout", "180d", "How long a running instance may go unreported before it ends.",
    duration,
)  # fmt: skip
INSTANCE_TOUCH_INTERVAL = _vmstate(
    "instance_touch_interval", "15m", "How often a running instance's record is refreshed.", minutes
)
SHUT_DOWN_TIME = _vmstate(
    "shut_down_time", "10m", "When an unreported instance that shuts down counts as terminated.",
    minutes,
)  # fmt: skip
STOPPING_TIME = _vmstate(
    "stopping_time", "10m", "When an unreported instance that stops counts as stopped.", minutes
)
TERMINATED_TIME = _vmstate(
    "terminated_time", "60m", "How long a terminated instance stays described.", minutes
)
BURIED_TIME = _vmstate(
    "buried_time", "60m", "How long a buried instance's record is kept.", minutes
)
VOLATILE_INTERVAL = _vmstate(
    "volatile_state_interval_sec", "3", "Seconds between polls while states change.",
    between(1, 3600),
)  # fmt: skip
VOLATILE_TIMEOUT = _vmstate(
    "volatile_state_timeout_sec", "60", "Seconds after which a terminate is sent again.",
    between(1, 86400),
)  # fmt: skip
SETTLE_TIME = _vmstate(
    "vm_state_settle_time", "40s", "Delay before reports after a terminate are believed.", duration
)
REACHABILITY_TIMEOUT = _vmstate(
    "instance_reachability_timeout", "5m", "When an impaired instance counts as unreachable.",
    minutes,
)  # fmt: skip
VOLUME_CREATION_TIMEOUT = _vmstate(
    "ebs_volume_creation_timeout", "30m", "How long a launch waits for its root volume.", minutes
)
UNKNOWN_INSTANCE_HANDLERS = _vmstate(
    "unknown_instance_handlers", "restore-failed",
    "What becomes of instances that are reported but not on record.",
    one_of("restore", "restore-failed", "terminate", "terminate-done"),
)  # fmt: skip
MIGRATION_REFRESH_TIME = _vmstate(
    "migration_refresh_time", "60s", "How often migration tags are refreshed.", duration
)
MAC_PREFIX = _vmstate(
    "mac_prefix", "d0:0d", "First two bytes of every instance's MAC address.",
    matching(r"[0-9a-f][02468ace]:[0-9a-f]{2}", "d0:0d"),
)  # fmt: skip
USER_DATA_MAX_KB = _vmstate(
    "user_data_max_size_kb", "16", "Largest user data in kibibytes.", between(0, 64)
)


# --- the rest ----------------------------------------------------------------------------------
def _property(name: str, default: str, says: str, read: Callable[[str], T]) -> Property[T]:
    return declare(Property(name=name, default=default, says=says, read=read))


NETWORK_CONFIGURATION = declare(
    Property(
        name="cloud.network.network_configuration", default="", read=document, structure=True,
        says="The network of the cloud as a JSON document.",
    )
)  # fmt: skip
MIN_BROADCAST_INTERVAL = _property(
    "cloud.network.min_broadcast_interval", "5",
    "Least seconds between two broadcasts of unchanged network information.", between(1, 3600),
)  # fmt: skip
MAX_BROADCAST_APPLY = _property(
    "cloud.network.max_broadcast_apply", "120",
    "Seconds within which a broadcast must be applied.", between(1, 86400),
)  # fmt: skip
DEFAULT_TYPE = _property(
    "cloud.vmtypes.default_type_name",
    "m1.small",
    "Instance type of launches that name none.",
    _NAME,
)
FORMAT_EPHEMERAL = _property(
    "cloud.vmtypes.format_ephemeral_storage",
    "true",
    "Whether ephemeral disks are formatted.",
    truth,
)
FORMAT_SWAP = _property(
    "cloud.vmtypes.format_swap", "false", "Whether swap partitions are formatted.", truth
)
ALLOW_SHA1 = _property(
    "soap.allow_sha1", "true",
    "Whether users' SOAP messages may be signed with SHA-1, all that clients of 2006-2013 can do.",
    truth,
)  # fmt: skip
SIGN_REPLIES = _property(
    "soap.sign_replies", "false", "Whether replies to users' SOAP messages are signed.", truth
)
CLOCK_SKEW = _property(
    "bootstrap.webservices.clock_skew_sec", "20",
    "Seconds by which a caller's clock may be ahead.", between(0, 900),
)  # fmt: skip
REPLAY_SKEW = _property(
    "bootstrap.webservices.replay_skew_window_sec", "0",
    "Seconds within which an identical message is tolerated; 0 tolerates none.", between(0, 0),
)  # fmt: skip
CLIENT_IDLE_TIMEOUT = _property(
    "bootstrap.webservices.client_idle_timeout_secs", "30",
    "Seconds after which an idle client is disconnected.", between(1, 3600),
)  # fmt: skip
PIPELINE_IDLE_TIMEOUT = _property(
    "bootstrap.webservices.pipeline_idle_timeout_seconds", "60",
    "Seconds within which a request must arrive.", between(1, 3600),
)  # fmt: skip
WEB_PORT = declare(
    Property(
        name="bootstrap.webservices.port", default="8773", read=between(1, 65535), read_only=True,
        says="Port of all web services; set CLOUD_PORT in eucalyptus.conf.",
    )
)  # fmt: skip
REQUEST_RATE = _property(
    "bootstrap.webservices.account_requests_per_sec", "10000",
    "Requests per second that one account may make in the long run; 0 sets no limit.",
    between(0, 1_000_000),
)  # fmt: skip
REQUEST_BURST = _property(
    "bootstrap.webservices.account_request_burst", "20000",
    "Requests that one account may make at once after a rest.", between(1, 1_000_000),
)  # fmt: skip
CHANGE_WEIGHT = _property(
    "bootstrap.webservices.change_weight", "5",
    "As how many requests one counts that changes something.", between(1, 1000),
)  # fmt: skip
REQUESTS_AT_ONCE = _property(
    "bootstrap.webservices.account_requests_at_once", "256",
    "Requests of one account that a front worker carries out at the same time.",
    between(1, 100_000),
)  # fmt: skip
FAILURE_RATE = _property(
    "bootstrap.webservices.failures_per_sec", "20",
    "Refused requests per second after which an address is served after all others;"
    " 0 sets no limit.",
    between(0, 1_000_000),
)  # fmt: skip
ACCESS_KEYS_LIMIT = _property(
    "authentication.access_keys_limit", "2", "Access keys that one user may have.", between(1, 1000)
)
CERTIFICATES_LIMIT = _property(
    "authentication.signing_certificates_limit", "2",
    "Signing certificates that one user may have.", between(1, 1000),
)  # fmt: skip
DNS_DOMAIN = _property(
    "system.dns.dnsdomain", "localhost", "Domain under which the cloud's names live.", _DOMAIN
)
OBJECT_STORE = _property(
    "objectstorage.providerclient", "walrus",
    "What keeps the bytes of objects, from the start of the daemons on: walrus is this host's"
    " disk, all others are the S3 store of objectstorage.s3provider.",
    one_of("walrus", "riakcs", "ceph-rgw", "s3"),
)  # fmt: skip
S3_ENDPOINT = _property(
    "objectstorage.s3provider.s3endpoint", "",
    "Host, port and path of the S3 store that keeps blobs if the provider is not walrus.",
    matching(
        r"|(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._/-]*)?",
        "s3.example.com:8080",
    ),
)  # fmt: skip
S3_ACCESS_KEY = _property(
    "objectstorage.s3provider.s3accesskey", "", "Access key of the cloud at that store.",
    matching(r"[!-~]{0,256}", "AKIDEXAMPLE"),
)  # fmt: skip
S3_SECRET_KEY = declare(
    Property(
        name="objectstorage.s3provider.s3secretkey", default="", secret=True,
        read=matching(r"[ -~]{0,256}", "a secret access key"), says="Secret key that goes with it.",
    )
)  # fmt: skip
S3_USE_HTTPS = _property(
    "objectstorage.s3provider.s3usehttps", "false", "Whether that store is asked by HTTPS.", truth
)
S3_BUCKET = _property(
    "objectstorage.s3provider.s3bucket", "eucalyptus",
    "Bucket of that store that keeps this cloud's blobs and nothing else.",
    matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "eucalyptus"),
)  # fmt: skip
MAX_BUCKETS = _property(
    "objectstorage.max_buckets_per_account", "100", "Buckets that one account may have.",
    between(0, 1_000_000),
)  # fmt: skip
MAX_METADATA = _property(
    "objectstorage.max_metadata_request_size", "307200",
    "Largest body, in bytes, of a request that is not an object.", between(1024, 16_777_216),
)  # fmt: skip
LIFECYCLE_DAY = _property(
    "objectstorage.lc_debug_interval", "0",
    "Seconds that a day of lifecycle rules has in a rehearsal; 0: days end at midnight UTC.",
    between(0, 86_400),
)  # fmt: skip
MAX_IMAGE_GB = _property(
    "cloud.images.maximagesizegb", "0", "Largest image in GiB; 0 sets no limit.",
    between(0, 1_000_000),
)  # fmt: skip
MAX_MANIFEST_BYTES = _property(
    "cloud.images.maxmanifestsizebytes", "2097152", "Largest image manifest in bytes.",
    between(1024, 67_108_864),
)  # fmt: skip
DEFAULT_VISIBILITY = _property(
    "cloud.images.defaultvisibility", "false", "Whether new images are public.", truth
)
MAX_TAGS = _property(
    "tagging.max_tags_per_resource", "10", "Tags that one resource may have.", between(0, 1000)
)
MAX_INSTANCES = _property(
    "cloud.vmstate.max_instances_per_account", "-1",
    "Instances that one account may have; -1 sets no limit.", between(-1, 1_000_000),
)  # fmt: skip
