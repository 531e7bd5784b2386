"""What is said around proposals: who may propose, what cannot be simulated, what waits."""

SENTENCES: dict[str, str] = {
    "nothing_to_simulate": "A policy of the kind {kind} decides about no deal: the past says nothing about it."
    " Simulate one of: {known}.",
    "may_not_propose": "The role {role} does not propose policies. Ask sales operations or the controller.",
    "policy_waits_for_signatures": "{policy} is proposed and waits for: {sides}.[[ {reason}]]",
}
