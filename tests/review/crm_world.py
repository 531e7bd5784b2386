"""Won deals as another CRM exports them: dirty where a product is."""

from __future__ import annotations

from counterfoil.flows import import_file
from tests.builders import NOW, TESTER
from tests.company import Company

HEADER = (
    "external_id", "name", "account", "amount", "currency", "amount_state", "stage", "close_date", "product_code",
    "quantity", "discount_pct", "payment_terms", "billing_type", "owner_email", "po_number",
)  # fmt: skip


def imports(company: Company, *products: str, first: int = 1) -> None:
    """Import won deals as a CRM exports them: dirty where a product is."""
    rows = [",".join(HEADER)]
    for number, product in enumerate(products, first):
        rows.append(
            f"D{number},Deal {number},Kestrel Water AG,1200.00,EUR,signed,Closed Won,2026-10-15,{product},1,0,Net 30,"
            f"up_front,rep@example.test,PO-{number}"
        )
    done = import_file.import_file(
        kind="deals",
        data="\n".join(rows).encode(),
        file_name="deals.csv",
        profile="crm-export",
        actor=TESTER,
        books_id=company.books.id,
        at=NOW,
    )
    assert done.accepted == len(products), done.errors
