"""What flows say."""

SENTENCES: dict[str, str] = {
    "no_such_file": "There is no file {file}.",
    "changed_after_invoicing": "This deal changed after it was invoiced under {contract} on {signed_date}."
    " It is not invoiced again: compare both versions, then credit or amend the contract.",
    "contract_has_ended": "Contract {contract} has ended; its instalment {instalment} is not invoiced.",
    "instalment_is_nothing": "Instalment {instalment} of contract {contract} comes to nothing.",
    "deal_closed": "Passed every standard and check: {amount} {currency} under {contract}, {invoices} invoiced.",
    "instalment_due": "Instalment {instalment} of {of} of contract {contract} was due: {amount} {currency}.",
}
