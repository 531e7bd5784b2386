"""Tables of the policies; append-only by trigger, so that what was agreed and by whom never changes."""

from __future__ import annotations

from django.db import models


class VersionRow(models.Model):
    """One version of one kind: the content, why it is proposed, who looks after it. Without books: of all of them."""

    books = models.ForeignKey("people.Books", null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=24)
    number = models.PositiveIntegerField()
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=40)
    based_on = models.CharField(max_length=40)
    reason = models.CharField(max_length=400)
    owner = models.CharField(max_length=200)
    review_date = models.DateField()
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "policies_version"
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="policies_one_version_per_number"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="policies_number_is_positive"),
        ]
        indexes = [models.Index(fields=["kind", "address"], name="policies_by_address")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}"


class ActRow(models.Model):
    """What happened to a version: signed, activated, withdrawn, reviewed. Bound to the hash of what was seen."""

    version = models.ForeignKey(VersionRow, on_delete=models.PROTECT, db_index=False)
    what = models.CharField(max_length=12)
    side = models.CharField(max_length=8, blank=True)
    who = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    note = models.CharField(max_length=400, blank=True)
    review_date = models.DateField(null=True)
    is_alone = models.BooleanField(default=False)
    at = models.DateTimeField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "policies_act"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "who", "side"],
                condition=models.Q(what="signed"),
                name="policies_one_signature_each",
            ),
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(what__in=["activated", "withdrawn"]),
                name="policies_one_end_of_a_proposal",
            ),
        ]
        indexes = [models.Index(fields=["version", "id"], name="policies_acts_of_a_version")]

    def __str__(self) -> str:
        return f"{self.what} {self.version_id}"
