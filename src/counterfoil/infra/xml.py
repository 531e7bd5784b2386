"""The one XML reader for bytes from outside: no document type, no entities, capped size, depth and elements.

The encoding is checked before the parser sees a byte, so that a file that lies about it is refused by name and
position instead of being read as something else.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import XMLParser

from counterfoil.kernel.errors import Refused


class MalformedXml(Refused):
    """Not well formed; `line` and `column` say where."""

    code = "malformed"


class BadXmlEncoding(Refused):
    """Bytes that are not what the file declares, or an encoding that we do not read."""

    code = "encoding"


class ForbiddenXml(Refused):
    """A document type or an entity. They read files, call hosts and fill the memory; no statement needs them."""

    code = "forbidden_construct"


class XmlTooLarge(Refused):
    """More bytes than the caller takes."""

    code = "too_large"


class XmlTooDeep(Refused):
    """Elements nested deeper than the caller takes."""

    code = "too_deep"


class XmlLimit(Refused):
    """More elements than the caller takes."""

    code = "limit"


_ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
"""What a file may declare, and what Python calls it."""
_DECLARED: Final = re.compile(r"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def parse(data: bytes, *, max_bytes: int = 20 << 20, max_depth: int = 64, max_elements: int = 1_000_000) -> Element:
    """Read a document and return its root. Comments and processing instructions are dropped.

    Raises:
        XmlTooLarge, XmlTooDeep, XmlLimit: a limit is passed.
        BadXmlEncoding: the bytes are not in the declared encoding (UTF-8 where none is declared).
        ForbiddenXml: there is a document type or an entity; refused before anything is expanded.
        MalformedXml: it is not well formed, or it ends early.
    """
    if len(data) > max_bytes:
        raise XmlTooLarge(limit=max_bytes)
    text = _decoded(data)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise MalformedXml(line=line, column=1)
    parser = XMLParser(target=_CappedBuilder(max_depth, max_elements), encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(text.encode("utf-8"))
        root = parser.close()
    except ParseError as error:
        line, column = error.position
        raise MalformedXml(line=line, column=column + 1) from None
    except DefusedXmlException as error:
        raise ForbiddenXml(construct="doctype" if isinstance(error, DTDForbidden) else "entity") from None
    if not isinstance(root, Element):
        raise MalformedXml(line=1, column=1)
    return root


class _CappedBuilder(TreeBuilder):
    """Builds the tree, and stops where it grows too deep or too large."""

    def __init__(self, max_depth: int, max_elements: int) -> None:
        super().__init__()
        self._depth_left = self._max_depth = max_depth
        self._elements_left = self._max_elements = max_elements

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth_left -= 1
        self._elements_left -= 1
        if self._depth_left < 0:
            raise XmlTooDeep(limit=self._max_depth)
        if self._elements_left < 0:
            raise XmlLimit(what="elements", limit=self._max_elements)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth_left += 1
        return super().end(tag)


def _decoded(data: bytes) -> str:
    """Decode strictly as declared. A byte-order mark and a declaration must agree."""
    marked = _marked_encoding(data)
    declaration = data[:1000].decode(marked or "latin-1", errors="replace").removeprefix("\ufeff")
    found = _DECLARED.match(declaration)
    declared = _ENCODINGS.get(found[1].lower()) if found else None
    if found and declared is None:
        raise BadXmlEncoding(declared=found[1])
    if found and (marked or "") != (declared if declared in {"utf-16", marked} else ""):
        raise BadXmlEncoding(declared=found[1], marked=marked)
    encoding = marked or declared or "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadXmlEncoding(declared=found[1] if found else encoding, offset=error.start) from None
    return text.removeprefix("\ufeff")


def _marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte-order mark names."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not data.startswith(b"\xff\xfe\x00\x00"):
        return "utf-16"
    return None
