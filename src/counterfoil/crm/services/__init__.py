"""Writing the CRM by hand; what files and connectors write is in `imports`."""

from counterfoil.crm.services.activities import log_activity
from counterfoil.crm.services.contacts import add_contact, erase_contact, update_contact
from counterfoil.crm.services.customers import (
    ExternalIdTaken,
    add_customer,
    attach_customer,
    detach_customer,
    update_customer,
)
from counterfoil.crm.services.opportunities import (
    CurrenciesDiffer,
    OpportunityExists,
    VersionChanged,
    add_opportunity,
    move_stage,
    restate_opportunity,
    said_by_hand,
    update_opportunity,
)
from counterfoil.crm.services.products import MissingTerm, ProductExists, add_product, update_product

__all__ = [
    "CurrenciesDiffer",
    "ExternalIdTaken",
    "MissingTerm",
    "OpportunityExists",
    "ProductExists",
    "VersionChanged",
    "add_contact",
    "add_customer",
    "add_opportunity",
    "add_product",
    "attach_customer",
    "detach_customer",
    "erase_contact",
    "log_activity",
    "move_stage",
    "restate_opportunity",
    "said_by_hand",
    "update_contact",
    "update_customer",
    "update_opportunity",
    "update_product",
]
