"""Sealing after each request that may have written: the record never waits for another process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from counterfoil.audit import services as audit
from counterfoil.infra.home import home

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
SEALED_AT_ONCE = 2_000
HEAD_LEAVES_EVERY = timedelta(hours=1)


def seal_after_writing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give what a request recorded its place in the chain, and let the head leave the house once an hour."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method not in SAFE_METHODS and audit.seal(limit=SEALED_AT_ONCE):
            audit.export_head(home() / "anchors", every=HEAD_LEAVES_EVERY)
        return response

    return middleware
