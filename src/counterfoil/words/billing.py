"""What billing says: documents, numbers, tax, requests."""

SENTENCES: dict[str, str] = {
    # documents
    "no_lines": "An invoice needs at least one line.",
    "too_many_lines": "{lines} lines are more than one invoice takes ({limit}). Divide it.",
    "zero_total": "The invoice comes to zero. There is nothing to pay, so no number is used.",
    "negative_total": "The invoice comes to {total} {currency}. Credit the invoice that it corrects instead.",
    "due_before_issue": "Due {due_date} is before it is issued ({issue_date}). Use that day or later.",
    "issue_date_too_far": "Dated {issue_date}, more than 30 days ahead. Would pass: {last} or earlier.",
    "issue_date_too_early": "Dated {issue_date}, but the series has a number of {earliest}. Would pass: {earliest} or"
    " later.",
    "no_such_document": "These books have issued no such document.",
    "already_issued": "{number} was issued already. An issued invoice never changes; credit it instead.",
    "unknown_tax_code": "There is no tax rate {tax_code} on {day}. Use one of the books' rates, or add it.",
    "no_tax_rate": "{country} has no tax rate of class {tax_class} on {day}. Add the rate, or change the product's"
    " tax class.",
    "tax_rate_exists": "{tax_code} has a rate from {valid_from} already.",
    # credit notes
    "unknown_invoice": "These books have no such invoice.",
    "not_a_credit_note": "Only an issued credit note can be taken back by issuing its invoice again.",
    "not_an_issued_invoice": "Only an issued invoice can be credited.",
    "credit_before_invoice": "Dated {issue_date}, before the invoice {number}. Would pass: {earliest} or later.",
    "credited_in_full": "Credited in full by {number}: {reason}",
    # requests
    "unknown_field": "An invoice has no field {field}. Numbers are given by the books, never by the sender.",
    "wrong_type": "This must be: {wanted}.",
    "service_end_before_start": "The service ends {service_end}, before it starts ({service_start}).",
    "service_end_conflict": "The service ends {service_end}, but its months end it {counted}. Give one of the two.",
    # why
    "entered": "Entered as {number} by {actor}.",
    "right_to_payment_unconditional": "The right to payment is unconditional since {on}, so it stands as a receivable.",
}
