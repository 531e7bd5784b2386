"""What the pages say themselves."""

SENTENCES: dict[str, str] = {
    "unknown_choice": "{text} is not one of the choices. Choose one from the list.",
    "reason_missing": "A reason is missing. It stays on record with what was done.",
}
