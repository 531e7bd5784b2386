"""What every route shares: who may, strict JSON in, one call, the answer, and safe repetition.

A route is a function of what was asked. Its docstring is the summary and description in OpenAPI, the type it returns
is the schema of the answer, and it cannot be registered without the act that a role must include.
"""

from __future__ import annotations

import functools
import inspect
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, cast, get_args

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import REF_TEMPLATE
from ninja.parser import Parser
from ninja.security import HttpBearer
from pydantic import BaseModel

from counterfoil import words
from counterfoil.api import problems
from counterfoil.api.problems import NotAllowed, NotFound, NotSignedIn, SeveralRefused, TooLarge, Unreadable
from counterfoil.api.uploads import Upload, uploaded
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, ActorKind
from counterfoil.infra import idempotency, world
from counterfoil.kernel import strict_json, text
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.strict_json import Json
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act, BooksFacts, Role, may
from counterfoil.people.selectors import Person

JSON = "application/json"
KEY = "Idempotency-Key"
LONGEST_KEY = 200
_KEY = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")
MOST_KEYS = 100_000
"""Keys of all objects of a request: an invoice of 5,000 lines has 30,000."""
LONGEST_ADDRESS = 8_000
READ, WRITE = frozenset({400, 401, 403, 404, 422}), frozenset({400, 401, 403, 404, 409, 413, 422})
_log = logging.getLogger("counterfoil.api")


class BadKey(Refused):
    """An idempotency key that is empty, too long or not printable ASCII."""

    code = "bad_idempotency_key"


class ApiToken(HttpBearer):
    """`Authorization: Bearer cf_...`: lets those in whose role includes an act, before anything else is read."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        """Return whose token it is, None for a token that nobody has.

        Raises:
            NotAllowed: the role does not include the act.
        """
        person = people.person_of_token(token)
        if person is not None and not person.may(self.act):
            _record_refusal(request, person, [NotAllowed(role=person.role.value).refusal])
            raise NotAllowed(role=person.role.value, who=_who_may(self.act))
        return person


def _who_may(act: Act) -> str:
    names = [role.value.replace("_", " ") for role in Role if may(role, act)]
    return ", ".join(names)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: by whom, when, and what came with it."""

    request: HttpRequest
    person: Person
    at: datetime

    @property
    def actor(self) -> Actor:
        """Who acts, as the record names them."""
        return Actor(ActorKind.TOKEN, self.person.email)

    @property
    def books(self) -> BooksFacts:
        """The books of the token's owner."""
        return self.person.books

    @property
    def today(self) -> date:
        """The accounting date of now: a day of the books' zone."""
        return world.today(self.books.time_zone)

    def json(self) -> Json:
        """Read the body with the one JSON reader."""
        return _read_json(self.request.body)

    @contextmanager
    def on_record(self, *, is_written: bool = True) -> Iterator[None]:
        """Leave it to a flow to put on record what it refuses."""
        vars(self.request)["is_on_record"] = is_written
        yield
        vars(self.request)["is_on_record"] = False

    def upload(self) -> Upload:
        """Return the file that was sent, as the body itself or as a part of a form."""
        return uploaded(self.request)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with another status than the route's own."""

    status: int
    body: BaseModel


Produces = Mapping[str, type[BaseModel] | Mapping[str, object]]
H = TypeVar("H", bound=Callable[..., BaseModel | Answer | HttpResponse])


class Routes:
    """The routes of one kind of thing."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def get(self, path: str, *, act: Act, produces: Produces | None = None) -> Callable[[H], H]:
        """Register a route that reads. `produces` is the schema by media type of an answer that may be a file."""
        return self._route("GET", path, act, 200, {}, produces=produces)

    def post(
        self,
        path: str,
        *,
        act: Act,
        status: int = 201,
        also: Mapping[int, type[BaseModel]] | None = None,
        takes: Mapping[str, object] | None = None,
        is_one_transaction: bool = True,
        is_kept: bool = True,
    ) -> Callable[[H], H]:
        """Register a route that writes; under an Idempotency-Key it writes once.

        Args:
            status: of an answer that is not an `Answer`. also: schemas of answers with other statuses.
            takes: the request body by media type, where the route reads the body itself.
            is_one_transaction: the work commits together with its key. Without it the work commits by itself, in
                parts if need be, and must be safe to repeat.
            is_kept: the answer may be kept for a repetition; not for secrets, nor where repeating is harmless.
        """
        keeps = is_one_transaction if is_kept else None
        return self._route("POST", path, act, status, also or {}, takes=takes, keeps=keeps)

    def put(self, path: str, *, act: Act) -> Callable[[H], H]:
        """Register a route that sets something as a whole; setting it again changes nothing."""
        return self._route("PUT", path, act, 200, {})

    def patch(self, path: str, *, act: Act) -> Callable[[H], H]:
        """Register a route that changes the fields it is given."""
        return self._route("PATCH", path, act, 200, {})

    def delete(self, path: str, *, act: Act) -> Callable[[H], H]:
        """Register a route that ends or removes something; doing it again changes nothing."""
        return self._route("DELETE", path, act, 200, {})

    def _route(
        self,
        method: str,
        path: str,
        act: Act,
        status: int,
        also: Mapping[int, type[BaseModel]],
        *,
        produces: Produces | None = None,
        takes: Mapping[str, object] | None = None,
        keeps: bool | None = None,
    ) -> Callable[[H], H]:
        def register(handler: H) -> H:
            signature = inspect.signature(handler, eval_str=True)
            first, *others = signature.parameters.values()
            assert first.annotation is Asked, f"{handler.__name__} takes what was asked first"

            @functools.wraps(handler)
            def view(request: HttpRequest, **values: Any) -> HttpResponse:
                asked = Asked(request, cast("Person", vars(request)["auth"]), world.now())
                return _kept(asked, functools.partial(handler, asked, **values), status, keeps)

            request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
            vars(view)["__signature__"] = signature.replace(parameters=[request, *others])
            summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n")
            schema = _schema_of(signature.return_annotation)
            self.router.api_operation(
                [method],
                path,
                auth=ApiToken(act),
                response={**({status: schema} if schema else {}), **also} or {status: None},
                operation_id=handler.__name__,
                summary=summary.rstrip("."),
                description=description.strip() or None,
                openapi_extra=_extra(method, act, status, produces, takes, keeps),
            )(view)
            return handler

        return register


def _schema_of(annotation: object) -> type[BaseModel] | None:
    """Return the schema among the types that a route may return, None for files."""
    found = [part for part in (get_args(annotation) or (annotation,)) if isinstance(part, type)]
    return next((part for part in found if issubclass(part, BaseModel)), None)


def _extra(
    method: str,
    act: Act,
    status: int,
    produces: Produces | None,
    takes: Mapping[str, object] | None,
    keeps: bool | None,
) -> dict[str, object]:
    """Return what OpenAPI says of a route beyond its parameters: problems, files, the key, the act."""
    ref = {"$ref": "#/components/responses/Problem"}
    said: dict[str, object] = {"x-act": act.value}
    responses: dict[object, object] = dict.fromkeys(sorted(READ if method == "GET" else WRITE), ref)
    if produces is not None:
        content = {media_type: {"schema": _schema(part)} for media_type, part in produces.items()}
        responses[status] = {"description": "OK", "content": content}
    said["responses"] = responses
    if takes is not None:
        said["requestBody"] = {"required": True, "content": dict(takes)}
    if keeps is not None:
        said["parameters"] = [
            {
                "in": "header",
                "name": KEY,
                "required": False,
                "description": "Your own key: a repetition with it does nothing and gets the first answer.",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
            }
        ]
    return said


def json_body(schema: type[BaseModel]) -> dict[str, object]:
    """Return what OpenAPI says of a JSON body that a route reads itself."""
    return {JSON: {"schema": _schema(schema)}}


def _schema(part: type[BaseModel] | Mapping[str, object]) -> Mapping[str, object]:
    """Return a schema in which everything stands in place."""
    if isinstance(part, Mapping):
        return part
    schema = part.model_json_schema(ref_template=REF_TEMPLATE)
    parts = schema.pop("$defs", {})
    return cast("Mapping[str, object]", _in_place(schema, parts))


def _in_place(schema: object, parts: Mapping[str, object]) -> object:
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return _in_place(parts[str(schema["$ref"]).rpartition("/")[2]], parts)
        return {key: _in_place(value, parts) for key, value in schema.items()}
    return [_in_place(part, parts) for part in schema] if isinstance(schema, list) else schema


def _kept(asked: Asked, work: Callable[[], object], status: int, keeps: bool | None) -> HttpResponse:
    """Do the work and answer it; under an Idempotency-Key the first answer stands for every repetition."""
    key = asked.request.headers.get(KEY)
    if key is None or keeps is None:
        return _answered(work(), status)
    if not _KEY.fullmatch(key):
        raise BadKey(field=KEY, limit=LONGEST_KEY)
    same = {"actor": asked.person.email, "key": key, "request_hash": _request_hash(asked)}
    if keeps:
        found = idempotency.once(**same, at=asked.at, work=lambda: _told(work(), status))
    else:
        before = idempotency.kept(**same)
        found = before or idempotency.Kept(*_told(work(), status), is_repeated=False)
        if before is None:
            idempotency.keep(**same, at=asked.at, status=found.status, text=found.text)
    answer = _json(found.status, found.text)
    if found.is_repeated:
        answer["Idempotent-Replayed"] = "true"
    return answer


def _request_hash(asked: Asked) -> str:
    """Return what tells two requests apart, under the installation's secret: a body may hold names and addresses."""
    request = asked.request
    said = [request.method or "", request.get_full_path()]
    if request.content_type == "multipart/form-data":
        sent = asked.upload()
        said += [sent.name, sent.sha256]
    else:
        said.append(salted_hmac("counterfoil.body", request.body, algorithm="sha256").hexdigest())
    return salted_hmac("counterfoil.request", "\n".join(said), algorithm="sha256").hexdigest()


def _told(result: object, status: int) -> tuple[int, str]:
    if isinstance(result, Answer):
        return result.status, result.body.model_dump_json()
    assert isinstance(result, BaseModel), "only JSON can be kept for a repetition"
    return status, result.model_dump_json()


def _answered(result: object, status: int) -> HttpResponse:
    return result if isinstance(result, HttpResponse) else _json(*_told(result, status))


def json_answer(body: BaseModel) -> HttpResponse:
    """Answer JSON from a route that answers files as well."""
    return _json(200, body.model_dump_json())


def _json(status: int, written: str) -> HttpResponse:
    return HttpResponse(written, status=status, content_type=JSON, headers={"Cache-Control": "no-store"})


def file_answer(data: bytes | str, media_type: str, name: str) -> HttpResponse:
    """Answer a file under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=media_type, headers=headers)


def _read_json(data: bytes) -> Json:
    return strict_json.loads(data, max_keys=MOST_KEYS)


class StrictParser(Parser):
    """Reads bodies with the product's one JSON reader, and refuses control characters in the address."""

    def parse_body(self, request: HttpRequest) -> Any:
        return _read_json(request.body)


class Api(NinjaAPI):
    """The API: OpenAPI 3.1 with every problem in it, and no answer that is not JSON or a file."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            for parameter in operation["parameters"]:
                # The library copies a schema's list of examples to where OpenAPI wants an object; the schema keeps it.
                parameter.pop("examples", None)
        schema["components"]["schemas"]["Problem"] = problems.SCHEMA
        content = {problems.PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        schema["components"]["responses"] = {
            "Problem": {"description": "Refused: `code` and `detail` say why.", "content": content}
        }
        return schema

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        *known, root = super()._get_urls()
        for pattern in known:
            if isinstance(pattern, URLPattern):
                pattern.callback = _only_problems(pattern.callback)
        return [*known, re_path(r"^.*$", _unknown_address), root]


@csrf_exempt
def _unknown_address(request: HttpRequest) -> HttpResponse:
    """Answer for every address that is none."""
    return problems.problem([NotFound(what="address", name=request.path[:80]).refusal])


def _only_problems(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer a wrong method as a problem too, and refuse what no database can hold before it is looked up."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = [part for name, values in request.GET.lists() for part in (name, *values)]
        for value in (request.path_info, *asked):
            try:
                text.clean_text(str(value), LONGEST_ADDRESS)
            except Refused as refused:
                return problems.problem([refused.refusal], status=400)
        answer = view(request, *args, **kwargs)
        if answer.status_code != 405:
            return answer
        wrong = problems.WrongMethod(method=(request.method or "")[:20], allowed=answer["Allow"])
        problem = problems.problem([wrong.refusal])
        problem["Allow"] = answer["Allow"]
        return problem

    return checked


def _record_refusal(request: HttpRequest, person: Person, refusals: Sequence[Refusal]) -> None:
    """Write down that something was refused: what, where and to whom, never what was sent."""
    match = request.resolver_match
    with transaction.atomic():
        audit.record(
            kind="api.refused",
            actor=Actor(ActorKind.TOKEN, person.email),
            subject=f"books:{person.books.id}",
            body={
                "method": request.method or "",
                "route": match.route if match else "",
                "refusals": [{"code": refusal.code, "field": (refusal.field or "")[:80]} for refusal in refusals[:20]],
                "count": len(refusals),
            },
            at=world.now(),
            books_id=person.books.id,
        )


def refused(request: HttpRequest, refusals: Sequence[Refusal]) -> HttpResponse:
    """Answer refusals; one that kept somebody from writing stands in the record, once."""
    asked = vars(request)
    person = asked.get("auth")
    if isinstance(person, Person) and request.method != "GET" and not asked.get("is_on_record"):
        _record_refusal(request, person, refusals)
    match = request.resolver_match
    return problems.problem(refusals, in_address=match.kwargs if match else {})


def _on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return refused(request, [error.refusal])


def _on_several(request: HttpRequest, error: SeveralRefused) -> HttpResponse:
    vars(request)["is_on_record"] = error.is_on_record
    return refused(request, error.refusals)


def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refused(request, problems.of_validation(error.errors))


def _on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what ninja raises itself; a body that could not be read carries our refusal as its cause."""
    if isinstance(error, AuthenticationError):
        answer = problems.problem([NotSignedIn().refusal])
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    cause = error.__cause__
    return refused(request, [cause.refusal if isinstance(cause, Refused) else Unreadable(reason="body").refusal])


def _on_too_big(request: HttpRequest, _: RequestDataTooBig) -> HttpResponse:
    return refused(request, [TooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE).refusal])


def _on_unreadable(request: HttpRequest, _: Exception) -> HttpResponse:
    return refused(request, [Unreadable(reason="body").refusal])


def _on_defect(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log a defect of ours with its trace, and answer without it."""
    _log.error("%s %s", request.method, request.resolver_match and request.resolver_match.route, exc_info=error)
    return problems.problem([Refusal("defect")], status=500)


def made_api(version: str, routes: Sequence[Routes]) -> Api:
    """Return the API with its routes and its error answers."""
    api = Api(
        title="Counterfoil",
        version=version,
        description=words.sentence("api_description"),
        parser=StrictParser(),
        docs_url=None,
        urls_namespace="api",
    )
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Exception: _on_defect,
        Refused: _on_refused,
        SeveralRefused: _on_several,
        ValidationError: _on_invalid,
        HttpError: _on_http,
        RequestDataTooBig: _on_too_big,
        SuspiciousOperation: _on_unreadable,
        MultiPartParserError: _on_unreadable,
        UnreadablePostError: _on_unreadable,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
    for part in routes:
        api.add_router("", part.router)
    return api
