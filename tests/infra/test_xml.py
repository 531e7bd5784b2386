"""XML from outside: no document type, no entity, no lie about the encoding, no size that hurts."""

from __future__ import annotations

import contextlib
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.infra import xml
from counterfoil.kernel.errors import Refused

UMLAUT = "\N{LATIN SMALL LETTER U WITH DIAERESIS}"


@pytest.mark.parametrize(
    "data",
    [
        f"<a>{UMLAUT}</a>".encode(),
        f'<?xml version="1.0" encoding="UTF-8"?><a>{UMLAUT}</a>'.encode(),
        b"\xef\xbb\xbf" + f'<?xml version="1.0" encoding="utf-8"?><a>{UMLAUT}</a>'.encode(),
        f"<?xml version='1.0' encoding='ISO-8859-1'?><a>{UMLAUT}</a>".encode("latin-1"),
        f'<?xml version="1.0" encoding="windows-1252"?><a>{UMLAUT}</a>'.encode("cp1252"),
        f'<?xml version="1.0" encoding="UTF-16"?><a>{UMLAUT}</a>'.encode("utf-16"),
        f"<!-- c --><?p i?><a>{UMLAUT}</a>".encode(),
    ],
)
def test_a_document_is_read_in_the_encoding_it_declares(data: bytes) -> None:
    root = xml.parse(data)
    assert (root.tag, root.text) == ("a", UMLAUT)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b"<a>", "malformed"),
        (b"<a></b>", "malformed"),
        (b"<a/><b/>", "malformed"),
        (b"a,b,c", "malformed"),
        (b"<a>\x00</a>", "malformed"),
        (b"<a>&unknown;</a>", "malformed"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "forbidden_construct"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "forbidden_construct"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/">%x;]><a/>', "forbidden_construct"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "forbidden_construct"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "forbidden_construct"),
        (f'<?xml version="1.0" encoding="UTF-8"?><a>{UMLAUT}</a>'.encode("latin-1"), "encoding"),
        (f"<a>{UMLAUT}</a>".encode("latin-1"), "encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "encoding"),
        ('<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16"), "encoding"),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "encoding"),
        ("<a/>".encode("utf-16-le"), "malformed"),
        (b"<a>" * 65 + b"</a>" * 65, "too_deep"),
        (b"<a>" * 200_000, "too_deep"),
    ],
)
def test_what_could_hurt_is_refused_by_name(data: bytes, code: str) -> None:
    began = perf_counter()
    with pytest.raises(Refused) as refused:
        xml.parse(data)
    assert refused.value.code == code
    assert "passwd" not in str(refused.value)
    assert perf_counter() - began < 1


def test_the_limits_are_the_callers() -> None:
    assert xml.parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"
    with pytest.raises(xml.XmlTooLarge):
        xml.parse(b"<a>      </a>", max_bytes=12)
    with pytest.raises(xml.XmlTooDeep):
        xml.parse(b"<a><b/></a>", max_depth=1)
    with pytest.raises(xml.XmlLimit):
        xml.parse(b"<a><b/><b/></a>", max_elements=2)


@given(data=st.binary(max_size=60) | st.text(alphabet='<>/ab&;"=! ?x-[]', max_size=60).map(str.encode))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):
        xml.parse(data)
