"""What the watch says."""

SENTENCES: dict[str, str] = {
    "due_date_off_term": "Due on {due_date}, {days} days {direction} than {terms} gives ({expected})."
    " One of the two is wrong: correct it, or have it approved.",
    "customer_on_hold": "{customer} is on hold: nothing is invoiced until somebody takes the hold off.",
    "service_unusually_long": "Line {line} runs from {start} to {end}, longer than {most_months} months."
    " Correct the year, or have it approved.",
    # what would pass
    "pass_due_date": "Would pass with the due date {due_date}.",
    "pass_no_hold": "Would pass once the hold on {customer} is taken off.",
    "pass_service_end": "Would pass with a service that ends on {end} or before.",
}
