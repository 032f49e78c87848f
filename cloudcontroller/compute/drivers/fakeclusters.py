# SPDX-License-Identifier: BSD-2-Clause
"""Zones made of counters: part of the product, so that a cloud can be rehearsed on a laptop.

Instances are Pending until ``settle`` is called, then Extant; terminated ones are reported as
Teardown once ``settle`` was called again, and forgotten by ``forget``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace

from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent
from eucalyptus.contracts import cluster, service_control
from eucalyptus.contracts.internal import ServiceInfo, ServiceStatus, VirtualMachine


@dataclass
class Zone:
    """One fake cluster: what it has, what it holds, how it behaves.

    ``lost`` are the instances whose node cannot be told anything.
    """

    name: str = "one"
    cores: int = 16
    memory: int = 16384
    disk: int = 400
    state: str = "ENABLED"
    is_silent: bool = False
    declines: str = ""
    lost: set[str] = field(default_factory=set)
    node: str = "http://127.0.0.1:8775/axis2/services/EucalyptusNC"
    instances: dict[str, cluster.ClusterInstance] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    rebooted: list[str] = field(default_factory=list)
    network: list[cluster.BroadcastNetworkInfo] = field(default_factory=list)
    runs: list[cluster.RunInstances] = field(default_factory=list)

    def settle(self) -> None:
        """Let a while pass: what was pending runs now."""
        for name, one in self.instances.items():
            if one.state_name == "Pending":
                self.instances[name] = replace(
                    one, state_name="Extant", guest_state_name="poweredOn"
                )

    def forget(self) -> None:
        """Let a long while pass: what was torn down is not mentioned any more."""
        gone = [name for name, one in self.instances.items() if one.state_name == "Teardown"]
        for name in gone:
            del self.instances[name]

    @property
    def living(self) -> list[str]:
        """Ids of what has not been torn down."""
        return sorted(n for n, one in self.instances.items() if one.state_name != "Teardown")

    def left(self) -> tuple[int, int, int]:
        """Cores, memory and disk that nothing uses."""
        used = [
            one.instance_type
            for one in self.instances.values()
            if one.state_name != "Teardown" and one.instance_type
        ]
        return (
            self.cores - sum(vm.cores or 0 for vm in used),
            self.memory - sum(vm.memory or 0 for vm in used),
            self.disk - sum(vm.disk or 0 for vm in used),
        )


def _fits(room: tuple[int, int, int], vm: VirtualMachine) -> int:
    wants = (vm.cores or 1, vm.memory or 1, vm.disk or 1)
    return max(min(have // want for have, want in zip(room, wants, strict=True)), 0)


def _pending(ask: cluster.RunInstances, name: str, uuid: str, node: str) -> cluster.ClusterInstance:
    return cluster.ClusterInstance(
        instance_id=name,
        uuid=uuid,
        instance_type=ask.instance_type,
        state_name="Pending",
        service_tag=node,
        owner_id=ask.owner_id,
        account_id=ask.account_id,
        reservation_id=ask.reservation_id,
        key_name=ask.key_name,
    )


class FakeClusters:
    """``Clusters`` over zones in memory, by URL."""

    def __init__(self, zones: dict[str, Zone]) -> None:
        self.zones = zones

    def _zone(self, url: str, what: str) -> Zone:
        zone = self.zones.get(url)
        if zone is None or zone.is_silent:
            raise ClusterSilent(f"{url} does not answer")
        zone.calls.append(what)
        return zone

    def _enabled(self, url: str, what: str) -> Zone:
        zone = self._zone(url, what)
        if zone.state != "ENABLED":
            raise ClusterDeclined(f"the cluster is {zone.state}")
        return zone

    async def describe_services(
        self, url: str, ask: service_control.DescribeServices
    ) -> service_control.DescribeServicesResponse:
        """The state, as a cluster tells it."""
        zone = self._zone(url, "DescribeServices")
        me = ServiceInfo(partition=zone.name, type="cluster", name=zone.name, uris=(url,))
        status = ServiceStatus(service_id=me, local_state=zone.state, local_epoch=0)
        return service_control.DescribeServicesResponse(succeeded=True, service_statuses=(status,))

    async def start_service(self, url: str, ask: service_control.StartService) -> None:
        """To DISABLED."""
        self._zone(url, "StartService").state = "DISABLED"

    async def enable_service(self, url: str, ask: service_control.EnableService) -> None:
        """To ENABLED."""
        self._zone(url, "EnableService").state = "ENABLED"

    async def describe_resources(
        self, url: str, ask: cluster.DescribeResources
    ) -> cluster.DescribeResourcesResponse:
        """How many of each type fit in what is left."""
        zone = self._enabled(url, "DescribeResources")
        room, whole = zone.left(), (zone.cores, zone.memory, zone.disk)
        sizes = tuple(
            cluster.TypeCapacity(
                instance_type=vm,
                max_instances=_fits(whole, vm),
                available_instances=_fits(room, vm),
            )
            for vm in ask.instance_types
        )
        node = cluster.NodeInfo(service_tag=zone.node, iqn="iqn.fake", hypervisor="KVM")
        return cluster.DescribeResourcesResponse(
            succeeded=True, resources=sizes, service_tags=(zone.node,), nodes=(node,)
        )

    async def describe_instances(self, url: str) -> cluster.DescribeInstancesResponse:
        """Everything the zone holds."""
        zone = self._enabled(url, "DescribeInstances")
        return cluster.DescribeInstancesResponse(
            succeeded=True, instances=tuple(zone.instances.values())
        )

    async def run_instances(
        self, url: str, ask: cluster.RunInstances
    ) -> cluster.RunInstancesResponse:
        """Hold what fits of it, for good; what is held already is answered alike."""
        zone = self._enabled(url, "RunInstances")
        zone.runs.append(ask)
        if zone.declines:
            raise ClusterDeclined(zone.declines)
        vm = ask.instance_type or VirtualMachine()
        for name, uuid in zip(ask.instance_ids, ask.uuids, strict=True):
            if name not in zone.instances and _fits(zone.left(), vm):
                zone.instances[name] = _pending(ask, name, uuid, zone.node)
        held = tuple(zone.instances[name] for name in ask.instance_ids if name in zone.instances)
        if len(held) < ask.min_count:
            raise ClusterDeclined("no node has room")
        return cluster.RunInstancesResponse(succeeded=True, instances=held)

    async def terminate_instances(
        self, url: str, ask: cluster.TerminateInstances
    ) -> cluster.TerminateInstancesResponse:
        """Tear down; false for what is on a node that is lost, true for what is not there."""
        zone = self._enabled(url, "TerminateInstances")
        for name in {*ask.instance_ids} & {*zone.instances} - zone.lost:
            zone.instances[name] = replace(zone.instances[name], state_name="Teardown")
        done = tuple(name not in zone.lost for name in ask.instance_ids)
        return cluster.TerminateInstancesResponse(succeeded=True, is_terminated=done)

    async def reboot_instances(self, url: str, ask: cluster.RebootInstances) -> None:
        """Note the reboot."""
        zone = self._enabled(url, "RebootInstances")
        missing = [name for name in ask.instance_ids if name not in zone.instances]
        if missing:
            raise ClusterDeclined(f"unknown: {', '.join(missing)}")
        zone.rebooted.extend(ask.instance_ids)

    async def get_console_output(self, url: str, ask: cluster.GetConsoleOutput) -> str:
        """A line of text."""
        zone = self._enabled(url, "GetConsoleOutput")
        if ask.instance_id not in zone.instances:
            raise ClusterDeclined(f"unknown: {ask.instance_id}")
        return base64.b64encode(f"console of {ask.instance_id}\n".encode()).decode("ascii")

    async def broadcast_network_info(self, url: str, ask: cluster.BroadcastNetworkInfo) -> None:
        """Keep the document."""
        self._enabled(url, "BroadcastNetworkInfo").network.append(ask)
