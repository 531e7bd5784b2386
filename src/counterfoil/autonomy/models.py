"""Tables of autonomy: levels with their history, and the shadow log of machine and person."""

from __future__ import annotations

from django.db import models


class LevelChange(models.Model):
    """One line of the history of a kind of decision; append-only. The level in force is a fold over these."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=60, blank=True)
    change = models.CharField(max_length=12)
    mode = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    facts = models.TextField(default="{}")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "autonomy_level_change"
        indexes = [models.Index(fields=["books", "kind", "id"], name="autonomy_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.change} {self.mode}"


class Verdict(models.Model):
    """What the machine said of one thing, comparable with what a person says; append-only.

    `part` tells several documents of one deal apart, counted from 1. `answer` is what is compared, `stake_minor` the
    money at stake in base currency, `segments` the names under which it is counted.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=60)
    mode = models.CharField(max_length=16)
    subject = models.CharField(max_length=60)
    part = models.PositiveIntegerField(default=1)
    inputs_hash = models.CharField(max_length=64)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    answer = models.TextField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    stake_minor = models.BigIntegerField()
    segments = models.TextField(default="{}")
    decision_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "autonomy_verdict"
        constraints = [
            models.UniqueConstraint(
                fields=["books", "kind", "version", "subject", "part", "inputs_hash"], name="autonomy_one_verdict_each"
            )
        ]
        indexes = [
            models.Index(fields=["books", "kind", "version", "id"], name="autonomy_verdicts"),
            models.Index(fields=["subject"], name="autonomy_verdict_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.outcome}"


class Answer(models.Model):
    """What a person said of the same thing, in the queue or by doing it here; append-only."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    part = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=12)
    outcome = models.CharField(max_length=20)
    answer = models.TextField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "autonomy_answer"
        indexes = [models.Index(fields=["books", "kind", "id"], name="autonomy_answers")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.outcome} by {self.actor}"


class Document(models.Model):
    """An invoice of the system that was really used: kept to be compared, never posted. Undo withdraws it."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    number = models.CharField(max_length=60)
    reference = models.CharField(max_length=120)
    subject = models.CharField(max_length=60)
    issue_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    lines = models.TextField(default="[]")
    batch_id = models.BigIntegerField()
    imported_by = models.CharField(max_length=200)
    imported_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "autonomy_document"
        constraints = [
            models.UniqueConstraint(
                fields=["books", "number"], condition=models.Q(withdrawn_at=None), name="autonomy_one_document_a_number"
            )
        ]
        indexes = [
            models.Index(fields=["books", "subject"], name="autonomy_document_deal"),
            models.Index(fields=["batch_id"], name="autonomy_document_batch"),
        ]

    def __str__(self) -> str:
        return f"external invoice {self.number}"


class Promotion(models.Model):
    """A proposal to let a version do more, with the evidence it stands on."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=60)
    from_mode = models.CharField(max_length=16)
    to_mode = models.CharField(max_length=16)
    evidence = models.TextField()
    evidence_hash = models.CharField(max_length=64)
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)

    class Meta:
        db_table = "autonomy_promotion"
        constraints = [
            models.UniqueConstraint(
                fields=["books", "kind"], condition=models.Q(closed_at=None), name="autonomy_one_open_promotion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_mode}"


class Signature(models.Model):
    """One person's signature under a promotion and its evidence; append-only."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT)
    signer = models.CharField(max_length=200)
    evidence_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "autonomy_signature"
        constraints = [models.UniqueConstraint(fields=["promotion", "signer"], name="autonomy_one_signature_a_person")]

    def __str__(self) -> str:
        return self.signer
