"""What reports say."""

SENTENCES: dict[str, str] = {
    "unknown_report": "There is no report {name}. There are: {known}.",
    "report_needs": "This report needs {what}.",
}
