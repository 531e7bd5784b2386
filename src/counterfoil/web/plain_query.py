"""Refusing queries that no database can take."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

API = "/api/"


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to a NUL in a page's query: PostgreSQL's text cannot hold one, and both engines answer alike.

    The API reads each value by its own rules and refuses in its own words.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        said = [text for name, values in request.GET.lists() for text in (name, *values)]
        if not request.path.startswith(API) and any("\0" in text for text in said):
            raise BadRequest("a NUL in the query")
        return get_response(request)

    return middleware
