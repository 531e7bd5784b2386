"""Check a binder of Counterfoil, packed or unpacked, and name every byte that was altered.

It needs Python 3.9 or later and nothing else, neither a network nor Counterfoil:

    python3 verify.py counterfoil-2026-06.zip        the file as it was handed over
    python3 verify.py                                the folder that this file lies in, unpacked
    python3 verify.py FILE --head "4f1c... at 812"   and that the chain passes through a head you kept elsewhere

Exit code 0: everything holds. 1: something was altered, and the lines printed say what. 2: this is no binder.
"""

from __future__ import annotations

import argparse
import bisect
import hashlib
import json
import struct
import sys
import time
import zlib
from pathlib import Path

FORM = 1
CHUNK = 64
"""How many bytes one check number of the locator stands for."""
MANIFEST, SEAL, LOCATOR = "manifest.json", "manifest.seal", "locator.bin"
MOST_NAMED = 200
"""So many findings are printed one by one; the rest is counted."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_TO_END_64 = struct.Struct("<4sIQI")
_DAY = 0x21  # 1 January 1980, the first that a ZIP can tell: a binder of the same books is the same file.
_UTF_8 = 0x800
_MOST_32 = 0xFFFFFFFF
_MOST_16 = 0xFFFF


# ------------------------------------------------------------------------------- the file: stored, never compressed


def local_header(name, size, crc):
    """Return what stands before a member's bytes."""
    raw = name.encode("utf-8")
    return _LOCAL.pack(b"PK\x03\x04", 20, _UTF_8, 0, 0, _DAY, crc, size, size, len(raw), 0) + raw


def directory(members):
    """Return what ends the file, for members as (name, size, crc) in their order."""
    parts = []
    offset = 0
    for name, size, crc in members:
        raw = name.encode("utf-8")
        far = struct.pack("<HHQ", 1, 8, offset) if offset >= _MOST_32 else b""
        place = _MOST_32 if far else offset
        head = (b"PK\x01\x02", 0x0314, 45 if far else 20, _UTF_8, 0, 0, _DAY, crc, size, size, len(raw), len(far))
        parts.append(_CENTRAL.pack(*head, 0, 0, 0, 0o100644 << 16, place) + raw + far)
        offset += _LOCAL.size + len(raw) + size
    listed = b"".join(parts)
    count, size = len(members), len(listed)
    if count >= _MOST_16 or offset >= _MOST_32:
        listed += _END_64.pack(b"PK\x06\x06", 44, 0x032D, 45, 0, 0, count, count, size, offset)
        listed += _TO_END_64.pack(b"PK\x06\x07", 0, offset + size, 1)
    counted = min(count, _MOST_16)
    return listed + _END.pack(b"PK\x05\x06", 0, 0, counted, counted, size, min(offset, _MOST_32), 0)


def chunk_checks(data):
    """Return the check numbers of a member: the CRC-32 of each 64 bytes, four bytes each."""
    view = memoryview(data)
    checks = [zlib.crc32(view[start : start + CHUNK]) for start in range(0, len(view), CHUNK)]
    return struct.pack(f">{len(checks)}I", *checks)


def seal_of(manifest):
    """Return the text that guards the manifest: its SHA-256 and its check numbers."""
    checks = chunk_checks(manifest).hex()
    lines = [checks[start : start + 64] for start in range(0, len(checks), 64)]
    return "\n".join([hashlib.sha256(manifest).hexdigest(), *lines, ""]).encode("ascii")


# ------------------------------------------------------------------------------- finding which bytes were altered


class Findings:
    """What does not hold, in the order in which it was found."""

    def __init__(self):
        self.items = []

    def add(self, code, sentence, member="", row=None, field="", byte=None):
        """Note one finding: its code, a sentence, and where it stands as far as that is known."""
        found = {"code": code, "member": member, "row": row, "field": field, "byte": byte, "text": sentence}
        self.items.append(found)


_syndromes: dict = {}


def _changes():
    """Return which single change of a byte, how far from the end of its chunk, makes which difference of the CRC."""
    if not _syndromes:
        for behind in range(CHUNK):
            nothing = zlib.crc32(bytes(behind + 1))
            for change in range(1, 256):
                _syndromes[zlib.crc32(bytes([change]) + bytes(behind)) ^ nothing] = (behind, change)
    return _syndromes


def restored_chunk(chunk, difference):
    """Return the places of one or two altered bytes as (index, byte as it was), or None when there are more."""
    single = _changes()
    last = len(chunk) - 1
    if difference in single:
        behind, change = single[difference]
        return [(last - behind, chunk[last - behind] ^ change)] if behind <= last else None
    for one, (behind, change) in single.items():
        other = single.get(one ^ difference)
        if other is not None and max(behind, other[0]) <= last and behind != other[0]:
            pairs = sorted([(last - behind, change), (last - other[0], other[1])])
            return [(place, chunk[place] ^ changed) for place, changed in pairs]
    return None


def altered_bytes(data, checks, size):
    """Return (changes, ranges): bytes that can be named with what they were, and chunks in which more was altered."""
    wanted = struct.unpack(f">{len(checks) // 4}I", checks[: len(checks) // 4 * 4])
    changes, ranges = [], []
    for at, check in enumerate(wanted):
        start = at * CHUNK
        chunk = bytes(data[start : min(start + CHUNK, size)])
        found = zlib.crc32(chunk)
        if found == check:
            continue
        is_whole = len(chunk) == min(CHUNK, size - start)
        known = restored_chunk(chunk, found ^ check) if is_whole else None
        if known is None:
            ranges.append((start, min(start + CHUNK, size)))
        else:
            changes += [(start + place, was) for place, was in known]
    return changes, ranges


def field_at(text, at):
    """Return the path of the value that stands at a character of one line of JSON, as `row.postings[0][2]`."""
    decoder = json.JSONDecoder()

    def walk(start, path):
        if start < len(text) and text[start] == "{":
            place = start + 1
            while place < len(text) and text[place] != "}":
                key, colon = decoder.raw_decode(text, place)
                _, end = decoder.raw_decode(text, colon + 1)
                if at < end:
                    return walk(colon + 1, path + "." + key if path else key)
                place = end + 1 if text[end] == "," else end
        elif start < len(text) and text[start] == "[":
            place, number = start + 1, 0
            while place < len(text) and text[place] != "]":
                _, end = decoder.raw_decode(text, place)
                if at < end:
                    return walk(place, path + f"[{number}]")
                place, number = (end + 1 if text[end] == "," else end), number + 1
        return path

    try:
        return walk(0, "")
    except (ValueError, IndexError, TypeError):
        return ""


class Places:
    """Says in which row and field of a member a byte stands."""

    def __init__(self, name, data):
        self.is_rows = name.endswith((".jsonl", ".json"))
        self.is_text = self.is_rows or name.endswith((".md", ".py", ".seal", ".csv"))
        self.data = data
        self.ends = []
        if self.is_text:
            end = data.find(b"\n")
            while end >= 0:
                self.ends.append(end)
                end = data.find(b"\n", end + 1)

    def row_of(self, offset):
        """Return the row, counted from 1, and the field; (None, "") where a member has no rows."""
        if not self.is_text:
            return None, ""
        row = bisect.bisect_left(self.ends, offset)
        start = self.ends[row - 1] + 1 if row else 0
        end = self.ends[row] if row < len(self.ends) else len(self.data)
        if not self.is_rows:
            return row + 1, ""
        line = bytes(self.data[start:end])
        character = len(line[: offset - start].decode("utf-8", "ignore"))
        text = line.decode("utf-8", "replace").strip().rstrip(",")
        return row + 1, field_at(text, character)

    def named(self, row):
        """Return what a row says it is, as `entry J-17`."""
        start = self.ends[row - 2] + 1 if row > 1 else 0
        end = self.ends[row - 1] if row - 1 < len(self.ends) else len(self.data)
        try:
            line = json.loads(bytes(self.data[start:end]).decode("utf-8"))
        except ValueError:
            return ""
        name = line.get("name", "") if isinstance(line, dict) else ""
        return name if isinstance(name, str) else ""


def shown(byte):
    """Write one byte for people."""
    return repr(chr(byte)) if 32 <= byte < 127 else f"0x{byte:02x}"


def _located(found, name, data, size, checks, sha256):
    """Name what was altered in a member; return its bytes as they were where that can be proven, else as they are."""
    if len(data) != size:
        shift = f"{len(data) - size} bytes more" if len(data) > size else f"{size - len(data)} bytes fewer"
        ranges = altered_bytes(data, checks, size)[1] or [(size, len(data))]
        row = Places(name, data).row_of(min(ranges[0][0], len(data)))[0]
        where = f" from byte {ranges[0][0]}" + (f" (row {row})" if row else "") + " on"
        found.add("length", f"{name}: {shift} than there were,{where}", name, row, byte=ranges[0][0])
        return data
    changes, ranges = altered_bytes(data, checks, size)
    before = bytearray(data)
    for place, was in changes:
        before[place] = was
    is_proven = not ranges and hashlib.sha256(before).hexdigest() == sha256
    if not is_proven and not ranges:
        ranges = [(place // CHUNK * CHUNK, min(place // CHUNK * CHUNK + CHUNK, size)) for place, _ in changes]
        changes = []
    as_it_was = bytes(before)
    places = Places(name, as_it_was)
    for place, was in changes:
        row, field = places.row_of(place)
        text = "{}, {}: is {}, was {}".format(
            _where(name, row, field, places), f"byte {place}", shown(data[place]), shown(was)
        )
        found.add("byte", text, name, row, field, place)
    for start, end in sorted(set(ranges)):
        row, field = places.row_of(start)
        text = f"{_where(name, row, field, places)}, bytes {start} to {end - 1}: several were altered"
        found.add("bytes", text, name, row, field, start)
    if not changes and not ranges:
        found.add("sha256", f"{name}: does not have the SHA-256 that the manifest says", name)
    return as_it_was if is_proven else data


def _where(name, row, field, places):
    title = places.named(row) if row and places.is_rows else ""
    return (
        name
        + (f", row {row}" if row else "")
        + (f" ({title})" if title else "")
        + (f", field {field}" if field else "")
    )


# ------------------------------------------------------------------------------- reading a binder


class NoBinder(Exception):
    """There is nothing here that could be checked."""


class Binder:
    """The members of a binder, as they are; and its manifest, which says how they were."""

    def __init__(self, path, found):
        self.path = path
        self.found = found
        self.manifest = {}
        self.members = {}

    def read(self):
        """Read and check all bytes; what was altered is named."""
        if self.path.is_dir():
            raw = {
                file.relative_to(self.path).as_posix(): file.read_bytes()
                for file in sorted(self.path.rglob("*"))
                if file.is_file() and "__pycache__" not in file.parts
            }
            if MANIFEST not in raw or SEAL not in raw:
                raise NoBinder(f"{self.path} holds no {MANIFEST}")
            self._open_manifest(raw[MANIFEST], raw[SEAL])
        else:
            raw = self._unpacked(self.path.read_bytes())
        self._check(raw)

    def _open_manifest(self, data, seal):
        lines = seal.decode("ascii", "replace").split("\n")
        if seal_of(data) != seal:
            data = self._guarded(data, seal, lines)
        try:
            self.manifest = json.loads(data.decode("utf-8"))
        except ValueError:
            raise NoBinder("the manifest cannot be read") from None
        if self.manifest.get("form") != FORM:
            raise NoBinder("form {!r} is not known to this verifier".format(self.manifest.get("form")))
        self.members[MANIFEST] = data

    def _guarded(self, data, seal, lines):
        """The manifest or its seal was altered: find out which, and where."""
        true = seal_of(data)
        off = [
            place for place in range(max(len(true), len(seal))) if true[place : place + 1] != seal[place : place + 1]
        ]
        try:
            json.loads(data.decode("utf-8"))
            is_readable = True
        except ValueError:
            is_readable = False
        # An altered manifest differs from its seal in the hash and in a check; an altered seal in one of them.
        is_seal = is_readable and not (off[0] < 64 < off[-1])
        if is_seal or (len(true) != len(seal) and is_readable):
            for place in off[:MOST_NAMED]:
                row, _ = Places(SEAL, seal).row_of(place)
                self.found.add("byte", f"{SEAL}, row {row}, byte {place} was altered", SEAL, row, byte=place)
            return data
        try:
            checks = bytes.fromhex("".join(lines[1:]))
        except ValueError:
            checks = chunk_checks(data)
        return _located(self.found, MANIFEST, data, len(data), checks, lines[0])

    def _unpacked(self, whole):
        """Take a packed binder apart by its manifest, which stands first, and check every byte around the members."""
        start = _LOCAL.size + len(MANIFEST)
        sizes = []
        if len(whole) >= start:
            sizes.append(struct.unpack("<I", whole[22:26])[0])
        listed = whole.rfind(b"PK\x01\x02", 0, whole.find(b"PK\x01\x02" + b"", start) + 4)
        if listed >= 0:
            sizes.append(struct.unpack("<I", whole[listed + 24 : listed + 28])[0])
        following = whole.find(b"PK\x03\x04", start)
        if following >= 0:
            sizes.append(following - start)
        for size in dict.fromkeys(sizes):
            seal_at = start + size + _LOCAL.size + len(SEAL)
            seal_size = len(seal_of(bytes(size))) if size < len(whole) else 0
            data, seal = whole[start : start + size], whole[seal_at : seal_at + seal_size]
            if len(seal) == seal_size and seal_size and self._fits(data, seal):
                self._open_manifest(data, seal)
                return self._taken_apart(whole, len(data), seal_size)
        raise NoBinder(f"{self.path} is no binder, or its first bytes were altered beyond reading")

    def _fits(self, data, seal):
        """Tell whether these are a manifest and its seal, of which either may be altered in places."""
        true = seal_of(data)
        same = sum(one == other for one, other in zip(true, seal))
        return same > len(true) * 0.8 or (data[:9] == b'{"books":' and seal[64:65] == b"\n")

    def _taken_apart(self, whole, manifest_size, seal_size):
        manifest = self.members[MANIFEST]
        listed = [(MANIFEST, manifest_size, zlib.crc32(manifest)), (SEAL, seal_size, zlib.crc32(seal_of(manifest)))]
        listed += [(one["name"], one["size"], one["crc32"]) for one in self.manifest["members"]]
        raw, place, expected = {}, 0, []
        for name, size, crc in listed:
            begin = place + _LOCAL.size + len(name.encode("utf-8"))
            raw[name] = whole[begin : begin + size]
            expected.append((name, size, crc))
            self._compare(whole, place, local_header(name, size, crc), "the header of " + name)
            place = begin + size
        end = directory(expected)
        self._compare(whole, place, end, "the directory at its end")
        if len(whole) > place + len(end):
            text = f"the file has {len(whole) - place - len(end)} bytes after its end"
            self.found.add("container", text, byte=place + len(end))
        return raw

    def _compare(self, whole, place, wanted, what):
        is_ = whole[place : place + len(wanted)]
        if is_ == wanted:
            return
        if len(is_) < len(wanted):
            self.found.add("container", f"the file ends within {what}", byte=len(whole))
        for at, (one, other) in enumerate(zip(is_, wanted)):
            if one != other:
                text = f"the file itself, {what}, byte {place + at}: is {shown(one)}, was {shown(other)}"
                self.found.add("container", text, byte=place + at)

    def _check(self, raw):
        listed = {one["name"]: one for one in self.manifest["members"]}
        for name in sorted(set(raw) - set(listed) - {MANIFEST, SEAL}):
            self.found.add("foreign", f"{name} does not belong to the binder", name)
        checks = raw.get(LOCATOR, b"")
        about = listed.get(LOCATOR)
        if about and hashlib.sha256(checks).hexdigest() != about["sha256"]:
            checks = self._locator(raw, listed, checks)
        place = 0
        for name, one in listed.items():
            if name == LOCATOR:
                continue
            length = -(-one["size"] // CHUNK) * 4
            mine = checks[place : place + length]
            place += length
            if name not in raw:
                self.found.add("missing", f"{name} is missing", name)
                continue
            data = raw[name]
            if len(data) != one["size"] or hashlib.sha256(data).hexdigest() != one["sha256"]:
                data = _located(self.found, name, data, one["size"], mine, one["sha256"])
            self.members[name] = data

    def _locator(self, raw, listed, checks):
        """The locator was altered: find where from the members that are as they were."""
        true = b""
        for name, one in listed.items():
            if name == LOCATOR:
                continue
            data = raw.get(name, b"")
            length = -(-one["size"] // CHUNK) * 4
            is_whole = len(data) == one["size"] and hashlib.sha256(data).hexdigest() == one["sha256"]
            true += chunk_checks(data) if is_whole else checks[len(true) : len(true) + length]
        off = [place for place, (is_, was) in enumerate(zip(checks, true)) if is_ != was]
        for place in off:
            text = f"{LOCATOR}, byte {place}: is {shown(checks[place])}, was {shown(true[place])}"
            self.found.add("byte", text, LOCATOR, byte=place)
        if not off or len(checks) != len(true):
            self.found.add("sha256", f"{LOCATOR}: does not have the SHA-256 that the manifest says", LOCATOR)
        return true


# ------------------------------------------------------------------------------- what the rows say


def sha256_text(text):
    """Return the SHA-256 of a text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


_DECODER = json.JSONDecoder()


def lines_of(data):
    """Yield the rows of a member as text."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if end > start:
            yield data[start:end].decode("utf-8", "replace")
        start = end + 1


def raw_value(text, name):
    """Return one value of a row's line exactly as it is written, or None."""
    mark = text.find(f',"{name}":')
    if mark < 0:
        return None
    start = mark + len(name) + 4
    try:
        end = _DECODER.raw_decode(text, start)[1]
    except ValueError:
        return None
    return text[start:end]


class Checked:
    """The checks of what the rows say, over the members of one binder."""

    def __init__(self, binder, found, heads):
        self.manifest = binder.manifest
        self.members = binder.members
        self.found = found
        self.heads = heads
        self.counts = {"events": 0, "rows": 0, "entries": 0, "documents": 0, "releases": 0, "anchors": 0}
        self.links = {}
        self.roots = {}
        self.bodies = {}

    def run(self):
        """Check chain, anchors, rows, balances, numbers and files, each against the others."""
        self._chain()
        self._anchors()
        for one in self.manifest["members"]:
            if one.get("kind"):
                self._rows(one)
        for event, (kind, count, root) in sorted(self.roots.items()):
            if kind in self._kinds() and root:
                text = f"event {event} ({kind}): its {count} rows are not in the binder"
                self.found.add("rows_gone", text, "events.jsonl")
        self._entries()
        self._released()
        self._numbers()
        self._files()

    def _kinds(self):
        return {one["kind"] for one in self.manifest["members"] if one.get("kind")}

    def _parsed(self, name):
        """Yield the rows of a member: number, text, value; what cannot be read is named."""
        for number, line in enumerate(lines_of(self.members.get(name, b"")), 1):
            try:
                value = json.loads(line)
            except ValueError:
                self.found.add("unreadable", f"{name}, row {number} cannot be read", name, number)
                continue
            yield number, line, value

    def _chain(self):
        name = "events.jsonl"
        sequence, previous = self.manifest["opening"]["sequence"], self.manifest["opening"]["hash"]
        for number, line, row in self._parsed(name):
            self.counts["events"] += 1
            where = f"{name}, row {number} (sequence {row.get('sequence')})"
            content = raw_value(line, "content")
            if content is not None:
                if sha256_text(content) != row["hash"]:
                    self.found.add("event", f"{where}: the event was altered", name, number, "content")
                said = row["content"]
                self.roots[row["event"]] = (said["kind"], said["items_count"], said["items_root"])
                self.bodies.setdefault(said["kind"], []).append((row["event"], row["sequence"], said))
            sequence += 1
            link = sha256_text(f"counterfoil/link/1\n{sequence}\n{previous}\n{row['hash']}")
            if row["sequence"] != sequence or row["link"] != link:
                self.found.add("chain", f"{where}: the chain is broken here", name, number, "link")
            sequence, previous = row["sequence"], row["link"]
            self.links[sequence] = previous
        head = self.manifest["head"]
        if (sequence, previous) != (head["sequence"], head["hash"]):
            text = f"events.jsonl: the chain ends at {sequence} and should end at {head['sequence']}"
            self.found.add("tail", text, name)

    def _anchors(self):
        name = "anchors.jsonl"
        for number, _, row in self._parsed(name):
            self.counts["anchors"] += 1
            if self.links.get(row["sequence"]) != row["hash"]:
                text = f"{name}, row {number}: the chain does not pass through the head at {row['sequence']}"
                self.found.add("anchor", text, name, number)
        for sequence, hash_ in self.heads:
            here = self.links.get(sequence)
            if here is None:
                self.found.add("head", f"the binder does not reach sequence {sequence} of the head you gave")
            elif not here.startswith(hash_):
                self.found.add("head", f"sequence {sequence} is {here[:16]} here, and {hash_} in the head you gave")

    def _rows(self, member):
        name = member["name"]
        attached = member.get("attached", {})
        hashes: list = []
        event, first = None, 1
        for number, line, row in self._parsed(name):
            self.counts["rows"] += 1
            text = raw_value(line, "row")
            where = f"{name}, row {number} ({row.get('name', '?')})"
            if text is not None:
                covered = row["seal"].replace("{row}", sha256_text(text), 1) if "seal" in row else text
                if member.get("joined"):
                    covered = "\n".join(row["row"])
                if sha256_text(covered) != row["hash"]:
                    self.found.add("row", f"{where}: the row was altered", name, number, "row")
                for field, holder in attached.items():
                    part = raw_value(line, field)
                    if part is not None and sha256_text(part) != row["row"].get(holder):
                        self.found.add("row", f"{where}: {field} was altered", name, number, field)
            if row["event"] != event:
                self._root(name, event, hashes, first)
                event, hashes, first = row["event"], [], number
            hashes.append(row["hash"])
        self._root(name, event, hashes, first)

    def _root(self, name, event, hashes, first):
        if event is None:
            return
        _, count, root = self.roots.pop(event, ("", 0, ""))
        if sha256_text("\n".join(hashes)) != root or len(hashes) != count:
            rows = f"{name}, rows {first} to {first + len(hashes) - 1}"
            text = f"{rows}: they do not match event {event} of the record"
            self.found.add("root", text, name, first)

    def _entries(self):
        name = "entries.jsonl"
        moved: dict = {}
        start, end = self.manifest["start"], self.manifest["end"]
        for number, _, line in self._parsed(name):
            row = line.get("row")
            if row is None:
                continue
            self.counts["entries"] += 1
            where = f"{name}, row {number} ({line['name']})"
            sums: dict = {}
            for account, currency, amount, base, *_ in row["postings"]:
                sums[currency] = sums.get(currency, 0) + amount
                sums[""] = sums.get("", 0) + base
                moved[account] = moved.get(account, 0) + base
            if any(sums.values()) or len(row["postings"]) < 2:
                self.found.add("unbalanced", f"{where}: the entry does not balance", name, number, "row.postings")
            if not start <= row["date"] < end:
                self.found.add("period", f"{where}: dated outside the period", name, number, "row.date")
        self._balances(moved)

    def _released(self):
        """What each entry of released revenue moved must be what was released with it, line by line."""
        name = "releases.jsonl"
        incomes = {row["account"] for _, _, row in self._parsed("accounts.jsonl") if row["kind"] == "income"}
        posted: dict = {}
        for number, _, line in self._parsed("entries.jsonl"):
            row = line.get("row")
            if row is not None and row["source"].startswith("release:"):
                earned = -sum(base for account, _, _, base, *_ in row["postings"] if account in incomes)
                posted[line["name"]] = (earned, number)
        released: dict = {}
        for number, _, row in self._parsed(name):
            self.counts["releases"] += 1
            earlier, first = released.get(row["entry"], (0, number))
            released[row["entry"]] = (earlier + row["base_minor"], first)
        for entry, (earned, number) in posted.items():
            found, row = released.pop(entry, (0, number))
            if found != earned:
                text = f"{name}, row {row}: {found} was released with {entry}, which posted {earned}"
                self.found.add("release", text, name, row, "base_minor")
        for entry, (_, number) in released.items():
            text = f"{name}, row {number}: {entry} is not in the binder as a release"
            self.found.add("release", text, name, number, "entry")

    def _balances(self, moved):
        """What each account had before, and what was posted, must be the trial balance that closing recorded."""
        name = "accounts.jsonl"
        closings = [
            body for event, _, body in self.bodies.get("ledger.period_closed", [])
            if body["subject"] == "period:" + self.manifest["period"] and event == self.manifest.get("closing_event")
        ]  # fmt: skip
        said = json.loads(closings[-1]["body"])["trial_balance"] if closings else {}
        known = set()
        for number, _, row in self._parsed(name):
            known.add(row["account"])
            found = row["opening_minor"] + moved.get(row["account"], 0)
            if said and int(said.get(row["code"], "0")) != found:
                closed = said.get(row["code"], "0")
                text = f"{name}, row {number}: account {row['code']} comes to {found} and was closed at {closed}"
                self.found.add("balance", text, name, number, "opening_minor")
        for account in sorted(set(moved) - known):
            self.found.add("account", f"an entry names account {account}, which accounts.jsonl does not know", name)

    def _numbers(self):
        taken: dict = {}
        for number, _, line in self._parsed("documents.jsonl"):
            if line.get("row") is None:
                continue
            self.counts["documents"] += 1
            taken.setdefault(line["series"], []).append((line["no"], line["row"]["issue_date"], number))
        for number, _, series in self._parsed("series.jsonl"):
            wanted = series["before"] + 1
            day = ""
            for no, issued, row in sorted(taken.pop(series["series"], [])):
                if no != wanted:
                    text = f"documents.jsonl, row {row}: number {no} of series {series['name']} follows {wanted - 1}"
                    self.found.add("gap", text, "documents.jsonl", row, "no")
                if issued < day:
                    text = f"documents.jsonl, row {row}: dated before the number in front of it"
                    self.found.add("order", text, "documents.jsonl", row, "row.issue_date")
                wanted, day = no + 1, issued
            if wanted - 1 != series["through"]:
                ends = f"{series['name']} ends at {wanted - 1} and should end at {series['through']}"
                text = f"series.jsonl, row {number}: {ends}"
                self.found.add("gap", text, "series.jsonl", number, "through")
        for series in sorted(taken):
            self.found.add("gap", f"documents.jsonl: series {series} is not listed", "documents.jsonl")

    def _files(self):
        """Printed documents are named by the SHA-256 that the chain holds of them."""
        printed = {}
        for _, _, said in self.bodies.get("billing.printed", []):
            printed[json.loads(said["body"])["number"]] = json.loads(said["body"])["sha256"]
        for one in self.manifest["members"]:
            number = one.get("prints")
            if number is None or one["name"] not in self.members:
                continue
            here = hashlib.sha256(self.members[one["name"]]).hexdigest()
            if here != one["sha256"] or (number in printed and printed[number] != here):
                text = "{} is not what was printed as {}".format(one["name"], number)
                self.found.add("file", text, one["name"])


# ------------------------------------------------------------------------------- the command


def verified(path, heads=()):
    """Check a binder and return what was found: the manifest, how much was counted, and the findings.

    Raises:
        NoBinder: there is nothing here that could be checked.
    """
    found = Findings()
    binder = Binder(Path(path), found)
    binder.read()
    checked = Checked(binder, found, heads)
    try:
        checked.run()
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        found.add("malformed", f"a row does not have the form of a binder: {type(error).__name__} {error}")
    return binder.manifest, checked.counts, found.items


def head_of(text):
    """Read a head as it is printed on documents, `4f1c2a... at 812`, or as `812:4f1c2a...`."""
    if " at " in text:
        hash_, sequence = text.split(" at ")
    else:
        sequence, hash_ = text.split(":")
    return int(sequence.replace(",", "")), hash_.strip().lower()


def main(arguments=None):
    """Run the verifier and return its exit code."""
    parser = argparse.ArgumentParser(description="Check a binder of Counterfoil, packed or unpacked.")
    parser.add_argument("binder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--head", action="append", default=[], type=head_of, help="a head of the chain kept elsewhere")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    begun = time.perf_counter()
    try:
        manifest, counts, found = verified(asked.binder, asked.head)
    except (NoBinder, OSError) as error:
        print(f"This is no binder that can be checked: {error}", file=sys.stderr)
        return 2
    seconds = time.perf_counter() - begun
    if asked.json:
        said = {"ok": not found, "period": manifest["period"], "findings": found, "seconds": seconds}
        print(json.dumps(dict(said, **counts), ensure_ascii=False, indent=1))
        return 1 if found else 0
    print("Binder of {} for {} ({})".format(manifest["books"]["name"], manifest["period"], manifest["state"]))
    print(", ".join(f"{number} {what}" for what, number in counts.items()) + f" in {seconds:.1f} s")
    for one in found[:MOST_NAMED]:
        print("ALTERED: " + one["text"])
    if len(found) > MOST_NAMED:
        print(f"... and {len(found) - MOST_NAMED} more")
    head = manifest["head"]
    print(f"Head of the chain: {head['hash'][:16]} at {head['sequence']}")
    print(f"THIS BINDER DOES NOT HOLD: {len(found)} findings." if found else "Everything holds.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
