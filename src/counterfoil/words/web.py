"""What the pages say themselves."""

SENTENCES: dict[str, str] = {
    "unknown_choice": "{text} is not one of the choices. Choose one from the list.",
    "nothing_ticked": "Nothing is ticked. Tick what this money settles, or assign it to an account.",
    "no_such_invoice": "There is no open invoice {number}. Leave it out to keep the money as the customer's credit.",
    "file_is_gone": "The file that was tried is kept for an hour only. Choose it again.",
    "reason_missing": "A reason is missing. It stays on record with what was done.",
}
