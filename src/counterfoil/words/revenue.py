"""What revenue says."""

SENTENCES: dict[str, str] = {
    "release_ahead": "Revenue through {through} is not earned yet: today is {today}.",
    "released_beyond_promise": "{reference} has more released ({released}) than was promised ({promised}). Tell an"
    " administrator; nothing more is released of it.",
    "revenue_released": "Released what was earned through {through}: {entries} entries for {obligations} promises.",
}
