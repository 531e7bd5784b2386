"""What the watch over anomalies says."""

SENTENCES: dict[str, str] = {
    # the learned score: one sentence a kind
    "anomaly_terms_change": (
        "Term {term}, while {of_usual} of {earlier} earlier invoices of this customer had {usual};"
        " {term} was seen {seen} times."
    ),
    "anomaly_due_mismatch": ("Due after {days} days, on {due_date}; term {term} usually means {usual_days} days."),
    "anomaly_discount_inflate": (
        "Discount {percent} %, while {of_usual} of {earlier} earlier invoices of this customer had {usual_percent} %."
    ),
    "anomaly_wrong_customer": (
        "Term {term}, unit {unit}, currency {currency}, discount {percent} % and amount {amount} together fit other"
        " customers better than {customer}, who has {earlier} earlier invoices."
    ),
    "anomaly_decimal_slip": (
        "{amount} {currency} would be usual for this customer with the decimal point moved left by {places}."
    ),
    "anomaly_round_amount": (
        "{amount} {currency} is a round figure; {of_round} of {earlier} earlier invoices of this customer were as"
        " round."
    ),
    "anomaly_backdated": (
        "The term runs from {baseline_date}, {days} days before posting; of this customer's {earlier} earlier invoices"
        " with {term}, {of_usual} had {usual_days} days."
    ),
    "anomaly_duplicate": (
        "{amount} {currency} looks like {other}, posted {days} days earlier with {other_amount} {currency}."
    ),
    "anomaly_split": (
        "One of {parts} invoices of the same dates, each below {limit} and {together} together; the others: {others}."
    ),
    "anomaly_remainder": "All other kinds of error together.",
    "anomaly_basis_segment": (
        "This customer has {earlier} earlier invoices: the habits of {segment} stand in for its own."
    ),
    "anomaly_basis_ledger": "This customer and its segment {segment} are new: the habits of the ledger stand in.",
    # files to be scored
    "no_bench_folder": "{folder} has no history.csv, new.csv and truth.csv (plain or .gz). Name the folder that has.",
    "not_a_share": "{percent} % is no discount. Write a percentage from 0 to 100.",
}
