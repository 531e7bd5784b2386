"""What flows say."""

SENTENCES: dict[str, str] = {
    "fence_missing": "The database lacks the fence {fence}. Run: counterfoil doctor --repair",
    "series_off": "The {kind} series of {year} would give {next} next and should give {should_be}; {missing} missing."
    " Run: counterfoil doctor --repair",
    "balances_differ": "The balance snapshots differ from the postings. Restore a backup before posting more.",
    "no_such_entry": "There is no entry {entry} in these books.",
    "account_kept_with_documents": "Account {account} is the sum of documents; nobody posts there by hand."
    " Enter the invoice, credit note or payment instead.",
    "taken_back_with_its_cause": "This entry belongs to its {cause}. Credit the invoice or undo the match instead.",
    "no_such_contract": "There is no contract {contract} in these books.",
    "nothing_to_deliver": "Nothing of {contract} waits to be delivered.",
    "no_such_file": "There is no file {file}.",
    "changed_after_invoicing": "This deal changed after it was invoiced under {contract} on {signed_date}."
    " It is not invoiced again: compare both versions, then credit or amend the contract.",
    "closing_was_undone": "This deal was closed as {contract}, and that was undone: {reason}."
    " It is closed again when a person says so.",
    "contract_has_ended": "Contract {contract} has ended; its instalment {instalment} is not invoiced.",
    "instalment_is_nothing": "Instalment {instalment} of contract {contract} comes to nothing.",
    "deal_closed": "Passed every standard and check: {amount} {currency}[[ under {contract}]]"
    "[[, {invoices} invoiced]].",
    "would_pass_with": "It would pass with {changes}.",
    "instalment_not_due": "Instalment {instalment} of contract {contract} is planned for {planned_for}.",
    "tax_by_class": "Taxed by class of product at {codes}, the rates of {country} on {day}.",
    "tax_as_stated": "Taxed as stated: {codes}, in force on {day}.",
    "alias_confirmed": "'{text}' means {target}. A person said so.",
    "alias_suggested": "'{text}' is most like {target}. Nothing acts on it until a person confirms it.",
    "nothing_alike": "Nothing in the catalogue is like '{text}'.",
    "characters_alike": "Characters alike, {percent} %",
    "file_let_in": "{file}: all of it was let in, {accepted} new and {unchanged} known before.",
    "file_let_in_part": "{file}: {accepted} let in, {rejected} of {read} rows refused"
    "[[, most often for {most_often}]].",
    "file_refused": "{file}: nothing was let in, {rejected} of {read} rows refused[[, most often for {most_often}]].",
    "decision_disputed": "{decision} is disputed by {by}: {reason}",
    "no_such_dispute": "There is no dispute {dispute} in these books.",
    "dispute_is_closed": "This dispute has ended: {state}. Raise another one with what is new.",
    "own_dispute": "You raised this dispute. Somebody else says whether it is right; you may withdraw it.",
    "dispute_needs_reason": "Nothing says why. Write what is wrong.",
    "no_such_decision": "There is no decision {number} in these books.",
    "no_such_input": "This decision has no input {input} that takes such a value.",
    "inputs_were_altered": "The stored inputs are not the ones that were hashed.",
    "not_replayable": "A decision of the kind {kind} in this form cannot be made again.",
    "cannot_be_reversed": "What decision {number} led to is not taken back from here.",
    "cannot_be_applied": "Nothing is done about a decision of the kind {kind} by itself.",
    "instalment_due": "Instalment {instalment} of {of} of contract {contract} was due: {amount} {currency}.",
}
