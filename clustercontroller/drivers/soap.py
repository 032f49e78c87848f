# SPDX-License-Identifier: BSD-2-Clause
"""Nodes and cloud over signed SOAP: one stub per URL, on persistent connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clustercontroller.drivers.nodes import Declined, Unreachable
from eucalyptus.contracts import node as nc
from eucalyptus.contracts.declare import Contract, Operation
from eucalyptus.contracts.news import CHANGED, Changed
from eucalyptus.contracts.refusals import DECLINED, Refused
from eucalyptus.web import connections
from eucalyptus.web.client import Line, Peer, Stub

Connect = Callable[[str], Stub]
"""Makes the stub for a URL."""


def speaking(contract: Contract, peer: Peer, line: Line) -> Connect:
    """Stubs of ``contract``; ``peer`` is who answers behind every URL."""
    return lambda url: Stub(contract, url, peer, line)


class Stubs:
    """Stubs by URL, each made once."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._stubs: dict[str, Stub] = {}

    async def call(self, url: str, operation: Operation, ask: Any) -> Any:
        """Ask; what the peer signed as its no becomes Declined, all else Unreachable.

        A fault is not signed: were it believed, whoever can send one could have an instance started
        a second time, on another node.
        """
        stub = self._stubs.get(url)
        if stub is None:
            stub = self._stubs[url] = self._connect(url)
        try:
            return await stub.call(operation, ask)
        except connections.Unreachable as silent:
            raise Unreachable(str(silent)) from silent
        except Refused as refused:
            if refused.refusal.code != DECLINED.code:
                raise Unreachable(f"{url}: {refused.message}") from refused
            raise Declined(refused.message) from refused


class SoapNodes:
    """The Nodes protocol over stubs of the node contract."""

    def __init__(self, connect: Connect) -> None:
        self._stubs = Stubs(connect)

    async def describe_resource(
        self, url: str, ask: nc.NcDescribeResource
    ) -> nc.NcDescribeResourceResponse:
        """See Nodes."""
        answer: nc.NcDescribeResourceResponse
        answer = await self._stubs.call(url, nc.NC_DESCRIBE_RESOURCE, ask)
        return answer

    async def describe_instances(
        self, url: str, ask: nc.NcDescribeInstances
    ) -> nc.NcDescribeInstancesResponse:
        """See Nodes."""
        answer: nc.NcDescribeInstancesResponse
        answer = await self._stubs.call(url, nc.NC_DESCRIBE_INSTANCES, ask)
        return answer

    async def run_instance(self, url: str, ask: nc.NcRunInstance) -> nc.NcRunInstanceResponse:
        """See Nodes."""
        answer: nc.NcRunInstanceResponse
        answer = await self._stubs.call(url, nc.NC_RUN_INSTANCE, ask)
        return answer

    async def terminate_instance(
        self, url: str, ask: nc.NcTerminateInstance
    ) -> nc.NcTerminateInstanceResponse:
        """See Nodes."""
        answer: nc.NcTerminateInstanceResponse
        answer = await self._stubs.call(url, nc.NC_TERMINATE_INSTANCE, ask)
        return answer

    async def reboot_instance(
        self, url: str, ask: nc.NcRebootInstance
    ) -> nc.NcRebootInstanceResponse:
        """See Nodes."""
        answer: nc.NcRebootInstanceResponse
        answer = await self._stubs.call(url, nc.NC_REBOOT_INSTANCE, ask)
        return answer

    async def get_console_output(
        self, url: str, ask: nc.NcGetConsoleOutput
    ) -> nc.NcGetConsoleOutputResponse:
        """See Nodes."""
        answer: nc.NcGetConsoleOutputResponse
        answer = await self._stubs.call(url, nc.NC_GET_CONSOLE_OUTPUT, ask)
        return answer

    async def describe_sensors(
        self, url: str, ask: nc.NcDescribeSensors
    ) -> nc.NcDescribeSensorsResponse:
        """See Nodes."""
        answer: nc.NcDescribeSensorsResponse
        answer = await self._stubs.call(url, nc.NC_DESCRIBE_SENSORS, ask)
        return answer

    async def broadcast_network_info(
        self, url: str, ask: nc.NcBroadcastNetworkInfo
    ) -> nc.NcBroadcastNetworkInfoResponse:
        """See Nodes."""
        answer: nc.NcBroadcastNetworkInfoResponse
        answer = await self._stubs.call(url, nc.NC_BROADCAST_NETWORK_INFO, ask)
        return answer

    async def assign_address(self, url: str, ask: nc.NcAssignAddress) -> nc.NcAssignAddressResponse:
        """See Nodes."""
        answer: nc.NcAssignAddressResponse
        answer = await self._stubs.call(url, nc.NC_ASSIGN_ADDRESS, ask)
        return answer

    async def modify_node(self, url: str, ask: nc.NcModifyNode) -> nc.NcModifyNodeResponse:
        """See Nodes."""
        answer: nc.NcModifyNodeResponse = await self._stubs.call(url, nc.NC_MODIFY_NODE, ask)
        return answer

    async def power_down(self, url: str, ask: nc.NcPowerDown) -> nc.NcPowerDownResponse:
        """See Nodes."""
        answer: nc.NcPowerDownResponse = await self._stubs.call(url, nc.NC_POWER_DOWN, ask)
        return answer


class SoapCloud:
    """The Cloud protocol over a stub of the news contract; ``ours`` is this service's URL."""

    def __init__(self, connect: Connect, ours: str) -> None:
        self._stubs = Stubs(connect)
        self._ours = ours

    async def tell(self, url: str, subject: str) -> None:
        """See Cloud."""
        await self._stubs.call(url, CHANGED, Changed(service_tag=self._ours, subject=subject))
