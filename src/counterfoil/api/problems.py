"""What a refusal answers: a problem (RFC 9457) with a code for programs and a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from counterfoil import words
from counterfoil.api.fields import REFUSED
from counterfoil.kernel.errors import Refusal, Refused

PROBLEM = "application/problem+json"
MOST_ERRORS = 100


class NotAllowed(Refused):
    """The person's role does not include this act."""

    code = "not_allowed"


class NotSignedIn(Refused):
    """No token, or one that is unknown or revoked."""

    code = "not_signed_in"


class NotFound(Refused):
    """There is no such thing in these books."""

    code = "not_found"


class Conflict(Refused):
    """Somebody did the same at the same moment."""

    code = "conflict"


class WrongMethod(Refused):
    """The address exists, the method is not one of its own."""

    code = "method_not_allowed"


class Unreadable(Refused):
    """The request itself cannot be read: its body, its parts, its text."""

    code = "malformed"


class TooLarge(Refused):
    """More bytes than are taken."""

    code = "too_large"


class WrongValue(Refused):
    """A field has another type or form than the schema says."""

    code = "wrong_value"


class ExtraField(Refused):
    """A field that the request does not have."""

    code = "extra_field"


class SeveralRefused(Exception):
    """More than one thing stands against a request; all are answered together.

    `is_on_record`: the flow has put it on record already.
    """

    def __init__(self, refusals: Sequence[Refusal], *, is_on_record: bool = False) -> None:
        super().__init__(len(refusals))
        self.refusals = tuple(refusals)
        self.is_on_record = is_on_record


STATUSES = {
    "malformed": 400,
    "encoding": 400,
    "too_deep": 400,
    "limit": 400,
    "not_signed_in": 401,
    "not_allowed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "idempotency_key_reused": 409,
    "already_founded": 409,
    "account_exists": 409,
    "user_exists": 409,
    "case_changed": 409,
    "case_is_closed": 409,
    "not_yours_to_answer": 403,
    "requester_may_not_approve": 403,
    "role_may_not_approve": 403,
    "period_is_closed": 409,
    "duplicate_file": 409,
    "conflict": 409,
    "product_exists": 409,
    "opportunity_exists": 409,
    "external_id_taken": 409,
    "alias_taken": 409,
    "tax_rate_exists": 409,
    "version_changed": 409,
    "has_dependents": 409,
    "plan_changed": 409,
    "import_undone": 409,
    "policy_content_changed": 409,
    "policy_moved_on": 409,
    "policy_not_open": 409,
    "side_has_signed": 409,
    "signed_already": 409,
    "import_in_use": 409,
    "too_large": 413,
}
"""The status of a refusal by its code; all else is 422."""


def status_of(refusal: Refusal, in_address: Collection[str] = ()) -> int:
    """Return the status with which a refusal is answered: 404 where the address names what is not there."""
    if refusal.code.startswith("no_such_") and refusal.field in in_address:
        return 404
    return STATUSES.get(refusal.code, 422)


def said(refusal: Refusal) -> dict[str, object]:
    """Return a refusal as one of the errors of a problem."""
    facts = dict(refusal.facts)
    message = words.sentence(refusal.code, {"field": refusal.field, **facts})
    return {"code": refusal.code, "field": refusal.field, "message": message, "facts": facts}


def problem(
    refusals: Sequence[Refusal], *, status: int | None = None, in_address: Collection[str] = ()
) -> HttpResponse:
    """Answer refusals: the first one is the problem, a hundred at most stand in `errors`."""
    errors = [said(refusal) for refusal in refusals[:MOST_ERRORS]]
    first = errors[0]
    code = str(first["code"])
    status = status or status_of(refusals[0], in_address)
    body = {
        "type": f"urn:counterfoil:problem:{code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": first["message"],
        "code": code,
        "field": first["field"],
        "facts": first["facts"],
        "errors": errors,
    }
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=PROBLEM, headers={"Cache-Control": "no-store"})


def of_validation(errors: Sequence[Mapping[str, Any]]) -> list[Refusal]:
    """Return what a schema found as refusals, each under the path of its field: `lines[0].unit_price`."""
    return [_of_validation(error) for error in errors]


def _of_validation(error: Mapping[str, Any]) -> Refusal:
    source, *place = error["loc"]
    path = _path(place[1:] if source == "body" else place)
    if error["type"] == REFUSED:
        refusal: Refusal = error["ctx"]["refusal"]
        return Refusal(refusal.code, refusal.facts, path or refusal.field)
    if error["type"] == "missing":
        return Refusal("missing_field", {"field": path or str(source)}, path or str(source))
    if error["type"] == "extra_forbidden":
        return Refusal(ExtraField.code, {"field": path[:40] if path.isprintable() else "?"}, path)
    message = str(error["msg"])
    return Refusal(WrongValue.code, {"said": f"{message}."}, path or str(source))


def _path(place: Sequence[str | int]) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


SCHEMA: dict[str, object] = {
    "title": "Problem",
    "type": "object",
    "description": "What was refused and why (RFC 9457). `code` never changes; sentences may.",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, in a sentence."},
        "code": {"type": "string", "examples": ["period_is_closed"]},
        "field": {"type": ["string", "null"], "examples": ["lines[0].unit_price"]},
        "facts": {"type": "object"},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "field", "message", "facts"],
                "properties": {
                    "code": {"type": "string"},
                    "field": {"type": ["string", "null"]},
                    "message": {"type": "string"},
                    "facts": {"type": "object"},
                },
            },
        },
    },
}
