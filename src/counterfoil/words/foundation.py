"""What the ground floors say: input, people, decisions, ledger."""

SENTENCES: dict[str, str] = {
    # kernel and infra
    "unknown_currency": (
        "[[Line {line}: ]]{currency} is not an ISO 4217 currency code. Use three capital letters, as EUR."
    ),
    "unknown_term": "'{text}' is not a payment term. Use Net 30, 2/10 Net 30, EOM, Net 30 EOM or Due on receipt.",
    "bad_number": "[[Line {line}: ]]{text} is not an amount. Use digits with a decimal point, as 1234.50.",
    "ambiguous_number": (
        "[[Line {line}: ]]{text} can be read in more than one way. Name the number format in the profile."
    ),
    "scale": "[[Line {line}: ]]{text} has more decimals than allowed ({places}). Nothing is rounded silently.",
    "out_of_range": "[[Line {line}: ]]{text} is outside what is accepted.",
    "bad_date": "[[Line {line}: ]]{text} is not a date. Use YYYY-MM-DD between 1990-01-01 and 2199-12-31.",
    "ambiguous_date": (
        "[[Line {line}: ]]{text} can be read as two dates. Use YYYY-MM-DD, or name the date format in the profile."
    ),
    "too_long": "This is longer than {limit} characters.",
    "malformed_text": "This text holds characters that cannot be stored.",
    "unknown_database": "{scheme} is not a database we run on. Use sqlite:/// or postgresql://.",
    "no_network": "No outside system is connected, and none was called.",
    # people
    "no_books": "There are no books yet. Run: counterfoil init",
    "already_founded": "This home has its organisation already. Use another COUNTERFOIL_HOME for another company.",
    "unknown_time_zone": "{time_zone} is not a time zone. Use a name such as Europe/Berlin.",
    "user_exists": "Somebody signs in with this e-mail address already.",
    "unknown_user": "Nobody signs in with {email}. Add the person first: counterfoil add-user {email}",
    "weak_password": "{reasons}",
    "not_allowed": "Your role ({role}) does not include this. Ask: {who}.",
    # decisions
    "check_not_registered": "The check {check} is not there, so nothing of this kind may pass. Tell an administrator.",
    # ledger
    "unbalanced_entry": "The entry does not balance: off by {off_by}.",
    "too_few_postings": "An entry needs at least two postings.",
    "period_is_closed": "{period} is closed. Date it {first_open} or later, or reopen the period.",
    "unknown_account": "The chart has no account {account}. Add it, or use one that exists.",
    "account_exists": "The chart has an account {account} already.",
    "no_such_period": "Nothing was posted in {period}.",
    "no_exchange_rate": "There is no exchange rate for {currency} on {day}. Set one: counterfoil rate {currency} RATE",
}
