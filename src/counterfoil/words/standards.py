"""What the standards say: what is wrong, why finance needs it, and what would pass."""

SENTENCES: dict[str, str] = {
    # Invoices that are entered say the first three as well, with facts of their own.
    "missing_field": "This is missing.[[ {why}]] Fill it in.",
    "unknown_customer": "[[Customer '{text}' is not known.]][[ No customer is known as {customer}.]]"
    "[[ Did you mean '{did_you_mean}'?]] Add the customer first[[, or confirm whom '{text}' means]].",
    "unknown_product": "[[Product '{text}' is not in the price list.]][[The price list has no product {product}."
    " Add it, or leave the product out and name a tax code.]][[ Did you mean '{did_you_mean}'?]]"
    "[[ The product decides tax and revenue: confirm what '{text}' means, or add the product.]]",
    "ambiguous_customer": "More than one customer is called '{text}'."
    " Use the customer's external id, or confirm whom the name means.",
    "product_retired": "Product {product} is not sold any more. {why} Use one that is active.",
    "unknown_billing": "'{text}' does not say when the invoices are sent. Use one of: {known}.",
    "nothing_recurs": "Nothing on this deal is sold by time, so '{text}' cannot be invoiced by time."
    " Use up_front, or a subscription product.",
    "quantity_not_positive": "The quantity of line {line} is not above zero. Correct it.",
    "discount_out_of_range": "A discount of {discount} % cannot be. Use 0 to 100.",
    "price_negative": "The price of line {line} is below zero. A reduction is a discount.",
    "line_without_amount": "Line {line} has neither a price nor an amount. Fill in one of them.",
    "missing_service_end": "{product} is sold by time, and nothing says until when."
    " Revenue is spread over the service: give its end, or the product's months.",
    "service_ends_before_it_starts": "The service ends on {end}, before it starts on {start}. Correct the dates.",
    "service_too_long": "The service runs until {end}, longer than {most_months} months. {why} Correct the end.",
    "amount_not_signed": "The amount is {state}, not signed. {why} Mark it as signed when the customer has.",
    "amount_not_positive": "The amount is {amount} {currency}. {why} It must be above zero.",
    "lines_do_not_sum": "The lines come to {lines} {currency}, the deal to {amount}. {why} Make them equal.",
    "line_amount_differs": "Line {line} says {amount}, its price comes to {price}. {why} Correct one of them.",
    "po_number_required": "{customer} asks for a purchase order number. {why} Fill it in.",
    "customer_blocked": "{customer} is blocked. {why} Ask whoever blocked it.",
    "not_ready": "This deal is not ready for {stage}: {fields}. Each is explained below.",
    "uncheckable_setting": "'{text}' is nothing that can be checked here. Use one of: {known}.",
    "alias_taken": "'{text}' means something else already. Take a text that means nothing yet.",
}
