"""The one reader of archives from outside: ZIP only, and every limit counted on what really comes out of it."""

from __future__ import annotations

import dataclasses
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from counterfoil.kernel.errors import Refused


class UnsupportedArchive(Refused):
    """No ZIP, or one that is encrypted or packed by a method that we do not read."""

    code = "unsupported_type"


class MalformedArchive(Refused):
    """Damaged, cut short, or with the same name twice."""

    code = "malformed"


class ArchiveLimit(Refused):
    """Too many members."""

    code = "limit"


class ArchiveTooLarge(Refused):
    """More bytes come out than we take, or more than is credible for what went in."""

    code = "too_large"


class NestedArchive(Refused):
    """An archive inside the archive. Unpack it first."""

    code = "forbidden_construct"


class BadMemberPath(Refused):
    """A member that names a place outside the archive, or that is no plain file."""

    code = "path"


MAX_MEMBERS: Final = 1000
MAX_RATIO: Final = 100
"""Bytes out for each byte in."""
MAX_INFLATED: Final = 200 << 20

_CHUNK: Final = 1 << 20
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVES: Final = (*_ZIP, b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)
"""What `zipfile` raises on damaged bytes; OSError is a seek to nowhere, NotImplementedError a version of the future."""
_OUTSIDE: Final = re.compile(r"^(?:/|[A-Za-z]:)|(?:^|/)\.\.(?:/|$)|[\\\x00-\x1f\x7f]")


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive, unpacked. The name is a label: nothing is ever written under it."""

    name: str
    data: bytes


def entries(
    data: bytes, *, max_members: int = MAX_MEMBERS, max_ratio: int = MAX_RATIO, max_inflated: int = MAX_INFLATED
) -> Iterator[Entry]:
    """Unpack a ZIP, file by file. Everything its directory can tell is refused before the first file comes out.

    Raises:
        UnsupportedArchive: it is no ZIP, is encrypted, or uses a method other than store and deflate.
        MalformedArchive: it is damaged, or has a name twice.
        ArchiveLimit: too many members.
        ArchiveTooLarge: bytes in all, or bytes out for each byte in; `limit` is in bytes.
        NestedArchive: a member is itself an archive, by its first bytes.
        BadMemberPath: an absolute path, `..`, a backslash, a drive, a control character, a link or a device.
    """
    if not data.startswith(_ZIP):
        raise UnsupportedArchive(type="not_zip")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > max_members:
                raise ArchiveLimit(what="members", limit=max_members)
            _insist_plain(members)
            left = most = min(max_inflated, max_ratio * len(data))
            if sum(member.file_size for member in members) > most:
                raise ArchiveTooLarge(limit=most)
            for member in members:
                if member.is_dir():
                    continue
                content = _inflated(archive, member, left)
                if content is None:
                    raise ArchiveTooLarge(limit=most)
                left -= len(content)
                if content.startswith(_ARCHIVES):
                    raise NestedArchive(member=member.filename[:255])
                yield Entry(member.filename, content)
    except _DAMAGE:
        raise MalformedArchive from None


def _insist_plain(members: list[zipfile.ZipInfo]) -> None:
    """Refuse what the directory of the archive gives away."""
    names: set[str] = set()
    for member in members:
        name = member.orig_filename
        kind = stat.S_IFMT(member.external_attr >> 16)
        if _OUTSIDE.search(name) or kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise BadMemberPath(member=ascii(name[:255]))
        if name in names:
            raise MalformedArchive(member=name[:255])
        names.add(name)
        if member.flag_bits & 0x1:
            raise UnsupportedArchive(type="encrypted", member=name[:255])
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnsupportedArchive(type="method", member=name[:255])


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes | None:
    """Unpack one member, or return None when more than `most` bytes come out, whatever its header says."""
    parts: list[bytes] = []
    size = 0
    with archive.open(member) as packed:
        while part := packed.read(_CHUNK):
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    return b"".join(parts)
