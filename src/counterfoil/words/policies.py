"""What policies say: what may not be set, what may not be signed, and what a limit stopped."""

SENTENCES: dict[str, str] = {
    "unknown_setting": "There is no setting {setting}. Settings here: {known}.",
    "missing_setting": "The setting {setting} is missing. State it.",
    "wrong_setting": "[[{setting}: ]]This cannot be read. Would pass: {wanted}.",
    "setting_out_of_range": "{value} is out of range for {setting}.[[ At least {least}.]][[ At most {most}.]]",
    "setting_twice": "[[{row}: ]]Two rows say something about the same thing. Leave one of them out.",
    "allowance_without_scope": "What is always allowed names the kind of decision and the finding.",
    "no_such_policy": "There is no policy version {version} in these books.",
    "no_such_policy_kind": "There is no kind of policy '{kind}'. Use one of: {known}.",
    "policy_unchanged": "This says what {version} says, which is in force. Change a setting first.",
    "policy_needs_owner": "A policy names who looks after it and why it changes. Fill both in.",
    "policy_moved_on": "{version} was made from {based_on}, and {in_force} is in force by now."
    " Withdraw it and propose the change again.",
    "policy_content_changed": "What you saw is not what {version} says. Read it again, then sign.",
    "policy_not_open": "{version} is {state}; there is nothing to sign or to take back.",
    "not_your_signature": "The role {role} does not sign for {side}. Ask somebody who does.",
    "side_has_signed": "{version} has the signatures of {side} that it needs.",
    "signed_already": "{person} signed {version} before. A second person must sign.",
    "review_not_ahead": "The next review must be after today; {day} is not.",
    "no_limit_for_role": "Nothing says how far {role} may go with this. Ask for an approval.",
    "amount_over_limit": "[[{amount} {currency} is above the {limit} that counts here. ]]The amount is above what"
    " {role} may approve. Ask for an approval.",
    "term_over_limit": "{term_days} days to pay; {role} may give {limit_days}. Would pass: {limit_days} days or fewer.",
    "discount_over_limit": "[[{product}: ]]{discount_percent} % discount; {role} may give {limit_percent} %."
    " Would pass: {limit_percent} % or less, or an approval.",
    "margin_under_limit": "[[{product}: ]]The margin is {margin_percent} %; {role} may go down to {limit_percent} %."
    " Raise the price or ask for an approval.",
    "credit_limit_exceeded": "This customer would owe more than finance allows (class {risk_class})[[: {over}"
    " {currency} over the limit of {limit}, with {open} open, {unbilled} agreed and not invoiced, {added} added]]."
    " Ask for payment in advance, or for an approval.",
    "term_outside_credit_profile": "Too long for this customer: {term_days} days, class {risk_class}."
    " Would pass: {limit_days} days or fewer.",
    "customer_pays_late": "This customer is {overdue_days} days late; finance allows {limit_days}."
    " Ask for payment first, or for an approval.",
}
