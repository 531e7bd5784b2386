"""Tables of the review queue. Steps and relaxations are append-only by trigger."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Case(models.Model):
    """Something that waits, or waited, for a person: one a kind and subject, opened again when what is judged changes.

    `weight_minor` is money times risk: the order of the queue.
    """

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)
    content_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=60)
    facts = models.TextField()
    evidence = models.TextField(default="[]")
    money_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    risk_micro = models.BigIntegerField()
    weight_minor = models.BigIntegerField()
    decision = models.ForeignKey("decisions.Decision", null=True, on_delete=models.PROTECT)
    customer = models.BigIntegerField(null=True)
    requested_by = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    state = models.CharField(max_length=10)
    snoozed_until = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_case"
        constraints = [
            models.UniqueConstraint(fields=["books", "kind", "subject"], name="review_one_case_a_subject"),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "snoozed", "answered", "resolved"]), name="review_case_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["books", "-weight_minor", "id"],
                condition=models.Q(state__in=["open", "snoozed"]),
                name="review_open_cases",
            ),
            models.Index(fields=["subject"], name="review_case_subject"),
        ]

    def __str__(self) -> str:
        return f"R-{self.pk} {self.kind} {self.subject}"


class Step(models.Model):
    """What happened to a case: by whom, about which content, with which words. Never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    body = models.TextField()
    event_id = models.BigIntegerField()
    item_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "review_step"

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Comment(models.Model):
    """What somebody said about a case; whom it names sees it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    said_by = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "review_comment"

    def __str__(self) -> str:
        return self.text[:40]


class Mention(models.Model):
    """Somebody whom a comment names."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_mention"
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="review_one_mention_each")]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.user_id}"


class ApprovalRow(models.Model):
    """An approval that was asked for; given or not, it stays. It holds for one content, until it expires."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    subject = models.CharField(max_length=60)
    content_hash = models.CharField(max_length=64)
    codes = models.TextField()
    roles = models.TextField()
    limits = models.TextField()
    reason = models.TextField(blank=True)
    days = models.PositiveSmallIntegerField()
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10)
    role = models.CharField(max_length=12, blank=True)
    approver = models.CharField(max_length=200, blank=True)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_approval"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "given", "refused", "void"]), name="review_approval_state"
            )
        ]
        indexes = [models.Index(fields=["books", "subject"], name="review_approval_subject")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.state}"


class DelegationRow(models.Model):
    """One person lets another approve with their role, from a first to a last day."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    start_date = models.DateField()
    end_date = models.DateField()
    reason = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_delegation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(start_date__lte=models.F("end_date")), name="review_delegation_span"
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("taker")), name="review_delegation_is_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} -> {self.taker_id}"


class Relaxation(models.Model):
    """One use of a company of one's leave to approve its own request, for the auditor. Never changed."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    subject = models.CharField(max_length=60)
    person = models.CharField(max_length=200)
    policy_version = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        db_table = "review_relaxation"

    def __str__(self) -> str:
        return f"{self.subject} by {self.person}"


class Label(models.Model):
    """What a person said against, or for, the machine; it teaches only after somebody reviewed it."""

    books = models.ForeignKey("people.Books", on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)
    content_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=60)
    machine = models.CharField(max_length=40)
    person = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    is_accepted = models.BooleanField(null=True)
    reviewed_by = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_label"

    def __str__(self) -> str:
        return f"{self.subject}: {self.person}"


class DigestChoice(models.Model):
    """Whether somebody wants a digest by mail, and when they got the last one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    every = models.CharField(max_length=8)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_digest_choice"
        constraints = [
            models.CheckConstraint(condition=models.Q(every__in=["never", "day", "week"]), name="review_digest_every")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.every}"
