# SPDX-License-Identifier: BSD-2-Clause
"""Messages as spyne models: what the published WSDL is made from, and the reference codec.

The only place that imports spyne.
"""

from __future__ import annotations

import importlib
import logging
import sys
from datetime import datetime
from typing import Any

import six
from lxml import etree

from eucalyptus.contracts.declare import (
    Contract,
    Integer,
    Long,
    Operation,
    Part,
    concrete,
    message_type,
)
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.wire.leaves import is_word


def lend_six() -> None:
    """Lend spyne 2.14 the moved modules of the real six, under the names by which it asks.

    Its own copy of six finds them by a protocol that Python 3.12 no longer has.
    """
    copy = "spyne.util.six.moves"
    sys.modules.setdefault(copy, six.moves)
    for name in (
        "collections_abc", "http_cookies", "urllib", "urllib.error", "urllib.parse",
        "urllib.request",
    ):  # fmt: skip
        sys.modules.setdefault(f"{copy}.{name}", importlib.import_module(f"six.moves.{name}"))


def dismiss_importer() -> None:
    """Take the importer of spyne's six off the list: others (pytest's) stumble over it."""
    sys.meta_path[:] = [
        importer for importer in sys.meta_path if type(importer).__module__ != "spyne.util.six"
    ]


lend_six()

from spyne import (  # noqa: E402
    Application,
    Boolean,
    ByteArray,
    ComplexModel,
    DateTime,
    Double,
    Enum,
    Integer32,
    Integer64,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne import Integer as Whole  # noqa: E402
from spyne import const as spyne_const  # noqa: E402
from spyne.interface.wsdl import Wsdl11  # noqa: E402
from spyne.protocol.soap import Soap11  # noqa: E402
from spyne.protocol.xml import XmlDocument  # noqa: E402
from spyne.server.http import HttpBase  # noqa: E402

dismiss_importer()
# spyne collects garbage at every closed context otherwise: 40 ms a time.
spyne_const.MIN_GC_INTERVAL = 1e9
# It logs every fault with a traceback; the doors keep the only access log.
logging.getLogger("spyne").setLevel(logging.CRITICAL)

LEAVES: dict[Any, Any] = {
    str: Unicode, int: Integer32, Long: Integer64, Integer: Whole, bool: Boolean,
    float: Double, datetime: DateTime, bytes: ByteArray,
}  # fmt: skip


class Models:
    """The spyne models of one contract in one API version, made once each."""

    def __init__(self, contract: Contract, version: str) -> None:
        self.contract, self.version = contract, version
        self.namespace = contract.at(version)
        self._made: dict[str, Any] = {}
        self._kinds: list[Any] = []

    def known_parts(self, message: type) -> tuple[Part, ...]:
        """The parts that SOAP carries in this version (those of a parent class first)."""
        return soap_parts(message, self.version)

    def type_name(self, message: type) -> str:
        """What a message's type is called in this version."""
        return message_type(message).name_in(self.version)

    def model(self, message: Any) -> Any:
        """The ComplexModel of a message class, its parent's parts first.

        Flat, because spyne refuses a bare message that adds nothing to its parent's parts.
        """
        name = self.type_name(message)
        if name not in self._made:
            fields = [(p.name, self._field(p)) for p in self.known_parts(message)]
            self._made[name] = self._complex(name, fields)
            if message_type(message).abstract:
                self._kinds += map(self.model, concrete(message))
        return self._made[name]

    def _complex(self, name: str, fields: list[tuple[str, Any]]) -> Any:
        return type(
            name,
            (ComplexModel,),
            {"__namespace__": self.namespace, "__type_name__": name, "_type_info": fields},
        )

    def _field(self, part: Part) -> Any:
        of = self.model(part.of) if part.is_message else self._leaf(part.of)
        if part.set_type:
            return self._set(part, of).customize(min_occurs=int(part.required), nillable=False)
        if part.repeated:
            return of.customize(
                min_occurs=part.least, max_occurs=part.most or "unbounded", nillable=part.nillable
            )
        return of.customize(min_occurs=int(part.required), nillable=part.nillable)

    def _leaf(self, of: Any) -> Any:
        if not is_word(of):
            return LEAVES[of]
        if of.__name__ not in self._made:
            made = Enum(*of, type_name=of.__name__)
            made.__namespace__ = self.namespace
            self._made[of.__name__] = made
        return self._made[of.__name__]

    def _set(self, part: Part, of: Any) -> Any:
        if part.set_type not in self._made:
            item = of.customize(min_occurs=part.least, max_occurs="unbounded", nillable=False)
            self._made[part.set_type] = self._complex(part.set_type, [(part.item, item)])
        return self._made[part.set_type]

    def operations(self) -> tuple[Operation, ...]:
        """The operations that this version's WSDL has."""
        return tuple(o for o in self.contract.operations if o.in_wsdl(self.version))

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
            classes=self._kinds,
        )

    def interface_document(self, url: str) -> bytes:
        """Spyne's own WSDL for ``application``, served at ``url``."""
        application = self.application()
        HttpBase(application)  # without a server spyne writes a transport nobody understands
        document = Wsdl11(application.interface)
        document.build_interface_document(url)
        made: bytes = document.get_interface_document()
        return made

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

    # --- the reference codec: what the compiled one is measured and checked against -----------

    def value(self, message: Any, kind: Any = None) -> Any:
        """A message as an instance of its spyne model, or of that of a parent ``kind``."""
        kind = kind or type(message)
        made = self.model(kind)()
        for part in self.known_parts(kind):
            got = (message,) if part.folded else getattr(message, part.attribute)
            setattr(made, part.name, self._part_value(part, got))
        return made

    def _part_value(self, part: Part, got: Any) -> Any:
        if got is None:
            got = part.otherwise
        if not part.repeated:
            return self.value(got) if part.is_message and got is not None else got
        if got is None:
            return None  # a list that was not chosen
        listed = [self.value(one, part.of) if part.is_message else one for one in got]
        if not part.set_type:
            return listed or None
        made = self._made[part.set_type]()
        setattr(made, part.item, listed)
        return made

    def element(self, model: Any, value: Any, name: str) -> etree._Element:
        """What spyne writes for an instance of ``model``."""
        top = etree.Element("top")
        XmlDocument().to_parent(None, model, value, top, self.namespace, name)
        return top[0]

    def read(self, model: Any, element: etree._Element) -> Any:
        """What spyne reads."""
        return XmlDocument().from_element(None, model, element)
