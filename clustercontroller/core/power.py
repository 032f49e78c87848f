# SPDX-License-Identifier: BSD-2-Clause
"""POWERSAVE: which idle nodes go to sleep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clustercontroller.core.nodes import Node
from clustercontroller.core.scheduler import NodeState


def idle_since(
    nodes: Iterable[Node], idle: Iterable[str], before: Mapping[str, float], now: float
) -> Mapping[str, float]:
    """Since when each node in ``idle`` has been idle, given what was so ``before``.

    Only a node that is up and takes instances counts: a disabled one is being looked at by
    its administrator.
    """
    able = {n.name for n in nodes if n.state is NodeState.RESUP and n.enabled and n.configured}
    return {name: before.get(name, now) for name in idle if name in able}


def tired(since: Mapping[str, float], now: float, after: float) -> tuple[str, ...]:
    """The nodes that have been idle for ``after`` seconds."""
    return tuple(name for name, start in since.items() if now - start >= after)
