"""Writing the record, chaining it, letting its heads leave the house, and checking it."""

from counterfoil.audit.services.anchors import LOOKS_EVERY, add_store, export_head, remove_store
from counterfoil.audit.services.chain import (
    forget,
    open_keys,
    personal_macs,
    record,
    reserve_event,
    reserve_event_and,
    seal,
)
from counterfoil.audit.services.checking import verify

__all__ = [
    "LOOKS_EVERY",
    "add_store",
    "export_head",
    "forget",
    "open_keys",
    "personal_macs",
    "record",
    "remove_store",
    "reserve_event",
    "reserve_event_and",
    "seal",
    "verify",
]
