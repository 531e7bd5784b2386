"""Routes: functions of what was asked, that cannot be registered without the act that a role must include.

Its docstring is a route's summary and description in OpenAPI, and the type that it returns is the schema of its answer.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, get_args

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.openapi.schema import REF_TEMPLATE
from pydantic import BaseModel

from counterfoil.api.asking import JSON, KEY, LONGEST_KEY, Answer, Asked, kept
from counterfoil.api.gate import ApiToken
from counterfoil.infra import world
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person

READ, WRITE = frozenset({400, 401, 403, 404, 422}), frozenset({400, 401, 403, 404, 409, 413, 422})
"""Which problems a route that reads and one that writes may answer."""

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
                return kept(asked, functools.partial(handler, asked, **values), status, keeps)

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
