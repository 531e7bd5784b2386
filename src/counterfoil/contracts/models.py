"""Tables of contracts. What was agreed is hashed; only a contract's state and what was invoiced of it move."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from counterfoil.contracts import domain
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.standards.domain import Recognition


class Counter(models.Model):
    """The next contract number of some books."""

    books = models.OneToOneField("people.Books", on_delete=models.PROTECT, primary_key=True)
    next_no = models.BigIntegerField(default=1)

    class Meta:
        db_table = "contracts_counter"

    def __str__(self) -> str:
        return f"C-{self.next_no:04d}"


class Contract(models.Model):
    """A signed deal. One opportunity has one live contract."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    number = models.CharField(max_length=20)
    opportunity = models.ForeignKey("crm.Opportunity", on_delete=models.PROTECT)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    term = models.CharField(max_length=40)
    signed_date = models.DateField()
    po_number = models.CharField(max_length=120, blank=True)
    billing = models.CharField(max_length=12)
    unconditional_from = models.DateField(null=True)
    version_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="live")
    undone_on = models.DateField(null=True)
    undone_reason = models.CharField(max_length=200, blank=True)
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "contracts_contract"
        constraints = [
            models.UniqueConstraint(fields=["books", "number"], name="one_contract_per_number"),
            models.UniqueConstraint(
                fields=["books", "opportunity"],
                condition=models.Q(state="live"),
                name="one_live_contract_per_opportunity",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["live", "ended", "undone"]), name="contract_state_is_known"
            ),
        ]
        indexes = [models.Index(fields=["books", "signed_date"], name="contract_by_signed_date")]

    def __str__(self) -> str:
        return self.number


class ContractLine(models.Model):
    """One line of a contract, as it was sold."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT)
    line_no = models.PositiveIntegerField()
    product = models.ForeignKey("crm.Product", on_delete=models.PROTECT)
    product_code = models.CharField(max_length=80)
    description = models.TextField()
    quantity_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    unit_price_minor = models.BigIntegerField()
    discount_percent = models.DecimalField(max_digits=12, decimal_places=6)
    net_minor = models.BigIntegerField()
    tax_class = models.CharField(max_length=20)
    recognition = models.CharField(max_length=16)
    service_start = models.DateField(null=True)
    service_end = models.DateField(null=True)
    delivered_on = models.DateField(null=True)

    class Meta:
        db_table = "contracts_line"
        constraints = [
            models.UniqueConstraint(fields=["books", "contract", "line_no"], name="one_contract_line_per_no"),
            models.CheckConstraint(
                condition=models.Q(service_start=None, service_end=None)
                | models.Q(service_end__gt=models.F("service_start")),
                name="contract_line_service_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.line_no}"

    def as_domain(self) -> domain.ContractLine:
        """The line as the rules know it."""
        money = currency(self.currency)
        return domain.ContractLine(
            self.pk,
            self.line_no,
            self.product_id,
            self.product_code,
            self.description,
            self.quantity_micro,
            Money(self.unit_price_minor, money),
            Decimal(self.discount_percent).normalize(),
            Money(self.net_minor, money),
            self.tax_class,
            Recognition(self.recognition),
            Span(self.service_start, self.service_end) if self.service_start and self.service_end else None,
            self.delivered_on,
        )


class Instalment(models.Model):
    """One part of a contract that is invoiced together. How it divides the lines follows from the contract."""

    pk = models.CompositePrimaryKey("contract_id", "no")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_index=False)
    no = models.PositiveIntegerField()
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    invoice_date = models.DateField()
    net_minor = models.BigIntegerField()
    is_invoiced = models.BooleanField(default=False)
    undone = models.PositiveSmallIntegerField(default=0)
    """How often its invoice was undone: each one after is an invoice of its own."""
    is_held = models.BooleanField(default=False)
    """Its invoice was undone; it waits until a person has it invoiced again."""

    class Meta:
        db_table = "contracts_instalment"
        indexes = [
            models.Index(
                fields=["books", "invoice_date"],
                condition=models.Q(is_invoiced=False, is_held=False),
                name="instalments_to_invoice",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.no}"
