# SPDX-License-Identifier: BSD-2-Clause
"""The nodes of the zone, as something that can be asked."""

from __future__ import annotations

from typing import Protocol

from eucalyptus.contracts import node as nc


class Unreachable(Exception):
    """No answer came from a node; whether it did what was asked is unknown."""


class Declined(Exception):
    """A node answered that it did not do what was asked; the text says why."""


class Nodes(Protocol):
    """One method per call of the node contract; ``url`` says which node.

    Every method raises Unreachable or Declined. ``patience`` of a call is its operation's.
    """

    async def describe_resource(
        self, url: str, ask: nc.NcDescribeResource
    ) -> nc.NcDescribeResourceResponse:
        """What the node has and what of it is free."""
        ...

    async def describe_instances(
        self, url: str, ask: nc.NcDescribeInstances
    ) -> nc.NcDescribeInstancesResponse:
        """The instances the node holds."""
        ...

    async def run_instance(self, url: str, ask: nc.NcRunInstance) -> nc.NcRunInstanceResponse:
        """Start an instance; asking twice with one id starts it once."""
        ...

    async def terminate_instance(
        self, url: str, ask: nc.NcTerminateInstance
    ) -> nc.NcTerminateInstanceResponse:
        """Let an instance go."""
        ...

    async def reboot_instance(
        self, url: str, ask: nc.NcRebootInstance
    ) -> nc.NcRebootInstanceResponse:
        """Reboot an instance."""
        ...

    async def get_console_output(
        self, url: str, ask: nc.NcGetConsoleOutput
    ) -> nc.NcGetConsoleOutputResponse:
        """The console of an instance, base64."""
        ...

    async def describe_sensors(
        self, url: str, ask: nc.NcDescribeSensors
    ) -> nc.NcDescribeSensorsResponse:
        """What the node measured."""
        ...

    async def broadcast_network_info(
        self, url: str, ask: nc.NcBroadcastNetworkInfo
    ) -> nc.NcBroadcastNetworkInfoResponse:
        """Hand over the network-info document."""
        ...

    async def assign_address(self, url: str, ask: nc.NcAssignAddress) -> nc.NcAssignAddressResponse:
        """Tell the node the public address of an instance."""
        ...

    async def modify_node(self, url: str, ask: nc.NcModifyNode) -> nc.NcModifyNodeResponse:
        """Let the node take instances, or not."""
        ...

    async def power_down(self, url: str, ask: nc.NcPowerDown) -> nc.NcPowerDownResponse:
        """Send the host to sleep."""
        ...
