"""What autonomy says: levels, stops, evidence, and where machine and person differ."""

SENTENCES: dict[str, str] = {
    "needs_promotion": "From {now} to {mode} takes evidence and two signatures. Propose a promotion.",
    "already_stopped": "This kind of decision is stopped already, by {by}.",
    "not_stopped": "This kind of decision is not stopped.",
    "unknown_decision_kind": "No kind of decision with levels is called {kind}. Use one of: {known}.",
    "left_to_people": "Matching does not act by itself now. Match the line by hand.",
    "nothing_to_confirm": "The rule suggests nothing for this line any more. Match it by hand.",
    "decision_stopped": "Stopped by {by}. What was done stands, the rest waits.",
    "invoiced_elsewhere": "The system that was used before invoiced this as {number}. It is not invoiced twice.",
    "suggested_close_deal": "All checks passed. Confirm to invoice {amount} {currency}.",
    "suggested_bill_instalment": "This instalment is due. Confirm to invoice {amount} {currency}.",
    "suggested_match": "Exactly one open item fits. Confirm to match {amount} {currency}.",
    "sampled_decision": "Drawn by chance from what was done alone[[: {amount} {currency}]]. Say whether it is right.",
}
