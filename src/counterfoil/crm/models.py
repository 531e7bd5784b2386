"""Tables of the CRM. They belong to the organisation; an opportunity names the books that sell."""

from __future__ import annotations

import functools
import operator

from django.db import models


def one_of(column: str, *words: str) -> models.Q:
    """A check that a column holds one of a few words; SQLite takes 4 µs a row for `IN`, and none for this."""
    return functools.reduce(operator.or_, (models.Q(**{column: word}) for word in words))


class ImportBatch(models.Model):
    """One import that changed or refused something. The file itself is not kept, only its hash and the counts."""

    kind = models.CharField(max_length=16)
    profile = models.CharField(max_length=40)
    profile_version = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=200)
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "crm_import_batch"
        indexes = [models.Index(fields=["sha256"], name="crm_import_by_file")]

    def __str__(self) -> str:
        return f"{self.kind} import {self.pk}"


class ImportChange(models.Model):
    """What a row was before an import changed it, as canonical JSON; what an import created names its batch."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT)
    kind = models.CharField(max_length=16)
    object_id = models.BigIntegerField()
    touched_in = models.BigIntegerField(null=True)
    previous = models.TextField()

    class Meta:
        db_table = "crm_import_change"
        indexes = [models.Index(fields=["kind", "object_id"], name="crm_import_change_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} before import {self.batch_id}"


class ImportRefusal(models.Model):
    """Why a row of an import was refused: one for each failing field. No value of the row is kept."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE)
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=255)
    code = models.CharField(max_length=60)
    facts = models.TextField()

    class Meta:
        db_table = "crm_import_refusal"

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


class Imported(models.Model):
    """What import and undo need to know of a row.

    `made_in` is the import that created it, `touched_in` the one that wrote it last; both are null for rows written
    by hand.
    """

    made_in = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    touched_in = models.BigIntegerField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class Customer(Imported):
    """Who buys. A merge is a pointer that is read through; documents keep the customer they were issued to."""

    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255, db_index=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    terms = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=254, blank=True)
    street = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    is_po_required = models.BooleanField(default=False)
    is_blocked = models.BooleanField(default=False)
    segment = models.CharField(max_length=60, blank=True)
    flags = models.CharField(max_length=120, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        db_table = "crm_customer"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="crm_customer_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ExternalId(models.Model):
    """What another system calls one of our rows; a customer may have several."""

    system = models.CharField(max_length=40)
    kind = models.CharField(max_length=16)
    external_id = models.CharField(max_length=255)
    object_id = models.BigIntegerField()

    class Meta:
        db_table = "crm_external_id"
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "external_id"], name="crm_one_object_per_external_id")
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="crm_external_id_object")]

    def __str__(self) -> str:
        return f"{self.system} {self.kind} {self.external_id}"


class Contact(Imported):
    """A person at a customer. Erasing blanks every personal column; the empty row remembers that it was erased."""

    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, db_index=True)
    phone = models.CharField(max_length=60, blank=True)
    company_text = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    notes = models.TextField(blank=True)
    flags = models.CharField(max_length=120, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "crm_contact"

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Product(Imported):
    """A product of the price list. Its kind decides recognition; `code_key` is the code with its case folded.

    `currency` is that of the price and of what one unit costs us.
    """

    code = models.CharField(max_length=60)
    code_key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    tax_class = models.CharField(max_length=20)
    price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    status = models.CharField(max_length=10, default="active")
    term_months = models.PositiveSmallIntegerField(null=True)
    unit_cost_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "crm_product"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["good", "one_time_service", "subscription", "usage", "licence"]),
                name="crm_product_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "retired"]), name="crm_product_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Opportunity(Imported):
    """What a CRM said of a sale, kept even where it makes no sense yet; `version_hash` covers all of it.

    `customer` is null while nobody knows whom `customer_text` means. `service_end` is the first day after the service.
    Books and customer are proven once for a chunk by who writes it, not by a key for each row: three keys took
    PostgreSQL as long as all the rest of a row. Contracts and invoices have their keys.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    system = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    name = models.CharField(max_length=255, blank=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_constraint=False)
    customer_text = models.CharField(max_length=255, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    amount_state = models.CharField(max_length=10)
    stage = models.CharField(max_length=12)
    stage_text = models.CharField(max_length=60, blank=True)
    close_date = models.DateField(null=True)
    terms_text = models.CharField(max_length=80, blank=True)
    billing_text = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=254, blank=True)
    po_number = models.CharField(max_length=60, blank=True)
    service_start = models.DateField(null=True)
    service_end = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    cancellable_until = models.DateField(null=True)
    version_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "crm_opportunity"
        constraints = [
            models.UniqueConstraint(fields=["external_id", "system"], name="crm_one_opportunity_per_external_id"),
            models.CheckConstraint(
                condition=one_of("stage", "won", "lost", "engaging", "prospecting", "proposal"),
                name="crm_opportunity_stage_is_known",
            ),
            models.CheckConstraint(
                condition=one_of("amount_state", "signed", "estimated", "quoted"),
                name="crm_opportunity_amount_state_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["books", "id"], condition=models.Q(stage="won"), name="crm_opportunity_won"),
            models.Index(
                fields=["customer_text"], condition=models.Q(customer=None), name="crm_opportunity_no_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class OpportunityLine(models.Model):
    """One line as it was stated."""

    pk = models.CompositePrimaryKey("opportunity_id", "line")
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="lines"
    )
    line = models.PositiveSmallIntegerField()
    product_text = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=255, blank=True)
    quantity_micro = models.BigIntegerField(null=True)
    unit_price_minor = models.BigIntegerField(null=True)
    discount_percent = models.DecimalField(max_digits=10, decimal_places=6, null=True)
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "crm_opportunity_line"

    def __str__(self) -> str:
        return f"{self.opportunity_id}/{self.line}"


class Activity(Imported):
    """Something that happened with a customer: a call, a mail, a meeting, a note, a task."""

    system = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10)
    happened_at = models.DateTimeField()
    opportunity = models.ForeignKey(Opportunity, null=True, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT)
    owner = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "crm_activity"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "external_id"],
                condition=~models.Q(external_id=""),
                name="crm_one_activity_per_external_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d}"
