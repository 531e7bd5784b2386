"""One request as a route sees it, and its answer: by whom, when, what came with it, and safe repetition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from pydantic import BaseModel

from counterfoil.api.uploads import Upload, uploaded
from counterfoil.audit.domain import Actor, ActorKind
from counterfoil.infra import idempotency, world
from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.strict_json import Json
from counterfoil.people.domain import BooksFacts
from counterfoil.people.selectors import Person

JSON = "application/json"
KEY = "Idempotency-Key"
LONGEST_KEY = 200
MOST_KEYS = 100_000
"""Keys of all objects of a request: an invoice of 5,000 lines has 30,000."""
_KEY = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")


class BadKey(Refused):
    """An idempotency key that is empty, too long or not printable ASCII."""

    code = "bad_idempotency_key"


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
        return read_json(self.request.body)

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


def read_json(data: bytes) -> Json:
    """Read a body with the one JSON reader."""
    return strict_json.loads(data, max_keys=MOST_KEYS)


def kept(asked: Asked, work: Callable[[], object], status: int, keeps: bool | None) -> HttpResponse:
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
