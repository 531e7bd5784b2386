"""What every route shares: strict JSON in, money as decimal text out, problems as RFC 9457, who may, and retries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer

from counterfoil import words
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, ActorKind
from counterfoil.infra import world
from counterfoil.infra.models import IdempotencyKey
from counterfoil.kernel import canonical, strict_json
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person

PROBLEM = "application/problem+json"


class NotAllowed(Refused):
    """The person's role does not include this act."""

    code = "not_allowed"


class KeyReused(Refused):
    """An idempotency key came back with another request."""

    code = "idempotency_key_reused"


class NotFound(Refused):
    """There is no such thing in these books."""

    code = "not_found"


_STATUS = {NotAllowed.code: 403, KeyReused.code: 409, NotFound.code: 404, "too_large": 413}


class StrictParser(Parser):
    """Reads a request's body with the product's one JSON reader; numbers become decimals, never floats."""

    def parse_body(self, request: HttpRequest) -> Any:
        return _as_text(strict_json.loads(request.body))


def _as_text(value: Any) -> Any:
    """Hand Decimals on as text: schemas take money and rates as text and parse them strictly themselves."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _as_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    return value


class ApiToken(HttpBearer):
    """`Authorization: Bearer cf_...`: a token issued to a person, with that person's role."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        return people.person_of_token(token)


def person(request: HttpRequest, act: Act) -> Person:
    """Return whose token this is.

    Raises:
        NotAllowed: the role does not include the act.
    """
    found = cast("Person", request.auth)  # type: ignore[attr-defined]
    if not found.may(act):
        raise NotAllowed(role=found.role.value, who="an administrator")
    return found


def actor(found: Person) -> Actor:
    """Return the actor that a token stands for."""
    return Actor(ActorKind.TOKEN, found.email)


def problem(status: int, code: str, message: str, *, field: str | None = None, **more: object) -> HttpResponse:
    """Answer a problem (RFC 9457): `code` and `field` are for programs, `detail` for people."""
    body = {"type": f"urn:counterfoil:{code}", "title": code.replace("_", " "), "status": status, "code": code}
    body |= {"detail": message} | ({"field": field} if field else {}) | more
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=PROBLEM)


def refusal(refused: Refused) -> HttpResponse:
    """Answer a refusal with its sentence."""
    status = _STATUS.get(refused.code, 422)
    sentence = words.sentence(refused.code, refused.facts)
    return problem(status, refused.code, sentence, field=refused.field, facts=dict(refused.facts))


def refusals(found: list[Mapping[str, Fact]]) -> HttpResponse:
    """Answer several refusals of one request: the first is the problem, all are in `errors`."""
    first = found[0]
    code, field = str(first["code"]), cast("str | None", first["field"])
    return problem(_STATUS.get(code, 422), code, str(first["message"]), field=field, errors=found)


Work = Callable[[], tuple[int, Mapping[str, object]]]


def once(request: HttpRequest, found: Person, work: Work) -> HttpResponse:
    """Do the work and answer it; under an Idempotency-Key the first answer stands for every retry.

    The key and the work commit together, so a lost reply cannot lead to a second effect (TRUST P-16). A
    refusal is not kept: once its cause is gone the same request may succeed.

    Raises:
        KeyReused: the key came with another request before.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return _answer(*work())
    said = [request.method or "", request.path, canonical.sha256_hex(request.body)]
    mine = {"actor": found.email, "key": key[:200]}
    request_hash = canonical.hash_of(said)
    try:
        with transaction.atomic():
            first, is_new = IdempotencyKey.objects.select_for_update().get_or_create(
                **mine, defaults={"request_hash": request_hash, "status": 0, "answer": "", "made_at": world.now()}
            )
            if is_new:
                first.status, data = work()
                first.answer = json.dumps(data, ensure_ascii=False)
                if first.status >= 400:
                    raise _Unkept(first.status, data)
                first.save(update_fields=["status", "answer"])
    except _Unkept as unkept:
        return _answer(unkept.status, unkept.data)
    except IntegrityError:
        first = IdempotencyKey.objects.get(**mine)
    if first.request_hash != request_hash:
        raise KeyReused(field="Idempotency-Key")
    return HttpResponse(first.answer, status=first.status, content_type="application/json")


class _Unkept(Exception):
    """Roll back the key of a request whose answer is not final."""

    def __init__(self, status: int, data: Mapping[str, object]) -> None:
        super().__init__(status)
        self.status = status
        self.data = data


def _answer(status: int, data: Mapping[str, object]) -> HttpResponse:
    kind = PROBLEM if status >= 400 else "application/json"
    return HttpResponse(json.dumps(data, ensure_ascii=False), status=status, content_type=kind)


class TextRenderer(JSONRenderer):
    """JSON as UTF-8 text."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """The API with OpenAPI 3.1 and every error as a problem."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["openapi"] = "3.1.0"
        return schema


def made_api(version: str) -> Api:
    """Return the API without routes, with its error answers."""
    api = Api(
        title="Counterfoil",
        version=version,
        description="From won deal to bank and back. Money is decimal text with its currency; dates are YYYY-MM-DD.",
        auth=ApiToken(),
        parser=StrictParser(),
        renderer=TextRenderer(),
        docs_url=None,
        urls_namespace="api",
    )

    def on_refused(_: HttpRequest, error: Refused) -> HttpResponse:
        return refusal(error)

    def on_invalid(_: HttpRequest, error: ValidationError) -> HttpResponse:
        errors: list[Mapping[str, Fact]] = [
            {
                "code": "missing_field" if part["type"] == "missing" else "schema",
                "field": ".".join(str(place) for place in part["loc"][2:]) or ".".join(map(str, part["loc"])),
                "message": str(part["msg"]),
            }
            for part in error.errors
        ]
        return refusals(errors)

    api.add_exception_handler(Refused, on_refused)
    api.add_exception_handler(ValidationError, on_invalid)
    return api


def seal() -> None:
    """Give what was just recorded its place in the chain."""
    audit.seal(limit=2_000)
