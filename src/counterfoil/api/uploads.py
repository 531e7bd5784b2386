"""A file that comes with a request: as the body itself, or as the part `file` of a multipart form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from counterfoil.api.problems import TooLarge, Unreadable
from counterfoil.kernel import text

MOST_BYTES: Final = 20 * 1024 * 1024
LONGEST_NAME: Final = 255
_AROUND: Final = 16 * 1024
"""What a form may add around its file, bytes."""

BODY: Final[Mapping[str, object]] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}},
    "text/csv": {"schema": {"type": "string"}},
    "application/xml": {"schema": {"type": "string"}},
}
"""What OpenAPI says of a body that is a file."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent. The name is what the sender called it, never a path."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def uploaded(request: HttpRequest) -> Upload:
    """Return the file that came with a request.

    Raises:
        TooLarge: more than 20 MiB. Unreadable: a form without the part `file`.
    """
    length = request.headers.get("Content-Length") or "0"
    if length.isdigit() and int(length) > MOST_BYTES + _AROUND:
        raise TooLarge(limit=MOST_BYTES)
    if request.content_type != "multipart/form-data":
        return _upload(request.GET.get("file_name", "upload"), request.body)
    part = request.FILES.get("file")
    if part is None:
        raise Unreadable(reason="no_file", field="file")
    part.seek(0)
    return _upload(part.name or "upload", part.read())


def _upload(name: str, data: bytes) -> Upload:
    if len(data) > MOST_BYTES:
        raise TooLarge(limit=MOST_BYTES)
    return Upload(text.clean_text(name[-LONGEST_NAME:].rpartition("/")[2], LONGEST_NAME), data)
