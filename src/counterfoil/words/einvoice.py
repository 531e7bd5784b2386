"""What is said of electronic invoices: the rules of EN 16931 that one breaks, and what is missing for one of ours."""

_SLACK = "[[ The official rules let it pass, because they allow a difference of up to {slack}.]]"

SENTENCES: dict[str, str] = {
    # reading
    "not_an_einvoice": "This is no UBL invoice, UBL credit note or CII invoice[[, but {found}]].",
    "einvoice_in_pdf": "This is a PDF. Take the file that is attached to it (factur-x.xml) out of it and check that.",
    "einvoice_value": "{term} holds {text}, which is no number or date.",
    # rules
    "einvoice_sum": "{rule}: {term} says {stated}, but {formula} is {expected}.",
    "einvoice_again": "{rule}: {term} is stated twice in the same currency, as {stated} and as {again}.",
    "einvoice_tax": "{rule}: {term} says {stated}, but {rate} % of {base} is {expected}." + _SLACK,
    "einvoice_base": "{rule}: {term} says {stated} for {category}, but its lines, allowances and charges come to"
    " {expected}." + _SLACK,
    "einvoice_missing": "{rule}: {term} is missing[[ on line {line}]][[, which category {category} asks for]].",
    "einvoice_unwanted": "{rule}: {term} is stated, which category {category} forbids.",
    "einvoice_prefix": "{rule}: {term} is {stated}, and a VAT number begins with the two letters of its country.",
    "einvoice_negative": "{rule}: {term} is {stated}[[ on line {line}]], and a price is never negative.",
    "einvoice_decimals": "{rule}: {term} says {stated}, and amounts have two decimals at most.",
    "einvoice_period": "{rule}: {term} ends before it begins[[ on line {line}]].",
    "einvoice_twice": "{rule}: {term} states category {category} beside another part, and it must stand alone.",
    "einvoice_official": "{rule}: the official rules are broken.",
    "no_official_rules": "The official rules were not run: they come with counterfoil[einvoice].",
    "no_einvoice_folder": "{folder} holds no folder valid or invalid with XML files.",
    # ours
    "not_archivable": "{number} cannot be Factur-X, which is PDF/A: {reason}. Hand it out as UBL or CII.",
    "einvoice_rules": "The electronic invoice would break {rules}. It was not handed out.",
    "einvoice_incomplete": "{number} lacks what an electronic invoice must state: {missing}.",
    "einvoice_mixed_scope": "Lines outside the scope of VAT may not stand beside taxed ones (BR-O-11). Invoice them"
    " apart, or give their tax code the class that says why nothing is charged.",
    "einvoice_needs_seller_number": "{seller} has no VAT number and no other number. An administrator enters"
    " it under Letterhead, or by: counterfoil letterhead --vat-id",
    "einvoice_needs_seller_vat_id": "{seller} has no VAT number. An administrator enters it under Letterhead, or"
    " by: counterfoil letterhead --vat-id",
    "einvoice_needs_seller_country": "{seller} has no country.",
    "einvoice_needs_customer_country": "{customer} has no country. Enter it on the customer's page.",
    "einvoice_needs_customer_vat_id": "{customer} has no VAT number, which reverse charge and intra-Community supply"
    " ask for. Enter it on the customer's page.",
}
