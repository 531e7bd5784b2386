"""What undoing says."""

SENTENCES: dict[str, str] = {
    "unknown_target": "There is nothing named {target} to undo in these books. Name a decision (CF-12), an import"
    " (import:7), or what it made (invoice:5, contract:3, bank_line:9, payment:4, J-8).",
    "has_dependents": "{count} other acts stand on this. Undo them with it, or leave it as it is.",
    "plan_changed": "What would be undone changed since you looked. Look at the plan again.",
    "closed_in_other_books": "{count} deals of other books were closed because {text} was known. Undo these closings"
    " there first.",
    "credit_note_stays": "The credit note {number} was sent and stays; its invoice is issued again with a new number.",
    "credited_by_undoing": "{number} was issued when its closing or instalment was undone, which is planned again. Have"
    " the deal closed, or the instalment invoiced, again instead.",
    "release_was_credited": "What was released of {reference} was credited since. Undo nothing of it alone.",
    "contract_number_stays": "The number {number} stays used.",
    "document_stays": "{number} was issued and stays; a credit note with its own number takes it back.",
    "deals_stay": "{count} deals of the file stay, won and not invoiced, because documents name them.",
    # what was done
    "undone_untie": "The bank line is no longer the payment {name}.",
    "undone_unapply": "[[{amount} {currency} ]]no longer settles {name}.",
    "undone_unmatch": "The match of {name} was taken back: {amount} {currency}.",
    "undone_take_off": "{amount} {currency} came off {name} and is unapplied cash of the customer.",
    "undone_take_back": "Revenue released for {name} was taken back: {amount} {currency}.",
    "undone_credit": "{name} was credited in full: {amount} {currency}.",
    "undone_reissue": "{name} was taken back: its invoice was issued again, {amount} {currency}.",
    "undone_forget": "{name} does not hold any more: the text means nothing by itself.",
    "undone_unsign": "The closing of {name} was undone; the deal is won and not invoiced.",
    "undone_reverse": "The entry was reversed: {name}.",
    "undone_unload": "The import {name} was taken back.",
    # what will be done
    "plan_untie": "Bank line is no longer the payment {name}",
    "plan_unapply": "No longer settles {name}",
    "plan_unmatch": "Match {name} is taken back, the line is listed again",
    "plan_take_off": "Money comes off {name} and becomes unapplied cash",
    "plan_take_back": "Released revenue {name} is taken back",
    "plan_credit": "Credit note for {name}",
    "plan_reissue": "Credit note {name} is taken back: its invoice is issued again",
    "plan_forget": "The text means nothing by itself again: {name}",
    "plan_unsign": "{name}: the deal is won and not invoiced again, and waits for a person",
    "plan_reverse": "Entry is reversed: {name}",
    "plan_unload": "Import {name} is taken back",
}
