# SPDX-License-Identifier: BSD-2-Clause
"""Every service of the cloud in one table: package, unit, type, WSDL, port and path."""

from __future__ import annotations

from dataclasses import dataclass

FRONT_PORT = 8773
CLUSTER_PORT = 8774
NODE_PORT = 8775
DATABASE_PORT = 8777


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How one service is called by everybody: admins, units, RPMs, clients.

    ``type`` is the original's service type; ``path`` where it answers; ``aliases`` its older paths.
    ``program`` is the daemon that hosts it.
    """

    type: str
    package: str
    rpm: str
    unit: str
    program: str
    port: int
    path: str
    aliases: tuple[str, ...] = ()
    wsdl: str = ""


_FRONT = {"program": "eucalyptus-front", "port": FRONT_PORT, "unit": "eucalyptus-cloud.service"}

COMPUTE = Service(
    type="compute", package="cloudcontroller.compute", rpm="eucalyptus-cloud",
    path="/services/compute", aliases=("/services/Eucalyptus", "/services/Cloud"),
    wsdl="ec2/2013-02-01.wsdl", **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
EUARE = Service(
    type="euare", package="cloudcontroller.identity", rpm="eucalyptus-cloud",
    path="/services/Euare", **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
TOKENS = Service(
    type="tokens", package="cloudcontroller.tokens", rpm="eucalyptus-cloud",
    path="/services/Tokens", **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
PROPERTIES = Service(
    type="properties", package="cloudcontroller.registry", rpm="eucalyptus-cloud",
    path="/services/Properties", **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
NEWS = Service(
    type="news", package="cloudcontroller.compute", rpm="eucalyptus-cloud",
    path="/services/News", **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
OBJECT_STORAGE = Service(
    type="objectstorage", package="walrus", rpm="eucalyptus-walrus",
    path="/services/objectstorage", aliases=("/services/Walrus",), wsdl="s3.wsdl",
    **_FRONT,  # type: ignore[arg-type]
)  # fmt: skip
S3_SOAP_BELOW = "/soap"
"""Where, below each of its paths, the object storage speaks SOAP."""
CLOUD = Service(
    type="eucalyptus", package="cloudcontroller", rpm="eucalyptus-cloud",
    unit="eucalyptus-cloud.service", program="eucalyptus-cloud", port=FRONT_PORT,
    path="/services/Eucalyptus",
)  # fmt: skip
CLUSTER = Service(
    type="cluster", package="clustercontroller", rpm="eucalyptus-cc",
    unit="eucalyptus-cluster.service", program="eucalyptus-cc", port=CLUSTER_PORT,
    path="/axis2/services/EucalyptusCC", wsdl="eucalyptus_cc.wsdl",
)  # fmt: skip
NODE = Service(
    type="node", package="nodecontroller", rpm="eucalyptus-nc",
    unit="eucalyptus-node.service", program="eucalyptus-nc", port=NODE_PORT,
    path="/axis2/services/EucalyptusNC", wsdl="eucalyptus_nc.wsdl",
)  # fmt: skip
NETWORK = Service(
    type="eucanetd", package="eucanetd", rpm="eucanetd", unit="eucanetd.service",
    program="eucanetd", port=0, path="",
)  # fmt: skip

SERVICES = (
    COMPUTE, EUARE, TOKENS, PROPERTIES, NEWS, OBJECT_STORAGE, CLOUD, CLUSTER, NODE, NETWORK,
)  # fmt: skip
"""All of them; status displays, spec files and units are checked against this table."""
