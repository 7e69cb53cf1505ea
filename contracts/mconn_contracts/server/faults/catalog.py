"""All faults by name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.faults import access, agreement, envelope, page, paging, shape, transport

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        fault.name: fault
        for fault in chain(
            transport.FAULTS,
            shape.FAULTS,
            envelope.FAULTS,
            page.FAULTS,
            paging.FAULTS,
            agreement.FAULTS,
            access.FAULTS,
        )
    }
)
"""The faults by name, in the order of the statements that they break."""
