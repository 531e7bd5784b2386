"""What the watch says: what was found, and what would pass."""

SENTENCES: dict[str, str] = {
    # limits that people signed
    "split_under_limit": "One of {parts} deals of this customer within {days} days, each within the limit of {role}"
    " ({limit} {currency}), together {total} {currency}; the others: {others}.",
    "customer_on_hold": "{customer} is on hold: nothing is invoiced until somebody takes the hold off.",
    # what is unusual
    "term_longer_than_agreed": "{terms}, while {agreed} was agreed with {customer}: {amount} {currency} arrive {days}"
    " days later.",
    "term_against_habit": "{terms}, while {times} of {of} invoices of this customer since {since} had {usual}:"
    " {amount} {currency} arrive {days} days later.",
    "term_against_group": "{terms}, while {times} of {of} invoices of {compared_with} had {usual}. This customer has"
    " too few invoices of its own to compare with.",
    "price_off_list": "Line {line}: {amount} {currency} is {percent} % {direction} the {list_amount} of the list,"
    " and no discount says so.",
    "unusual_product": "Line {line}: {product} was in none of {deals} earlier deals of this customer.",
    "unusual_tax_class": "Line {line}: tax class {tax_class} was in none of {deals} earlier deals of this customer.",
    "duplicate_order": "Order {number} and {amount} {currency}, as {other} of {on} had ({other_amount} {currency}).",
    "duplicate_typo": "{amount} {currency} under {number}, one slip away from {other_number} of {on} with the same"
    " amount.",
    "duplicate_amount": "{amount} {currency}, exactly as {other}, {days} days apart.",
    "due_date_off_term": "Due on {due_date}, {days} days {direction} than {terms} gives ({expected})."
    " One of the two is wrong: correct it, or have it approved.",
    "discount_slipped": "Line {line}: a discount of {discount_percent} %; most likely {meant} % was meant."
    " Nothing is guessed: correct it, or have it approved.",
    "amount_slipped": "Line {line}: {amount} {currency} is {times} times {direction} what {product} usually comes to"
    " ({usual} {currency}).",
    "round_amount": "{amount} {currency} is a round figure; none of {deals} earlier deals of {customer} was as round.",
    "back_dated": "Dated {day}, {days} days back.",
    "service_back_dated": "Line {line}: the service began on {day}, {days} days back.",
    "bank_details_changed": "{customer} pays from another account ({account}) since {since}; {times} payments"
    " until {until} came from {usual}. Ask them by a way that you knew before.",
    "unusual_score": "{percent} % likely that something is wrong, {kind} most of all, by the habits of {compared_with}"
    " in {earlier} earlier invoices.",
    "unusual_score_of_new": "{percent} % likely that something is wrong, {kind} most of all. This customer has"
    " {earlier} earlier invoices, so it was compared with {compared_with}.",
    "money_from_another_account": "{amount} {currency} of {customer} came from account {account}; {times} payments"
    " until {until} came from {usual}.",
    "money_to_another_account": "{amount} {currency} went to account {account}, from which {customer} has hardly paid"
    " yet; {times} payments until {until} came from {usual}. Ask them by a way that you knew before, then match it.",
    "sequence_gap": "Series {series}: {missing} numbers are missing, next {next_no}, should be {should_be}.",
    "estimate_as_final": "Signed by its state, but it says \u201c{word}\u201d.",
    "billing_against_product": "Line {line}: {product} is sold by time, and the deal says {text}. The product decides"
    " when revenue is earned; correct the one that is wrong.",
    "service_unusually_long": "Line {line} runs from {start} to {end}, longer than {most_months} months."
    " Correct the year, or have it approved.",
    # what would pass
    "pass_discount_over_limit": "Would pass at {limit_percent} % or less.",
    "pass_amount_over_limit": "Would pass at {limit} {currency} or less.",
    "pass_term_over_limit": "Would pass at Net {limit_days} or shorter.",
    "pass_margin_under_limit": "Would pass at a margin of {limit_percent} % or more.",
    "pass_split": "Would pass while all deals within {days} days come to {limit} {currency} or less.",
    "pass_credit_limit_exceeded": "Would pass once {over} {currency} are paid.",
    "pass_term_outside_credit_profile": "Would pass at Net {limit_days} or shorter.",
    "pass_customer_pays_late": "Would pass once {overdue} {currency} are paid.",
    "pass_no_hold": "Would pass once the hold on {customer} is taken off.",
    "pass_term": "Would pass at {terms} or shorter.",
    "pass_price": "Would pass at {list_amount} {currency}.",
    "pass_due_date": "Would pass with the due date {due_date}.",
    "pass_discount": "Would pass at {meant} %.",
    "pass_amount": "Would pass at {usual} {currency}.",
    "pass_billing": "Would pass with the billing that {product} is sold with.",
    "pass_service_end": "Would pass with a service that ends on {end} or before.",
}
