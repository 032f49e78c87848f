# SPDX-License-Identifier: BSD-2-Clause
"""Cluster controllers as the cloud speaks to them: a Protocol, and the real one over stubs.

``fakeclusters`` holds the other implementation: a zone made of counters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from eucalyptus.contracts import cluster, service_control
from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.connections import Unreachable


class ClusterSilent(Exception):
    """No believable answer came: nothing is known of what became of the request."""


class ClusterDeclined(Exception):
    """The cluster answered that it would not; the sentence is its own."""


class Clusters(Protocol):
    """Every cluster of the cloud, each by the URL of its controller.

    Each call raises ClusterSilent or ClusterDeclined.
    """

    async def describe_services(
        self, url: str, ask: service_control.DescribeServices
    ) -> service_control.DescribeServicesResponse:
        """Tell the topology; ask in which state the cluster is."""
        ...

    async def start_service(self, url: str, ask: service_control.StartService) -> None:
        """Bring a stopped or new cluster to DISABLED."""
        ...

    async def enable_service(self, url: str, ask: service_control.EnableService) -> None:
        """Bring a DISABLED cluster to ENABLED."""
        ...

    async def describe_resources(
        self, url: str, ask: cluster.DescribeResources
    ) -> cluster.DescribeResourcesResponse:
        """Capacity per type, and the nodes."""
        ...

    async def describe_instances(self, url: str) -> cluster.DescribeInstancesResponse:
        """Every instance of the zone."""
        ...

    async def run_instances(
        self, url: str, ask: cluster.RunInstances
    ) -> cluster.RunInstancesResponse:
        """Start one instance; the same ids again change nothing."""
        ...

    async def terminate_instances(
        self, url: str, ask: cluster.TerminateInstances
    ) -> cluster.TerminateInstancesResponse:
        """End instances; those the cluster does not know are no mistake."""
        ...

    async def reboot_instances(self, url: str, ask: cluster.RebootInstances) -> None:
        """Reboot instances."""
        ...

    async def get_console_output(self, url: str, ask: cluster.GetConsoleOutput) -> str:
        """The console of an instance, in base64."""
        ...

    async def broadcast_network_info(self, url: str, ask: cluster.BroadcastNetworkInfo) -> None:
        """Hand the network-info document on to every node."""
        ...


class Line(Protocol):
    """What of ``eucalyptus.web.client.Stub`` is needed here."""

    async def call(self, operation: Operation, ask: Any, timeout: float | None = None) -> Any:
        """Ask and wait; raises Refused or Unreachable."""
        ...


class StubClusters:
    """Clusters over the wire. ``stub_for`` makes the stub of a URL; stubs are kept."""

    def __init__(self, stub_for: Callable[[str], Line]) -> None:
        self._stub_for = stub_for
        self._stubs: dict[str, Line] = {}

    async def _call(
        self, url: str, operation: Operation, ask: Any, timeout: float | None = None
    ) -> Any:
        if url not in self._stubs:
            self._stubs[url] = self._stub_for(url)
        try:
            return await self._stubs[url].call(operation, ask, timeout)
        except Unreachable as silent:
            raise ClusterSilent(str(silent)) from silent
        except Refused as declined:
            # A fault (bad signature, clock askew) says nothing about what was asked.
            if declined.refusal.code == "Declined":
                raise ClusterDeclined(declined.message) from declined
            raise ClusterSilent(f"{url}: {declined.message}") from declined

    async def describe_services(
        self, url: str, ask: service_control.DescribeServices
    ) -> service_control.DescribeServicesResponse:
        """Ask the state."""
        answer: service_control.DescribeServicesResponse = await self._call(
            url, service_control.DESCRIBE_SERVICES, ask
        )
        return answer

    async def start_service(self, url: str, ask: service_control.StartService) -> None:
        """Start."""
        await self._call(url, service_control.START_SERVICE, ask)

    async def enable_service(self, url: str, ask: service_control.EnableService) -> None:
        """Enable."""
        await self._call(url, service_control.ENABLE_SERVICE, ask)

    async def describe_resources(
        self, url: str, ask: cluster.DescribeResources
    ) -> cluster.DescribeResourcesResponse:
        """Capacity and nodes."""
        answer: cluster.DescribeResourcesResponse = await self._call(
            url, cluster.DESCRIBE_RESOURCES, ask
        )
        return answer

    async def describe_instances(self, url: str) -> cluster.DescribeInstancesResponse:
        """Every instance."""
        answer: cluster.DescribeInstancesResponse = await self._call(
            url, cluster.DESCRIBE_INSTANCES, cluster.DescribeInstances(user_id="eucalyptus")
        )
        return answer

    async def run_instances(
        self, url: str, ask: cluster.RunInstances
    ) -> cluster.RunInstancesResponse:
        """Start instances; the cluster may try node after node for a minute."""
        answer: cluster.RunInstancesResponse = await self._call(
            url, cluster.RUN_INSTANCES, ask, 65.0
        )
        return answer

    async def terminate_instances(
        self, url: str, ask: cluster.TerminateInstances
    ) -> cluster.TerminateInstancesResponse:
        """End instances."""
        answer: cluster.TerminateInstancesResponse = await self._call(
            url, cluster.TERMINATE_INSTANCES, ask
        )
        return answer

    async def reboot_instances(self, url: str, ask: cluster.RebootInstances) -> None:
        """Reboot."""
        await self._call(url, cluster.REBOOT_INSTANCES, ask)

    async def get_console_output(self, url: str, ask: cluster.GetConsoleOutput) -> str:
        """Console in base64."""
        answer: cluster.GetConsoleOutputResponse = await self._call(
            url, cluster.GET_CONSOLE_OUTPUT, ask
        )
        return answer.console_output or ""

    async def broadcast_network_info(self, url: str, ask: cluster.BroadcastNetworkInfo) -> None:
        """Broadcast."""
        await self._call(url, cluster.BROADCAST_NETWORK_INFO, ask)
