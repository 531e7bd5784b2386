"""Tables of the journal. Entries and postings are append-only by trigger; balances are kept beside them."""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    """One account of the books' chart."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    role = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["books", "code"], name="one_account_per_code"),
            models.UniqueConstraint(
                fields=["books", "role"], condition=~models.Q(role=""), name="one_account_per_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Entry(models.Model):
    """A posted journal entry; `postings` is how many it has. Books and reversed entry are proven by trigger as well."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    entry_date = models.DateField()
    memo = models.CharField(max_length=255)
    source = models.CharField(max_length=120)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="reversal"
    )
    postings = models.PositiveIntegerField()
    posted_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_entry"
        constraints = [models.UniqueConstraint(fields=["books", "source"], name="one_entry_per_source")]
        indexes = [models.Index(fields=["books", "entry_date"], name="ledger_entry_by_date")]

    def __str__(self) -> str:
        return f"J-{self.pk}"


class PostingRow(models.Model):
    """One side of a posted entry. Entry and account are proven by trigger, not by a key for each row."""

    pk = models.CompositePrimaryKey("entry_id", "line")
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="posting_rows"
    )
    line = models.PositiveSmallIntegerField()
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    entry_date = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    contract_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_posting"
        indexes = [models.Index(fields=["books", "account", "entry_date"], name="ledger_posting_by_account")]

    def __str__(self) -> str:
        return f"J-{self.entry_id}/{self.line}"


class Period(models.Model):
    """A month of the books: open or closed. It appears when it is first used."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    start_date = models.DateField()
    end_date = models.DateField()
    state = models.CharField(max_length=8, default="open")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["books", "start_date"], name="one_period_per_month"),
            models.CheckConstraint(condition=models.Q(state__in=["open", "closed"]), name="period_is_open_or_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.start_date:%Y-%m}: {self.state}"


class PeriodStep(models.Model):
    """A period was closed or reopened: by whom, why, and with which trial balance."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    period = models.ForeignKey(Period, on_delete=models.PROTECT)
    state = models.CharField(max_length=8)
    actor = models.CharField(max_length=200)
    reason = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField()
    trial_balance = models.TextField()

    def __str__(self) -> str:
        return f"{self.period}: {self.state}"


class Balance(models.Model):
    """What one month moved on one account in one currency; always equal to a fold over the postings."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    month = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.UniqueConstraint(fields=["books", "account", "month", "currency"], name="one_balance_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.month:%Y-%m}"


class ExchangeRate(models.Model):
    """Units of base currency for one unit of another currency, from a day on."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    base_rate = models.DecimalField(max_digits=24, decimal_places=12)

    class Meta:
        db_table = "ledger_exchange_rate"
        constraints = [models.UniqueConstraint(fields=["books", "currency", "valid_from"], name="one_rate_per_day")]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from}: {self.base_rate}"
