"""Tables of receivables. Allocations are only ever added: what takes one back is another row."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class BankAccount(models.Model):
    """One of our bank accounts and the ledger account that mirrors it.

    `ledger_before_minor` is what the ledger account held when the bank account was opened here, and
    `entered_before_minor` how much of the first statement's opening balance was entered since.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    iban = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=140)
    currency = models.CharField(max_length=3)
    account_code = models.CharField(max_length=20)
    ledger_before_minor = models.BigIntegerField()
    entered_before_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "receivables_bank_account"
        constraints = [
            models.UniqueConstraint(fields=["books", "iban", "currency"], name="one_bank_account_per_number"),
            models.UniqueConstraint(fields=["books", "account_code"], name="one_bank_account_per_ledger_account"),
        ]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """A statement that was imported; its balances are NULL where the file gave none.

    An import that was undone keeps its rows (the record knows them) and counts for nothing.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, db_index=False)
    message_id = models.CharField(max_length=140)
    statement_id = models.CharField(max_length=140)
    sequence = models.BigIntegerField(null=True)
    first_date = models.DateField()
    last_date = models.DateField()
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    lines_count = models.PositiveIntegerField()
    pending_count = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    batch_id = models.BigIntegerField(null=True)
    imported_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "receivables_statement"
        constraints = [
            models.UniqueConstraint(
                fields=["books", "bank_account", "message_id", "statement_id"],
                condition=Q(undone_at=None),
                name="one_statement_per_name",
            )
        ]
        indexes = [models.Index(fields=["books", "bank_account", "last_date"], name="statement_by_last_date")]

    def __str__(self) -> str:
        return self.statement_id


class BankLine(models.Model):
    """A booked movement of a bank account; money in is positive. It is in the ledger only while it is posted.

    `note` says why it was ignored or quarantined, `left_code` what kept the last matching from settling it.
    `postings` counts how often it was posted; while it is, `entry_id` is its entry and `settlement_hash` says how.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, db_index=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT)
    identity = models.CharField(max_length=56)
    row = models.PositiveIntegerField()
    booking_date = models.DateField()
    value_date = models.DateField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    counterparty = models.CharField(max_length=255, blank=True)
    counterparty_iban = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    reference = models.CharField(max_length=35, blank=True)
    end_to_end_id = models.CharField(max_length=64, blank=True)
    bank_tx_id = models.CharField(max_length=140, blank=True)
    is_reversal = models.BooleanField()
    has_bad_iban = models.BooleanField()
    state = models.CharField(max_length=12)
    note = models.CharField(max_length=60, blank=True)
    left_code = models.CharField(max_length=60, blank=True)
    is_hands_off = models.BooleanField(default=False)
    is_manual = models.BooleanField(default=False)
    postings = models.PositiveIntegerField(default=0)
    settlement_hash = models.CharField(max_length=64, blank=True)
    entry_id = models.BigIntegerField(null=True)
    posted_at = models.DateTimeField(null=True)
    decision_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "receivables_bank_line"
        constraints = [
            models.UniqueConstraint(fields=["books", "bank_account", "identity"], name="one_bank_line_per_identity"),
            models.CheckConstraint(
                condition=Q(state__in=["listed", "posted", "ignored", "quarantined"]), name="bank_line_state"
            ),
            models.CheckConstraint(
                condition=Q(state="posted", entry_id__isnull=False) | (~Q(state="posted") & Q(entry_id__isnull=True)),
                name="posted_bank_line_has_its_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["books", "state", "booking_date", "id"], name="bank_line_by_state"),
            models.Index(fields=["books", "bank_account", "bank_tx_id"], name="bank_line_by_bank_id"),
            models.Index(fields=["entry_id"], name="bank_line_by_entry", condition=Q(entry_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"bank line {self.pk}"


class OpenItem(models.Model):
    """What one issued document leaves open. Amounts are never negative; the kind says who owes whom.

    `match_key` is the number without anything but letters and digits. A conditional item stands on the netted pair of
    accounts until `unconditional_on`.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT)
    kind = models.CharField(max_length=12)
    document_id = models.BigIntegerField()
    contract_id = models.BigIntegerField(null=True)
    number = models.CharField(max_length=40)
    match_key = models.CharField(max_length=40)
    reference = models.CharField(max_length=35, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    open_base_minor = models.BigIntegerField()
    issue_date = models.DateField()
    due_date = models.DateField()
    is_conditional = models.BooleanField()
    unconditional_on = models.DateField(null=True)
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "receivables_open_item"
        constraints = [
            models.UniqueConstraint(fields=["books", "document_id"], name="one_open_item_per_document"),
            models.CheckConstraint(
                condition=Q(open_minor__gte=0, open_minor__lte=F("amount_minor"), amount_minor__gt=0),
                name="open_amount_within_item",
            ),
            models.CheckConstraint(
                condition=Q(open_minor__gt=0, open_base_minor__gte=0) | Q(open_minor=0, open_base_minor=0),
                name="open_base_amount_within_item",
            ),
            models.CheckConstraint(condition=Q(kind__in=["invoice", "credit_note"]), name="open_item_kind"),
        ]
        indexes = [
            models.Index(fields=["books", "match_key"], name="open_item_by_number"),
            models.Index(fields=["books", "reference"], name="open_item_by_reference"),
            models.Index(fields=["books", "due_date"], condition=Q(open_minor__gt=0), name="open_item_by_due_date"),
            models.Index(fields=["books", "open_minor"], condition=Q(open_minor__gt=0), name="open_item_by_amount"),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money that came from a customer (or went back), and what of it is not applied to any item yet.

    `source` is the business key: the bank line's posting, or what the person who entered it by hand was given.
    `other_minor` is what went to ledger accounts instead (negative: a bank charge that was kept back).
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=120)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    bank_line = models.ForeignKey(BankLine, null=True, on_delete=models.PROTECT)
    paid_date = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    other_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField()
    unapplied_base_minor = models.BigIntegerField()
    text = models.CharField(max_length=255, blank=True)
    is_manual = models.BooleanField()
    is_by_hand = models.BooleanField()
    settlement_hash = models.CharField(max_length=64)
    entry_id = models.BigIntegerField()
    undone_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "receivables_payment"
        constraints = [
            models.UniqueConstraint(fields=["books", "source"], name="one_payment_per_source"),
            models.CheckConstraint(
                condition=Q(unapplied_minor=0, unapplied_base_minor=0)
                | Q(
                    unapplied_minor__gt=0,
                    unapplied_minor__lte=F("amount_minor") - F("other_minor"),
                    unapplied_base_minor__gte=0,
                ),
                name="unapplied_within_payment",
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="payment_is_not_zero"),
        ]
        indexes = [
            models.Index(fields=["books", "paid_date"], name="payment_by_date"),
            models.Index(
                fields=["books", "customer"], condition=Q(unapplied_minor__gt=0), name="payment_with_unapplied_cash"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class Allocation(models.Model):
    """The part of a payment or credit note that settles an item; negative where it takes an earlier one back.

    `amount_minor` is in the item's currency, `base_minor` what the item was carried at, `paid_minor` what it took of
    the payment or the credit note in its currency, `paid_base_minor` what that was worth in base.
    `undoes` takes a match back as if it had not been (once), `returns` is money that went back to the payer.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT)
    credit_item = models.ForeignKey(OpenItem, null=True, on_delete=models.PROTECT, related_name="given")
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    paid_base_minor = models.BigIntegerField()
    made_on = models.DateField()
    made_at = models.DateTimeField()
    is_manual = models.BooleanField()
    entry_id = models.BigIntegerField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    returns = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="returned_by")
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "receivables_allocation"
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="allocation_is_not_zero"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, credit_item__isnull=True)
                | Q(payment__isnull=True, credit_item__isnull=False),
                name="allocation_of_payment_or_credit",
            ),
        ]
        indexes = [models.Index(fields=["books", "made_on"], name="allocation_by_date")]

    def __str__(self) -> str:
        return f"allocation {self.pk}"
