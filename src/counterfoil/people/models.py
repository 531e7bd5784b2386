"""Tables of people and books."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from counterfoil.people.domain import Role


class Organisation(models.Model):
    """Whom this installation serves; there is one."""

    name = models.CharField(max_length=255)

    def __str__(self) -> str:
        return self.name


class Books(models.Model):
    """A legal entity's books: `own` (we are the book of record) or `mirrored` (another system is)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, default="own")
    base_currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    address = models.TextField(blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    fiscal_year_start = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["own", "mirrored"]), name="books_are_own_or_mirrored")
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser):
    """A person who signs in by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = BaseUserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A user's role in some books."""

    books = models.ForeignKey(Books, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=12, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["books", "user"], name="one_role_per_books_and_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class ApiToken(models.Model):
    """A token for the API: only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
