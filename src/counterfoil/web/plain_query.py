"""Refusing queries that no database can take."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to a NUL in the query: PostgreSQL's text cannot hold one, and both engines answer alike."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            return HttpResponseBadRequest()
        return get_response(request)

    return middleware
