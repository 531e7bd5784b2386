"""Tables of the plumbing."""

from django.db import models


class IdempotencyKey(models.Model):
    """The first answer to a request that carried an Idempotency-Key, replayed for the same request."""

    actor = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return self.key
