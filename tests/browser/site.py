"""The product, served to a browser from this process: the database of the test, and a clock that the test sets."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.handlers.wsgi import WSGIHandler

from counterfoil.infra import world

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
"""When the walks begin: half an hour after the last thing that the demo company lived through."""


@dataclass(frozen=True, slots=True)
class Site:
    """A served home."""

    address: str

    def url(self, path: str) -> str:
        """The address of a page."""
        return self.address + path


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the window notices what went wrong."""


@cache
def _product() -> WSGIHandler:
    return WSGIHandler()


def _at_a_ticking_clock() -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """Give each request its own second, so that what happened has an order and each run the same one."""
    seconds = itertools.count()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        at = NOW + timedelta(seconds=next(seconds))
        with world.using(world.World(clock=lambda: at)):
            return _product()(environ, start_response)

    return application


@contextmanager
def served() -> Iterator[Site]:
    """Serve the connected database on a free port of this machine for the length of a `with` block."""
    server = _Threads(("127.0.0.1", 0), _Quiet)
    server.set_app(_at_a_ticking_clock())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
