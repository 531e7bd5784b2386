"""Tables of the watch: what is usual for whom, and what was found. What was found never changes."""

from __future__ import annotations

from django.db import models


class Profile(models.Model):
    """What is usual for one customer (`customer:12`), one segment (`segment:retail`) or all (`all`); it moves on."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    name = models.CharField(max_length=80)
    content = models.TextField()

    class Meta:
        db_table = "anomalies_profile"
        constraints = [models.UniqueConstraint(fields=["books", "name"], name="one_profile_per_name")]

    def __str__(self) -> str:
        return self.name


class Noted(models.Model):
    """One thing that a rule found, and whether it stopped the posting. Rows are added, never changed."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    subject = models.CharField(max_length=160)
    content_hash = models.CharField(max_length=64)
    customer_id = models.BigIntegerField()
    rule = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=80, blank=True)
    facts = models.TextField()
    stake_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    has_held = models.BooleanField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "anomalies_noted"
        constraints = [
            models.UniqueConstraint(
                fields=["books", "subject", "content_hash", "code", "field", "has_held"],
                name="one_finding_per_content",
            )
        ]
        indexes = [
            models.Index(fields=["books", "customer_id"], name="found_by_customer"),
            models.Index(fields=["books", "seen_at"], name="found_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.code}"
