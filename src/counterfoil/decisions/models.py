"""Tables of the counterfoils; append-only by trigger."""

from __future__ import annotations

from django.db import models


class Decision(models.Model):
    """One automatic act; a batch is one row with items."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    kind = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=40)
    mode = models.CharField(max_length=16)
    actor = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    items_count = models.PositiveIntegerField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "decisions_decision"

    def __str__(self) -> str:
        return f"CF-{self.pk} {self.kind}"


class DecisionItem(models.Model):
    """One decided thing of a batch.

    `form` says what `item_hash` covers: rows of form 1 have nothing in the columns after it.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, db_index=False)
    position = models.PositiveIntegerField()
    subject = models.CharField(max_length=60)
    inputs = models.TextField()
    inputs_hash = models.CharField(max_length=64)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    facts = models.TextField()
    item_hash = models.CharField(max_length=64)
    form = models.PositiveSmallIntegerField(default=1)
    effects = models.TextField(default="")
    reasons = models.TextField(default="")
    money_minor = models.BigIntegerField(null=True)
    money_currency = models.CharField(max_length=3, default="")
    score_micro = models.BigIntegerField(null=True)
    approver = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "decisions_item"
        constraints = [models.UniqueConstraint(fields=["decision", "position"], name="one_item_per_position")]
        indexes = [models.Index(fields=["subject"], name="decision_item_subject")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.outcome}"


class DecisionEffect(models.Model):
    """What a decided item led to, to be found from there; what it was is in the item and under its hash."""

    item = models.ForeignKey(DecisionItem, on_delete=models.PROTECT)
    effect = models.CharField(max_length=60)

    class Meta:
        db_table = "decisions_effect"
        indexes = [models.Index(fields=["effect"], name="decision_effect")]

    def __str__(self) -> str:
        return self.effect


class Consulted(models.Model):
    """What decisions were made by, kept once under the hash of its canonical form: a standard, a table, a policy."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.TextField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "decisions_consulted"

    def __str__(self) -> str:
        return self.sha256[:12]


class Dispute(models.Model):
    """Somebody says that a decision is wrong. What became of it is in its steps."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    item = models.ForeignKey(DecisionItem, on_delete=models.PROTECT)
    reason = models.CharField(max_length=1000)
    raised_by = models.CharField(max_length=200)
    raised_at = models.DateTimeField()

    class Meta:
        db_table = "decisions_dispute"

    def __str__(self) -> str:
        return f"dispute {self.pk}"


class DisputeStep(models.Model):
    """What was said to a dispute: an answer, or its end."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12)
    text = models.CharField(max_length=1000)
    said_by = models.CharField(max_length=200)
    said_at = models.DateTimeField()

    class Meta:
        db_table = "decisions_dispute_step"
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"],
                condition=models.Q(kind__in=["accepted", "rejected", "withdrawn"]),
                name="a_dispute_ends_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dispute_id}"
