"""What autonomy says: levels, stops, evidence, and where machine and person differ."""

SENTENCES: dict[str, str] = {
    "needs_promotion": "From {now} to {mode} takes evidence and two signatures. Propose a promotion.",
    "already_stopped": "This kind of decision is stopped already, by {by}.",
    "not_stopped": "This kind of decision is not stopped.",
    "unknown_decision_kind": "No kind of decision with levels is called {kind}. Use one of: {known}.",
}
