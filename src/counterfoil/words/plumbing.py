"""What the readers of JSON, XML, archives and delimited text say of bytes that they do not take."""

SENTENCES: dict[str, str] = {
    "malformed": "This cannot be read ({reason}, line {line}). Nothing of it was stored.",
    "too_large": "This is larger than {limit} bytes. Send it in parts.",
    "too_deep": "This is nested deeper than {limit} levels.",
    "limit": "This has more {what} than {limit}.",
    "encoding": "The text is not in its encoding (byte {offset}, row {row}). Save it as UTF-8.",
    "forbidden_construct": "A {construct} is not taken. Export the file without it.",
    "unsupported_type": "Files of this type ({type}) are not read here.",
    "path": "The archive holds a name that is no plain file: {member}.",
    "schema": "The header is not as the profile wants it: {reason} {columns}.",
    "moving_not_empty": "{place} is not empty. Name an empty home and an empty database; nothing was written.",
    "backup_damaged": "{file} is not a backup that can be read here. Nothing was written.",
    "backup_newer": "This backup was made by a later version, {version}. Install that version first.",
    "moving_differs": "What was read back differs from what was written ({what}). Nothing was kept of it.",
    "moving_record_broken": "The record does not verify ({first}): a copy would prove nothing. Run: counterfoil verify",
    "backup_file_there": "{file} exists. A backup never overwrites: name a new file.",
    "backup_inside_home": "A backup inside {home} would be lost with it. Name a place outside.",
}
