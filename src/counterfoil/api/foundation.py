"""The API itself: OpenAPI 3.1, and an answer in JSON to whatever goes wrong."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from counterfoil import words
from counterfoil.api import problems
from counterfoil.api.asking import read_json
from counterfoil.api.gate import refused
from counterfoil.api.problems import Conflict, NotFound, NotSignedIn, SeveralRefused, TooLarge, Unreadable
from counterfoil.api.routing import Routes
from counterfoil.kernel import text
from counterfoil.kernel.errors import Refusal, Refused

LONGEST_ADDRESS = 8_000
UNIQUE_VIOLATION = "23505"
"""PostgreSQL's SQLSTATE for a key that is taken."""
_log = logging.getLogger("counterfoil.api")


class StrictParser(Parser):
    """Reads bodies with the product's one JSON reader."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


class Api(NinjaAPI):
    """The API: OpenAPI 3.1 with every problem in it, and no answer that is not JSON or a file."""

    described: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description, which is put together once: routes do not change while a process runs."""
        self.described = self.described or self._description(**options)
        return self.described

    def _description(self, **options: Any) -> OpenAPISchema:
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


def _on_conflict(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """Answer a second one that came at the same moment: the database let one through, and nothing of the other."""
    is_second = "UNIQUE constraint" in str(error) or getattr(error.__cause__, "sqlstate", "") == UNIQUE_VIOLATION
    return refused(request, [Conflict().refusal]) if is_second else _on_defect(request, error)


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
        IntegrityError: _on_conflict,
        SuspiciousOperation: _on_unreadable,
        MultiPartParserError: _on_unreadable,
        UnreadablePostError: _on_unreadable,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
    for part in routes:
        api.add_router("", part.router)
    return api
