"""Tables of the standards: which words mean what, and which won deals are held."""

from __future__ import annotations

from django.db import models


class Alias(models.Model):
    """A text of a CRM that a person confirmed to mean a known product or customer."""

    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=255)
    text_key = models.CharField(max_length=255)
    product = models.ForeignKey("crm.Product", null=True, on_delete=models.PROTECT)
    customer = models.ForeignKey("crm.Customer", null=True, on_delete=models.PROTECT)
    confirmed_by = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField()

    class Meta:
        db_table = "standards_alias"
        constraints = [
            models.UniqueConstraint(fields=["kind", "text_key"], name="standards_one_meaning_per_text"),
            models.CheckConstraint(
                condition=models.Q(kind="product", product__isnull=False, customer=None)
                | models.Q(kind="customer", customer__isnull=False, product=None),
                name="standards_alias_has_one_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


class DealRow(models.Model):
    """The version of an opportunity that became a deal: what was invoiced is compared with it. Never changed."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    opportunity = models.ForeignKey("crm.Opportunity", on_delete=models.PROTECT)
    version_hash = models.CharField(max_length=64)
    snapshot = models.TextField()
    made_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "standards_deal"
        constraints = [models.UniqueConstraint(fields=["books", "opportunity"], name="standards_one_deal_per_sale")]

    def __str__(self) -> str:
        return f"deal of opportunity {self.opportunity_id}"


class HeldDeal(models.Model):
    """A won opportunity that may not be invoiced, and why; with both versions when it changed after invoicing."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    opportunity = models.ForeignKey("crm.Opportunity", on_delete=models.CASCADE)
    version_hash = models.CharField(max_length=64)
    findings = models.TextField()
    findings_hash = models.CharField(max_length=64)
    snapshot_before = models.TextField(blank=True)
    snapshot_now = models.TextField()
    first_held_at = models.DateTimeField()
    held_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "standards_held"
        constraints = [models.UniqueConstraint(fields=["books", "opportunity"], name="standards_one_hold_per_sale")]
        indexes = [
            models.Index(fields=["books", "id"], condition=models.Q(resolved_at=None), name="standards_held_open")
        ]

    def __str__(self) -> str:
        return f"opportunity {self.opportunity_id} is held"


class HeldReason(models.Model):
    """One finding of a held deal, to count and filter by; `value` is the text that is to blame."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    held = models.ForeignKey(HeldDeal, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    check_name = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "standards_held_reason"
        constraints = [models.UniqueConstraint(fields=["books", "held", "position"], name="standards_one_reason_each")]
        indexes = [models.Index(fields=["code", "value"], name="standards_held_by_reason")]

    def __str__(self) -> str:
        return self.code


class QualityAudit(models.Model):
    """How sound the data of one week was, as canonical JSON. Auditing a week again adds a row; the latest counts."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    week = models.DateField()
    standard = models.CharField(max_length=40)
    scores = models.TextField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "standards_quality_audit"
        indexes = [models.Index(fields=["books", "week", "id"], name="standards_audit_by_week")]

    def __str__(self) -> str:
        return f"audit of {self.week}"


class QualitySignOff(models.Model):
    """A person answers for an audit: they have seen it, and say what follows."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    audit = models.ForeignKey(QualityAudit, on_delete=models.PROTECT, db_index=False)
    who = models.CharField(max_length=200)
    note = models.CharField(max_length=400)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "standards_quality_sign_off"
        constraints = [models.UniqueConstraint(fields=["books", "audit", "who"], name="standards_one_sign_off_each")]

    def __str__(self) -> str:
        return f"{self.who} signed {self.audit_id}"
