# SPDX-License-Identifier: BSD-2-Clause
"""Apache libcloud's own driver for this cloud: Query, signature version 2, the newest version."""

from __future__ import annotations

from typing import Any

import pytest

from cloudinabox.soap import ENDPOINT
from tests.world.access import Access


class Libcloud:
    """Asks for each node's public addresses too, and tags what it launches with its name."""

    def __init__(self, access: Access) -> None:
        drivers = pytest.importorskip(
            "libcloud.compute.drivers.ec2", reason="apache-libcloud is not installed"
        )
        _, _, address, *path = ENDPOINT.split("/")
        host, _, port = address.partition(":")
        self._driver: Any = drivers.EucNodeDriver(
            *access.key, secure=False, host=host, port=int(port), path="/" + "/".join(path)
        )
        # Its filter for zones names the region.
        self._driver.region_name = access.variables["AWS_DEFAULT_REGION"]

    def zones(self) -> list[str]:
        """Names of the availability zones."""
        return [one.name for one in self._driver.ex_list_availability_zones()]

    def images(self) -> list[str]:
        """Ids of the images."""
        return [one.id for one in self._driver.list_images()]

    def create_key(self, name: str) -> str:
        """Make a key pair; its private half as PEM text."""
        return str(self._driver.create_key_pair(name).private_key)

    def create_group(self, name: str) -> None:
        """Make a security group."""
        assert self._driver.ex_create_security_group(name, "from libcloud")["group_id"]

    def run(self, image: str, key: str, group: str) -> str:
        """Start one instance; its id."""
        from libcloud.compute.base import NodeSize

        (found,) = self._driver.list_images(ex_image_ids=[image])
        size = NodeSize("m1.small", "m1.small", 0, 0, None, 0.0, self._driver)
        made = self._driver.create_node(
            name=f"of {key}", image=found, size=size, ex_keyname=key, ex_security_groups=[group]
        )
        assert self._node(made.id).name == f"of {key}"
        return str(made.id)

    def _node(self, instance: str) -> Any:
        (found,) = self._driver.list_nodes(ex_node_ids=[instance])
        return found

    def state(self, instance: str) -> str:
        """An instance's state."""
        return str(self._node(instance).extra["status"])

    def console(self, instance: str) -> str:
        """What an instance wrote to its console."""
        return str(self._driver.ex_get_console_output(self._node(instance))["output"] or "")

    def reboot(self, instance: str) -> None:
        """Reboot an instance."""
        assert self._driver.reboot_node(self._node(instance))

    def terminate(self, instance: str) -> str:
        """End an instance; libcloud says that it did, and the state is asked for."""
        assert self._driver.destroy_node(self._node(instance))
        return self.state(instance)
