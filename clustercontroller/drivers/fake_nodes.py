# SPDX-License-Identifier: BSD-2-Clause
"""Nodes in memory: a rehearsal without hosts, and what the tests are played on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from twisted.internet.defer import Deferred

from clustercontroller.core.translation import placeholder
from clustercontroller.drivers.nodes import Declined, Unreachable
from eucalyptus.contracts import node as nc
from eucalyptus.contracts.internal import Message, MetricsResource, SensorsResource


@dataclass(slots=True)
class FakeNode:
    """One host that keeps its promises, unless told not to.

    ``up`` False: calls do not arrive. ``deaf`` True: they never return. ``loses_answers`` True:
    they are done, but the answer is lost. ``declines`` names operations it refuses.
    """

    memory: int = 4096
    disk: int = 100
    cores: int = 4
    status: str = "enabled"
    up: bool = True
    deaf: bool = False
    loses_answers: bool = False
    declines: set[str] = field(default_factory=set)
    instances: dict[str, nc.Instance] = field(default_factory=dict)
    asked: list[Message] = field(default_factory=list)
    network_info: bytes = b""

    def heard(self, kind: type[Message]) -> list[Message]:
        """The messages of one kind that arrived."""
        return [ask for ask in self.asked if isinstance(ask, kind)]

    def boot(self) -> None:
        """Everything pending starts to run."""
        for name, instance in self.instances.items():
            if instance.state_name == "Pending":
                self.instances[name] = replace(instance, state_name="Extant")


class FakeNodes:
    """The Nodes protocol over FakeNode values; ``hosts`` maps URL -> node."""

    def __init__(self, hosts: dict[str, FakeNode]) -> None:
        self.hosts = hosts
        self.in_flight = 0
        self.most_in_flight = 0
        self.pause: Callable[[], Deferred[None]] | None = None

    async def _ask(self, url: str, ask: Message) -> FakeNode:
        node = self.hosts.get(url)
        if node is None or not node.up:
            raise Unreachable(f"{url} does not answer")
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.pause is not None:
                await self.pause()
            if node.deaf:
                await Deferred()
        finally:
            self.in_flight -= 1
        node.asked.append(ask)
        if type(ask).__name__ in node.declines:
            raise Declined(f"{type(ask).__name__} is declined here")
        return node

    def _answered(self, node: FakeNode) -> None:
        if node.loses_answers:
            raise Unreachable("the answer was lost")

    def _instance(self, node: FakeNode, instance_id: str) -> nc.Instance:
        if instance_id not in node.instances:
            raise Declined(f"instance {instance_id} is not here")
        return node.instances[instance_id]

    async def describe_resource(
        self, url: str, ask: nc.NcDescribeResource
    ) -> nc.NcDescribeResourceResponse:
        """What is left after the instances that are not gone."""
        node = await self._ask(url, ask)
        alive = [i.instance_type for i in node.instances.values() if i.state_name != "Teardown"]
        return nc.NcDescribeResourceResponse(
            node_status=node.status,
            migration_capable=False,
            iqn=f"iqn.1994-05.com.example:{url}",
            memory_size_max=node.memory,
            memory_size_available=node.memory - sum(m.memory or 0 for m in alive),
            disk_size_max=node.disk,
            disk_size_available=node.disk - sum(m.disk or 0 for m in alive),
            number_of_cores_max=node.cores,
            number_of_cores_available=node.cores - sum(m.cores or 0 for m in alive),
            public_subnets="none",
            hypervisor="KVM",
        )

    async def describe_instances(
        self, url: str, ask: nc.NcDescribeInstances
    ) -> nc.NcDescribeInstancesResponse:
        """All instances, the gone ones too."""
        node = await self._ask(url, ask)
        return nc.NcDescribeInstancesResponse(instances=tuple(node.instances.values()))

    async def run_instance(self, url: str, ask: nc.NcRunInstance) -> nc.NcRunInstanceResponse:
        """Pending at once; boot() makes it run."""
        node = await self._ask(url, ask)
        instance = node.instances.setdefault(ask.instance_id, placeholder(ask))
        self._answered(node)
        return nc.NcRunInstanceResponse(instance=instance)

    async def terminate_instance(
        self, url: str, ask: nc.NcTerminateInstance
    ) -> nc.NcTerminateInstanceResponse:
        """Teardown at once."""
        node = await self._ask(url, ask)
        instance = self._instance(node, ask.instance_id)
        node.instances[ask.instance_id] = replace(instance, state_name="Teardown")
        self._answered(node)
        return nc.NcTerminateInstanceResponse(instance_id=ask.instance_id)

    async def reboot_instance(
        self, url: str, ask: nc.NcRebootInstance
    ) -> nc.NcRebootInstanceResponse:
        """Nothing changes."""
        self._instance(await self._ask(url, ask), ask.instance_id)
        return nc.NcRebootInstanceResponse(status=True)

    async def get_console_output(
        self, url: str, ask: nc.NcGetConsoleOutput
    ) -> nc.NcGetConsoleOutputResponse:
        """A console that greets with the instance's id."""
        self._instance(await self._ask(url, ask), ask.instance_id)
        text = base64.b64encode(f"{ask.instance_id} login:".encode()).decode()
        return nc.NcGetConsoleOutputResponse(console_output=text)

    async def describe_sensors(
        self, url: str, ask: nc.NcDescribeSensors
    ) -> nc.NcDescribeSensorsResponse:
        """An empty metric per instance."""
        node = await self._ask(url, ask)
        metrics = (MetricsResource(metric_name="CPUUtilization"),)
        resources = tuple(
            SensorsResource(resource_name=name, resource_type="instance", metrics=metrics)
            for name in node.instances
            if not ask.instance_ids or name in ask.instance_ids
        )
        return nc.NcDescribeSensorsResponse(sensors_resources=resources)

    async def broadcast_network_info(
        self, url: str, ask: nc.NcBroadcastNetworkInfo
    ) -> nc.NcBroadcastNetworkInfoResponse:
        """Keeps the document."""
        node = await self._ask(url, ask)
        node.network_info = base64.b64decode(ask.network_info)
        return nc.NcBroadcastNetworkInfoResponse()

    async def assign_address(self, url: str, ask: nc.NcAssignAddress) -> nc.NcAssignAddressResponse:
        """Changes what the instance reports."""
        node = await self._ask(url, ask)
        self._instance(node, ask.instance_id)
        return nc.NcAssignAddressResponse()

    async def modify_node(self, url: str, ask: nc.NcModifyNode) -> nc.NcModifyNodeResponse:
        """Takes the state it is told."""
        node = await self._ask(url, ask)
        node.status = ask.state_name or node.status
        return nc.NcModifyNodeResponse()

    async def power_down(self, url: str, ask: nc.NcPowerDown) -> nc.NcPowerDownResponse:
        """The host answers no more until it is woken."""
        node = await self._ask(url, ask)
        node.up = False
        return nc.NcPowerDownResponse()
