"""Archives from outside: every limit counted on what really comes out."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

import pytest

from counterfoil.infra import archive
from counterfoil.kernel.errors import Refused


def a_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return packed.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    return {entry.name: entry.data for entry in archive.entries(data)}


def test_plain_files_come_out_as_they_went_in() -> None:
    files = {"a.xml": b"<a/>", "folder/b.csv": b"x,y\n1,2\n", "empty": b""}
    assert unpacked(a_zip(files)) == files
    assert unpacked(a_zip({"folder/": b""} | files)) == files
    assert unpacked(a_zip({})) == {}


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "C:\\a", "c:a", "a\\b", "..", "a/..", "a\nb"])
def test_a_name_that_leads_outside_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        unpacked(a_zip({name: b"x"}))
    assert refused.value.code == "path"


def test_a_link_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        link = zipfile.ZipInfo("a")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
    with pytest.raises(archive.BadMemberPath):
        unpacked(packed.getvalue())


def test_too_many_members_are_refused_before_the_first_comes_out() -> None:
    data = a_zip({str(number): b"" for number in range(1001)})
    with pytest.raises(archive.ArchiveLimit) as refused:
        next(archive.entries(data))
    assert refused.value.facts == {"what": "members", "limit": 1000}


def test_more_than_a_hundred_bytes_for_one_is_refused() -> None:
    with pytest.raises(archive.ArchiveTooLarge):
        unpacked(a_zip({"a": bytes(10 << 20)}))


def test_a_directory_that_lies_about_the_size_is_not_believed() -> None:
    data = a_zip({"a": bytes(1 << 20), "b": b"x"})
    honest = (1 << 20).to_bytes(4, "little")
    with pytest.raises(Refused) as refused:
        unpacked(data.replace(honest, (1000).to_bytes(4, "little")))
    assert refused.value.code in {"malformed", "too_large"}


def test_the_bytes_of_all_members_together_are_limited() -> None:
    data = a_zip({"a": b"x" * 600, "b": b"y" * 600}, zipfile.ZIP_STORED)
    with pytest.raises(archive.ArchiveTooLarge):
        list(archive.entries(data, max_inflated=1000))


def test_an_archive_in_an_archive_is_refused() -> None:
    with pytest.raises(archive.NestedArchive):
        unpacked(a_zip({"b.csv": a_zip({"a": b"x"})}))


def test_a_name_twice_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("a", "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            target.writestr("a", "y")
    with pytest.raises(archive.MalformedArchive):
        unpacked(packed.getvalue())


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08", b"%PDF-1.7", b"a,b\n"])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(archive.UnsupportedArchive):
        unpacked(data)


def test_other_methods_and_encryption_are_refused() -> None:
    with pytest.raises(archive.UnsupportedArchive):
        unpacked(a_zip({"a": b"x"}, zipfile.ZIP_BZIP2))
    encrypted = bytearray(a_zip({"a": b"x"}))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(archive.UnsupportedArchive):
        unpacked(bytes(encrypted))


def test_a_damaged_archive_is_refused_wherever_it_is_cut() -> None:
    data = a_zip({"a.txt": b"hello hello hello", "b.txt": b"x" * 500})
    for cut in range(4, len(data)):
        with pytest.raises(Refused):
            unpacked(data[:cut])


def test_a_flipped_byte_is_refused_or_changes_nothing_unseen() -> None:
    files = {"a.txt": b"hello hello hello", "b.txt": bytes(range(256))}
    data = a_zip(files)
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 0xFF
        try:
            contents = unpacked(bytes(flipped))
        except Refused:
            continue
        assert set(contents.values()) <= set(files.values())
