"""What the review queue says: why a case waits, and what stands against an answer."""

SENTENCES: dict[str, str] = {
    "no_such_case": "There is no case {case} here. It may belong to other books.",
    "case_is_closed": "This case waits no longer: it is {state}[[, {answer} by {by}]]. Open the next one.",
    "case_changed": "What is judged changed since you read it: you saw {seen}, it is {now}. Read it again.",
    "case_needs_reason": "This needs a reason. Say in a few words why.",
    "not_yours_to_answer": "Your role does not answer this kind of case. Assign it, or mention somebody who may.",
    "role_may_not_approve": "Your role may not approve this. It takes one of: {roles}.",
    "requester_may_not_approve": "{requested_by} asked for this, so somebody else decides. Mention them, or delegate.",
    "delegation_span": "A delegation runs from {start} to {end}, to somebody else. Correct the days or the person.",
    "cannot_answer_so": "This cannot be answered so: {why}. Take another answer.",
    "still_held": "Nothing was changed: {found} still stands against it. Mend that first.",
    "nothing_to_fix": "Say what to put in: {fields}.",
    "cannot_take_back": "This is not taken back here ({outcome}). Undo what it made instead.",
    "no_such_member": "Nobody with the address {email} has a role in these books.",
    "approval_asked": "{requested_by} asks for an approval[[: {why}]].",
}
