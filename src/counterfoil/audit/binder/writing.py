"""Writing a binder: members are spooled beside the file, counted and hashed, and put together behind their manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from counterfoil.audit.binder import verify
from counterfoil.audit.registry import BinderRow
from counterfoil.kernel import canonical
from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.errors import Fact

_BUFFER = 1 << 20


class _Member:
    """One member on its way to the disk: size, hash and check numbers grow with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.crc = 0
        self.checks = bytearray()
        self.sha256 = hashlib.sha256()
        self._file = path.open("wb")
        self._rest = b""

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        self.sha256.update(data)
        whole = self._rest + data
        cut = len(whole) // verify.CHUNK * verify.CHUNK
        self.checks += verify.chunk_checks(whole[:cut])
        self._rest = whole[cut:]

    def close(self) -> None:
        self._file.close()
        self.checks += verify.chunk_checks(self._rest)


class Writer:
    """Collects members and puts them into one file; used as a context, so that nothing is left behind."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._members: list[tuple[dict[str, Fact], _Member]] = []

    def __enter__(self) -> Writer:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f".{self.out.name}.", dir=self.out.parent))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self._folder)

    def add_lines(self, name: str, lines: Iterable[str], **about: Fact) -> int:
        """Add a member of one JSON text a line; returns how many lines there are."""
        member = _Member(self._folder / str(len(self._members)))
        parts: list[str] = []
        size = count = 0
        for line in lines:
            parts.append(line)
            size += len(line)
            count += 1
            if size > _BUFFER:
                member.write(("\n".join(parts) + "\n").encode("utf-8"))
                parts, size = [], 0
        if parts:
            member.write(("\n".join(parts) + "\n").encode("utf-8"))
        self._keep(name, member, {**about, "rows": count})
        return count

    def add_bytes(self, name: str, data: bytes, **about: Fact) -> None:
        """Add a member as it is."""
        member = _Member(self._folder / str(len(self._members)))
        member.write(data)
        self._keep(name, member, about)

    def _keep(self, name: str, member: _Member, about: Mapping[str, Fact]) -> None:
        member.close()
        said: dict[str, Fact] = {
            "name": name,
            "size": member.size,
            "sha256": member.sha256.hexdigest(),
            "crc32": member.crc,
        }
        self._members.append(({**said, **about}, member))

    def finish(self, manifest: Mapping[str, Fact]) -> str:
        """Put everything into the file and return the SHA-256 of its manifest."""
        self.add_bytes(verify.LOCATOR, b"".join(bytes(member.checks) for _, member in self._members))
        head = canonical.canonical_bytes(dict(manifest)).decode("utf-8")
        listed = ",\n".join(canonical.canonical_bytes(said).decode("utf-8") for said, _ in self._members)
        data = f'{head[:-1]},"members":[\n{listed}\n]}}\n'.encode()
        seal = verify.seal_of(data)
        first = [(verify.MANIFEST, data), (verify.SEAL, seal)]
        placed = [(name, len(content), zlib.crc32(content)) for name, content in first]
        placed += [(str(said["name"]), member.size, member.crc) for said, member in self._members]
        partial = self._folder / "whole"
        with partial.open("wb") as file:
            for (_, content), place in zip(first, placed, strict=False):
                file.write(verify.local_header(*place))
                file.write(content)
            for (_, member), place in zip(self._members, placed[2:], strict=True):
                file.write(verify.local_header(*place))
                with member.path.open("rb") as source:
                    shutil.copyfileobj(source, file, _BUFFER)
            file.write(verify.directory(placed))
        partial.replace(self.out)
        return hashlib.sha256(data).hexdigest()


def row_line(row: BinderRow) -> str:
    """Return one row under the record as its line: what is known beside it, its text, and what is attached to it."""
    parts = [f'{{"event":{row.event_id},"name":{quoted(row.name)},"hash":"{row.hash}"']
    for name, fact in row.about.items():
        parts.append(f'"{name}":{json.dumps(fact, ensure_ascii=False)}')
    if row.text is not None:
        if row.seal:
            parts.append(f'"seal":{quoted(row.seal)}')
        parts.append(f'"row":{row.text}')
        parts += [f'"{name}":{text}' for name, text in row.attached.items()]
    return ",".join(parts) + "}"


def context_line(row: Mapping[str, Fact]) -> str:
    """Return a row that no event covers as its line."""
    return canonical.canonical_bytes(dict(row)).decode("utf-8")
