"""The tags of OFX, as SGML (1.x, without closing tags) and as XML (2.x): one reader, because banks mix the two.

A tag that a text follows, or that is never closed in the whole file, holds no others; that is what SGML leaves out.
Nothing is expanded but the five entities of XML and character numbers; a document type is refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from counterfoil.kernel.errors import Refused

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 2_000_000
_TOKEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(.*?)(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<!([A-Za-z]+)"
    r"|<(/?)([A-Za-z][A-Za-z0-9._-]*)(?:\s[^<>]*?)?\s*(/?)>",
    re.DOTALL,
)
_CLOSED: Final = re.compile(r"</([A-Za-z][A-Za-z0-9._-]*)\s*>")


class ForbiddenMarkup(Refused):
    """A document type or an entity. They read files and fill the memory; no statement needs them."""

    code = "forbidden_construct"


class MarkupTooDeep(Refused):
    """Tags nested deeper than any statement has them, or opened one after the other with nothing said in between."""

    code = "too_deep"


class MarkupLimit(Refused):
    """More tags than any statement has."""

    code = "limit"


@dataclass(slots=True)
class Node:
    """A tag with its text and the tags in it; `line` is where it stands."""

    name: str
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Node]:
        """Yield every tag of this name below, in the order of the file; not those inside one that was found."""
        for child in self.children:
            if child.name == name:
                yield child
            else:
                yield from child.all(name)

    def find(self, *names: str) -> Node | None:
        """Return the first of the tags directly below that has one of these names, the earlier name first."""
        return next((child for name in names for child in self.children if child.name == name), None)

    def value(self, *names: str) -> str:
        """Return the text of the first tag directly below that has one of these names and says something."""
        found = (child.text.strip() for name in names for child in self.children if child.name == name)
        return next((text for text in found if text), "")


def tree(text: str, leaves: frozenset[str]) -> Node:
    """Read tags into a tree.

    Args:
        leaves: names that never hold others, although some files close them.

    Raises:
        ForbiddenMarkup, MarkupTooDeep, MarkupLimit: see there.
    """
    closed = {name.upper() for name in _CLOSED.findall(text)} - leaves
    root = Node("", 1)
    stack = [root]
    at = unclosed = 0
    line = 1
    for count, token in enumerate(_TOKEN.finditer(text)):
        if count >= MAX_ELEMENTS:
            raise MarkupLimit(what="tags", limit=MAX_ELEMENTS)
        between = text[at : token.start()]
        _say(stack[-1], html.unescape(between))
        unclosed = 0 if token[3] or between.strip() else unclosed + 1
        if unclosed > MAX_DEPTH:
            raise MarkupTooDeep(limit=MAX_DEPTH, line=line)
        line += text.count("\n", at, token.start())
        _open_or_close(stack, token, line, closed)
        line += token[0].count("\n")
        at = token.end()
    _say(stack[-1], html.unescape(text[at:]))
    return root


def _say(node: Node, text: str) -> None:
    """Add what stands between two tags to the one that is open."""
    if text.strip():
        node.text += text


def _open_or_close(stack: list[Node], token: re.Match[str], line: int, closed: set[str]) -> None:
    data, declared, slash, name, is_empty = token.groups()
    if data is not None:
        _say(stack[-1], data)
    elif declared is not None:
        raise ForbiddenMarkup(construct="doctype" if declared.upper() == "DOCTYPE" else "entity", line=line)
    elif name is None:
        return
    elif slash:
        wanted = name.upper()
        if any(node.name == wanted for node in stack[1:]):
            while stack.pop().name != wanted:
                pass
    else:
        top = stack[-1]
        if len(stack) > 1 and (top.text or top.name not in closed):
            stack.pop()
        node = Node(name.upper(), line)
        stack[-1].children.append(node)
        if not is_empty:
            stack.append(node)
            if len(stack) > MAX_DEPTH + 1:
                raise MarkupTooDeep(limit=MAX_DEPTH, line=line)
