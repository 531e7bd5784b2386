"""What the API says of requests that it cannot take."""

SENTENCES: dict[str, str] = {
    "not_signed_in": "This needs a token. Send: Authorization: Bearer cf_... (counterfoil token EMAIL prints one).",
    "not_found": "There is no {what} {name} in these books.",
    "method_not_allowed": "{method} is not possible here. Use {allowed}.",
    "idempotency_key_reused": "This Idempotency-Key came with another request before. Use a new key for a new request.",
    "bad_idempotency_key": "An Idempotency-Key has 1 to {limit} printable ASCII characters.",
    "bad_instant": "{text} is not a moment. Use an offset, as 2026-11-15T12:00:00Z.",
    "bad_reference": "{text} is not such a number. It looks like {example}.",
    "bad_cursor": "This is no `next` of a page of this list. Start without `after`.",
    "extra_field": "There is no field {field} here. Leave it out.",
    "wrong_value": "{said}",
    "unknown_document": "{document} has nothing open. Only what is open can be settled.",
    "conflict": "Somebody did the same at the same moment. Look again; nothing of yours was stored.",
    "defect": "Something went wrong on our side. Nothing was changed; the log says what it was.",
    "api_description": (
        "From won deal to bank: everything the pages can do. Amounts are decimal text in the currency that stands "
        "beside them; dates are YYYY-MM-DD in the zone of the books. What is refused is answered as a problem "
        "(RFC 9457) with a code for programs and a sentence for people."
    ),
}
