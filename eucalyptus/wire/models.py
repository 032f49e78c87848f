# SPDX-License-Identifier: BSD-2-Clause
"""Messages as spyne models: what the published WSDL is made from, and the reference codec.

With ``wsdl.py`` the only place that imports spyne.
"""

from __future__ import annotations

import logging
import sys
from collections import OrderedDict
from datetime import datetime
from typing import Any

import six

from eucalyptus.contracts.declare import Contract, Long, Operation, Part, parts

# spyne 2.14 carries a six that Python 3.12's importer no longer finds: lend it the real one.
sys.modules.setdefault("spyne.util.six.moves", six.moves)

from spyne import (  # noqa: E402
    Application,
    Boolean,
    ComplexModel,
    DateTime,
    Double,
    Integer32,
    Integer64,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne import const as spyne_const  # noqa: E402
from spyne.protocol.soap import Soap11  # noqa: E402

# spyne collects garbage at every closed context otherwise: 40 ms a time.
spyne_const.MIN_GC_INTERVAL = 1e9
logging.getLogger("spyne").setLevel(logging.CRITICAL)

LEAVES: dict[Any, Any] = {
    str: Unicode, int: Integer32, Long: Integer64, bool: Boolean, float: Double,
    datetime: DateTime,
}  # fmt: skip


class Models:
    """The spyne models of one contract in one API version, made once each."""

    def __init__(self, contract: Contract, version: str) -> None:
        self.contract, self.version = contract, version
        self.namespace = contract.at(version)
        self._made: dict[str, Any] = {}

    def known_parts(self, message: type) -> list[Part]:
        """The parts that SOAP carries in this version."""
        return [p for p in parts(message) if p.known_in(self.version) and not p.query_only]

    def model(self, message: Any) -> Any:
        """The ComplexModel of a message class."""
        name = message.__message__.name
        if name not in self._made:
            fields = [(p.name, self._field(p)) for p in self.known_parts(message)]
            self._made[name] = self._complex(name, fields)
        return self._made[name]

    def _complex(self, name: str, fields: list[tuple[str, Any]]) -> Any:
        return type(
            str(name),
            (ComplexModel,),
            {
                "__namespace__": self.namespace,
                "__type_name__": name,
                "_type_info": list(OrderedDict(fields).items()),
            },
        )

    def _field(self, part: Part) -> Any:
        of = self.model(part.of) if part.is_message else LEAVES[part.of]
        limits = {"min_occurs": int(part.required), "nillable": part.nillable}
        if part.set_type:
            return self._set(part, of).customize(**limits)
        if part.repeated:
            return of.customize(
                min_occurs=part.least, max_occurs="unbounded", nillable=part.nillable
            )
        return of.customize(**limits)

    def _set(self, part: Part, of: Any) -> Any:
        if part.set_type not in self._made:
            item = of.customize(min_occurs=part.least, max_occurs="unbounded", nillable=False)
            self._made[part.set_type] = self._complex(part.set_type, [(part.item, item)])
        return self._made[part.set_type]

    def operations(self) -> tuple[Operation, ...]:
        """The operations that this version's WSDL has."""
        known = (o for o in self.contract.operations if o.soap)
        return tuple(o for o in known if not self.version or o.since <= self.version)

    def application(self) -> Application:
        """A spyne application with every operation, document/literal bare."""
        methods = {o.name: self._method(o) for o in self.operations()}
        service: Any = type(self.contract.service, (ServiceBase,), methods)
        service.__service_name__ = self.contract.service
        service.__port_types__ = (self.contract.port,)
        return Application(
            [service],
            tns=self.namespace,
            name=self.contract.service,
            in_protocol=Soap11(),
            out_protocol=Soap11(),
        )

    def _method(self, operation: Operation) -> Any:
        def unserved(ctx: Any, request: Any) -> Any:
            raise AssertionError("spyne describes this contract; it does not serve it")

        unserved.__name__ = operation.name
        return rpc(
            self.model(operation.asks),
            _returns=self.model(operation.answers),
            _body_style="bare",
            _in_message_name=operation.name,
            _out_message_name=operation.name + "Response",
            _port_type=self.contract.port,
        )(unserved)
