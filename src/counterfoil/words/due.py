"""What is said of what runs by itself."""

SENTENCES: dict[str, str] = {
    "no_such_job": "Nothing called {job} runs by itself. Take one of: {known}.",
    "job_unreachable": "The other side could not be reached. It is tried again with the next run.",
    "levels_checked": "Every kind of decision held against its bar; {fell} stepped down.",
    "samples_drawn": "{drawn} of {of} automatic decisions were drawn for people.",
    "data_looked_at": "The week of {week} was scored; {fell} scores fell.",
    "digests_sent": "[[{sent} sent.]]",
    "heads_left": "The head left the house.",
}
