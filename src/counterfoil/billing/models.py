"""Tables of billing. An issued document and its lines never change, by trigger (`infra.fences`)."""

from __future__ import annotations

from django.db import models


class TaxRate(models.Model):
    """A rate in percent under a code, from a day on. A code names its rate, so that old documents stay right."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=20)
    country = models.CharField(max_length=2, blank=True)
    tax_class = models.CharField(max_length=20)
    name = models.CharField(max_length=40, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()

    class Meta:
        db_table = "billing_tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["books", "code", "valid_from"], name="one_tax_rate_per_code_and_day"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="tax_rate_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Series(models.Model):
    """The numbers of one kind of document in one year. `branch` is empty for the main series (docs/adr)."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    branch = models.CharField(max_length=8, blank=True)
    pattern = models.CharField(max_length=60)
    next_no = models.BigIntegerField(default=1)
    last_date = models.DateField(null=True)

    class Meta:
        db_table = "billing_series"
        constraints = [
            models.UniqueConstraint(fields=["books", "kind", "year", "branch"], name="one_series_per_branch"),
            models.CheckConstraint(condition=models.Q(next_no__gte=1), name="series_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year} {self.branch}".strip()


class Invoice(models.Model):
    """An invoice or a credit note. A draft has no number; an issued one carries its canonical content and hash.

    Amounts of a credit note are positive: its kind says what they mean.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=8)
    series = models.ForeignKey(Series, null=True, on_delete=models.PROTECT, db_index=False)
    no = models.BigIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=120)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT)
    contract = models.ForeignKey("contracts.Contract", null=True, on_delete=models.PROTECT)
    credits = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="credit_note")
    currency = models.CharField(max_length=3)
    issue_date = models.DateField()
    due_date = models.DateField()
    term = models.CharField(max_length=40)
    po_number = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    base_gross_minor = models.BigIntegerField(null=True)
    base_tax_minor = models.BigIntegerField(null=True)
    is_conditional = models.BooleanField(default=False)
    content = models.TextField(blank=True)
    issued_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField(null=True)
    item_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "billing_invoice"
        constraints = [
            models.UniqueConstraint(fields=["books", "source"], name="one_document_per_source"),
            models.UniqueConstraint(fields=["books", "series", "no"], name="one_document_per_number_in_series"),
            models.UniqueConstraint(
                fields=["books", "number"], condition=~models.Q(number=""), name="one_document_per_printed_number"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", no=None, number="")
                | models.Q(state="issued", no__isnull=False, series__isnull=False, gross_minor__gt=0),
                name="a_draft_has_no_number",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="invoice", credits=None) | models.Q(kind="credit_note", credits__isnull=False),
                name="a_credit_note_names_its_invoice",
            ),
        ]
        indexes = [models.Index(fields=["books", "issue_date", "id"], name="document_by_issue_date")]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"


class InvoiceLine(models.Model):
    """One line of a document, with the rate it was taxed at."""

    pk = models.CompositePrimaryKey("invoice_id", "no")
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="lines"
    )
    no = models.PositiveIntegerField()
    product = models.ForeignKey("crm.Product", null=True, on_delete=models.PROTECT, db_index=False)
    product_code = models.CharField(max_length=80, blank=True)
    description = models.TextField()
    quantity_micro = models.BigIntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_percent = models.DecimalField(max_digits=12, decimal_places=6)
    net_minor = models.BigIntegerField()
    tax_code = models.CharField(max_length=20)
    tax_name = models.CharField(max_length=40, blank=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    recognition = models.CharField(max_length=16)
    service_start = models.DateField(null=True)
    service_end = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    contract_line = models.ForeignKey(
        "contracts.ContractLine", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )

    class Meta:
        db_table = "billing_line"

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.no}"


class Condition(models.Model):
    """What moves of an invoice whose right to payment was conditional: how much already stands as a receivable."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, primary_key=True, db_column="id")
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    unconditional_from = models.DateField(null=True)
    gross_minor = models.BigIntegerField()
    grossed_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "billing_condition"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grossed_minor__gte=0, grossed_minor__lte=models.F("gross_minor")),
                name="grossed_up_within_the_invoice",
            )
        ]
        indexes = [
            models.Index(
                fields=["books", "unconditional_from"],
                condition=models.Q(grossed_minor__lt=models.F("gross_minor")),
                name="condition_to_come",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.grossed_minor} of {self.gross_minor}"


class GrossUp(models.Model):
    """One step by which a conditional invoice became a receivable, or by which that was taken back."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT)
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=120)
    on_date = models.DateField()
    amount_minor = models.BigIntegerField()
    entry_id = models.BigIntegerField()

    class Meta:
        db_table = "billing_gross_up"
        constraints = [models.UniqueConstraint(fields=["books", "source"], name="one_gross_up_per_source")]

    def __str__(self) -> str:
        return self.source


class Rendering(models.Model):
    """The printed form of a document: made once, kept under its hash, with the head of the record printed on it."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, primary_key=True)
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    sha256 = models.CharField(max_length=64)
    head_sequence = models.BigIntegerField()
    head_hash = models.CharField(max_length=64)
    pay_to = models.CharField(max_length=400, blank=True)
    rendered_at = models.DateTimeField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "billing_rendering"

    def __str__(self) -> str:
        return self.sha256


class HeldInvoice(models.Model):
    """An invoice asked for that a person must look at before it may be entered."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=120)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    issue_date = models.DateField()
    code = models.CharField(max_length=60)
    facts = models.TextField()
    field = models.CharField(max_length=80, blank=True)
    request = models.TextField()
    actor = models.CharField(max_length=200)
    held_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "billing_held_invoice"
        constraints = [models.UniqueConstraint(fields=["books", "source"], name="one_held_invoice_per_source")]
        indexes = [
            models.Index(fields=["books", "id"], condition=models.Q(settled_at=None), name="held_invoices_to_look_at")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.code}"
