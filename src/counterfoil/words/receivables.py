"""What receivables say: statements, matching, payments, and what takes them back."""

SENTENCES: dict[str, str] = {
    # statements
    "not_a_statement": "This is no bank statement that can be read (found: {found}). Ask your bank for {wanted}.",
    "malformed_statement": (
        "[[Line {line}: ]]The statement has no readable {what}[[ ({text})]]. Nothing was stored. Ask your bank to send "
        "it again."
    ),
    "bank_said_error": (
        "The bank's server sent an error instead of a statement[[ ({error})]][[: {text}]]. Ask for the statement again."
    ),
    "workbook_statement": "A statement is not read from a workbook ({type}). Save its sheet as CSV, then import that.",
    "ambiguous_profile": "More than one column profile fits this file: {known}. Name the one that is meant.",
    "balance_mismatch": (
        "[[Line {line}, ]]{statement}: the lines make {expected} {currency}, the file says {found}, off by {off_by}. "
        "A line is missing, doubled or altered; nothing was stored. Ask your bank for the statement again."
    ),
    "currency_mix": (
        "This is in {currency}, and the account is in {account_currency}. Use the account of that currency, or "
        "name the amount in both."
    ),
    "duplicate_file": (
        "A statement named {statement} (message {message}) was imported before with other contents. Nothing was "
        "stored. If the bank corrected it, take the first import back, then import this one."
    ),
    "duplicate_bank_id": "The bank's id {id} stands for another line already, with another day or amount.",
    "no_amount": "The row has no amount. Fill in {name}.",
    "no_free_account": "Account {account} is not free for a bank account. Name one that no other bank account uses.",
    "no_such_bank_account": "There is no such bank account.",
    "no_such_line": "There is no such bank line.",
    "lines_are_posted": "{lines} lines of this import are matched or assigned. Undo these matches first.",
    "pending_left_out": "{count} entries are not booked yet; they come again when they are.",
    "zero_amount": "The line moves 0.00, so there is nothing to settle.",
    "reused_bank_id": (
        "The bank gave one id[[ ({id})]] to several bookings of this file. Check which of them are real before you "
        "match."
    ),
    "no_bank_files": "There are no files in {folder}.",
    "opening_gap": (
        "The statement[[ {statement}]] does not begin where the one before it ended[[: that one closed with "
        "{expected} {currency}, this one opens with {found}]]. One between them is missing. Import it, and the lines "
        "are listed."
    ),
    "advised": "The bank told of this before a statement booked it. It is listed when the statement comes.",
    "booked_ahead": "The booking date {date} lies more than five days ahead. Check it before you match the line.",
    "import_undone": "The import that brought this line was taken back.",
    # matching
    "exact_reference": "The payment reference of {number} and its open amount of {open} {currency}.",
    "exact_number": "The number {number} in the text and its open amount of {open} {currency}.",
    "payment_returned": "The payment of {amount} {currency} for {number} came back, so the invoice is open again.",
    "entered_by_hand": "The payment of {amount} {currency} for {number} that was entered by hand.",
    "no_reference": "The text names no invoice. Choose one, or assign the line to an account.",
    "ambiguous_reference": "The text fits more than one invoice: {numbers}. Choose.",
    "amount_differs": "The text names {number}, and {open} {currency} are open, not {amount}. Settle a part, or more.",
    "currency_differs": "The text names {number}, which is in another currency ({currency}). Say what it settles.",
    "already_paid": "The text names {number}, which is paid. Settle another invoice, or keep it for the customer.",
    "credit_note_named": "The text names {number}, which is a credit note. Choose what the money settles.",
    "nothing_to_return": "The text names {number}, and no payment of {amount} {currency} settled it. Choose.",
    "manual_match": "The payment for {number} that came back was matched by a person. Return it by hand.",
    "match_was_undone": "A person took a match of this line back, so it is left to people.",
    "iban_checksum": "The payer's account number has a wrong check digit, so the line is left to people.",
    "reversal": "The bank reversed an earlier booking, so the line is left to people.",
    # settling
    "unknown_origin": "There is no such {what} ({id}).",
    "unknown_item": "There is no such open item ({item}).",
    "item_named_twice": "One invoice is named twice. Give one amount for each.",
    "line_was_posted": "This line was settled meanwhile. Look again.",
    "changed_since_seen": "The {what} changed since you looked: it is {now} now. Look again.",
    "exceeds_open": "{number} has {open} {currency} open; {amount} is more.",
    "exceeds_payment": "The parts come to {over} {currency} more than the payment of {amount}.",
    "amount_needed": "Give an amount above zero.",
    "customer_needed": "{amount} are left over. Say which customer they belong to, or settle more.",
    "other_customer": "{number} belongs to another customer than the money.",
    "already_returned": "The payment for {number} was returned or taken back before.",
    "account_is_kept": (
        "Account {account} is kept by customers, contracts or bank accounts of its own. Match the line to an invoice, "
        "or choose another account."
    ),
    "key_was_used": "This payment was entered before with other contents.",
    "payment_differs": "The payment is {amount} and the line {line}, or another line stands for it already.",
    # looking over
    "open_item_off": "What is open of {number} differs from its allocations. Tell your administrator.",
    "payment_off": "What is not applied of payment {payment} differs from its allocations. Tell your administrator.",
    "sub_ledger_off": "The {what} come to {ours} by customer and to {ledger} in the ledger (base, in minor units).",
    # taking back
    "before_original": "The match is of {original}. Take it back on that day or later.",
    "part_of_a_match": "This belongs to one payment. Take the whole match back.",
    "line_recognised": "A bank line stands for this payment. Take that match back first.",
    "cash_was_applied": "What was left of this payment settles {numbers} since. Take that back first.",
    "payment_was_returned": "The payment for {numbers} was returned since. Take the return back first.",
}
