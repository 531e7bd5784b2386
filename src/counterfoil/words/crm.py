"""What the CRM and its imports say."""

SENTENCES: dict[str, str] = {
    # one value
    "missing_value": "This is missing. Nothing can be stored without it.",
    "unknown_stage": "{text} is not a stage of this profile. Use one of: {known}, written exactly so.",
    "unknown_word": "{text} is none of the words that stand here. Use one of: {known}.",
    "unknown_country": "{text} is not a country code. Use two capital letters, as DE.",
    "bad_email": "This is not an e-mail address that can be written to. Correct it, or leave it blank.",
    # files
    "unknown_profile": "There is no profile {profile}. There are: {known}.",
    "unknown_kind": "The profile {profile} has no {kind}. It has: {known}.",
    "duplicate_id": "Rows {rows} name the same thing and differ. Keep one of them; none was stored.",
    "too_many_to_watch": "More than 5,000 deals: the watch looks at them when they are closed, or now by"
    " `counterfoil watch-deals`.",
    "no_rows": "The file has a header and no rows. Nothing was stored.",
    "contact_erased": "This person was erased and is not brought back by a file. Take the row out.",
    "unknown_deal": "There is no such deal. Import the deals first.",
    "unknown_contact": "There is no such contact. Import the contacts first.",
    "no_such_import": "There is no import {batch}.",
    "import_taken_back": "Import {batch} was taken back before.",
    "import_in_use": "Import {batch} cannot be taken back: something was built on it or changed since."
    " Take that back first.",
    # by hand
    "no_such_customer": "There is no customer {customer}. Use a name or an external id that only one customer has.",
    "no_such_contact": "There is no such contact.",
    "no_such_product": "The price list has no product {product}. Add it, or use a code that exists.",
    "no_such_opportunity": "There is no deal {opportunity}.",
    "external_id_taken": "Another customer is {external_id} in {system}. Use another id, or change that customer.",
    "product_exists": "The price list has a product {product} already. Change that one, or use another code.",
    "cost_in_other_currency": "The price is in {price} and the cost in {unit_cost}. State both in one currency.",
    "missing_term_months": "What is sold by time ({kind}) says for how many months. Fill in the months.",
    "opportunity_exists": "There is a deal {external_id} already. Change that one, or use another id.",
    "version_changed": "This deal changed while you were looking at it. Look again.",
    "currencies_differ": "Amounts of one deal are in one currency, not in {currencies}.",
    # what is odd
    "card_number": "A note holds what looks like a card number. Take it out.",
    "bad_vat_id": "The VAT number fails its checksum. It is not used for reverse charge; ask the customer.",
}
