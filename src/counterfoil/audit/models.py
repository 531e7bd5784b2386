"""Tables of the record. Events and links are append-only by trigger."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One business act, in the words of the station that recorded it."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    books = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    body = models.TextField()
    items_count = models.PositiveIntegerField()
    items_root = models.CharField(max_length=64, blank=True)
    form = models.PositiveSmallIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_event"
        indexes = [models.Index(fields=["subject"], name="audit_event_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Pending(models.Model):
    """An event that waits for its place in the chain; written with the event, taken by the sealer."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)

    class Meta:
        db_table = "audit_pending"

    def __str__(self) -> str:
        return str(self.pk)


class LinkRow(models.Model):
    """An event's place in the chain."""

    sequence = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_link"

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:16]}"


class SubjectKey(models.Model):
    """The random key under which a person's values enter the record. Deleting it erases the person from the record."""

    subject = models.CharField(max_length=120, primary_key=True)
    key = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_subject_key"

    def __str__(self) -> str:
        return self.subject


class Anchor(models.Model):
    """A head of the chain left the house, or should have and did not (`problem` is then the code of why)."""

    store = models.CharField(max_length=60)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    left_at = models.DateTimeField()
    problem = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "audit_anchor"
        indexes = [
            models.Index(fields=["store", "-id"], name="audit_anchor_by_store"),
            models.Index(fields=["sequence"], name="audit_anchor_by_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.store}: {self.hash[:16]} at {self.sequence}"


class AnchorStore(models.Model):
    """A place outside the database that keeps heads: a folder, a mail address, or an address of the web."""

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10)
    target = models.CharField(max_length=400)
    every_minutes = models.PositiveIntegerField(default=60)

    class Meta:
        db_table = "audit_anchor_store"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every_minutes__gte=1, every_minutes__lte=60), name="a_head_leaves_at_least_hourly"
            ),
            models.CheckConstraint(condition=~models.Q(name="home"), name="home_is_the_first_store"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.target}"
