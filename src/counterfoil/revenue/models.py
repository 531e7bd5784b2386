"""Tables of revenue: one row for a schedule, however long, and one for each release."""

from __future__ import annotations

from django.db import models


class Schedule(models.Model):
    """What was promised with one line, and how much of it was credited and released.

    The promise is hashed; credited, released and the day of delivery move, and `Release` says how.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=120)
    reference = models.CharField(max_length=60, blank=True)
    contract = models.ForeignKey("contracts.Contract", null=True, on_delete=models.PROTECT)
    customer = models.ForeignKey("crm.Customer", on_delete=models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    recognition = models.CharField(max_length=16)
    earned_from = models.DateField(null=True)
    earned_until = models.DateField(null=True)
    credited_minor = models.BigIntegerField(default=0)
    base_credited_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    base_released_minor = models.BigIntegerField(default=0)
    released_through = models.DateField(null=True)
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "revenue_schedule"
        constraints = [
            models.UniqueConstraint(fields=["books", "source"], name="one_schedule_per_source"),
            models.CheckConstraint(
                condition=models.Q(earned_from=None, earned_until=None)
                | models.Q(earned_until__gt=models.F("earned_from")),
                name="schedule_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["books", "earned_from", "id"],
                condition=~models.Q(released_minor=models.F("amount_minor") - models.F("credited_minor")),
                name="schedules_to_release",
            )
        ]

    def __str__(self) -> str:
        return self.source


class Release(models.Model):
    """What was released of a schedule in one step. Negative: taken back by a credit note.

    `earned_on` is the last day that counts, `posted_on` the accounting date, later where the month was closed.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT)
    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    earned_on = models.DateField()
    posted_on = models.DateField()
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    entry_id = models.BigIntegerField()

    class Meta:
        db_table = "revenue_release"

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.earned_on:%Y-%m}"
