"""What is said around proposals: who may propose, what cannot be simulated, what waits."""

SENTENCES: dict[str, str] = {
    "bad_sample_rate": "{rate} % is no share: say a percentage from 0 to 100 with four decimals at most.",
    "not_the_auditor": "Only an auditor sets what is sampled; the role {role} does not.",
    "nothing_sampled": "No kind of decision is called {kind}. Use one of: {known}.",
    "nothing_to_simulate": "A policy of the kind {kind} says when or by whom something is done, and stops nothing:"
    " the past says nothing about it. Simulate one of: {known}.",
    "may_not_propose": "The role {role} does not propose policies. Ask sales operations or the controller.",
    "policy_waits_for_signatures": "{policy} is proposed and waits for: {sides}.[[ {reason}]]",
    "week_not_begun": "The week of {week} has not begun. Take this week or an earlier one.",
    "no_such_quality_audit": "There is no audit {audit} in these books.",
    "sign_off_needs_note": "Say what follows from the audit; it stays on record.",
    "data_quality_fell": "[[{of}: ]]{now_percent} % of {thing} are sound in the week of {week},"
    " {before_percent} % before ({rows} looked at).[[ Most often: {faults}.]]",
}
