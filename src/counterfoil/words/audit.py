"""What the record says: its stores, its checks, samples, what is kept and for how long."""

SENTENCES: dict[str, str] = {
    "no_such_store": "No store of heads is called {name}.",
    "store_exists": "A store of heads is called {name} already.",
    "bad_store": "{target} is no {kind} that heads can go to. A folder is an absolute path, a mail address has an @,"
    " an address of the web begins with https://.",
    "store_unreachable": "The store could not be reached; it is tried again in five minutes.",
    "store_unreadable": "What the store holds cannot be read.",
    "bad_sample": "A sample has at least one item and at most 10,000, a seed, and a last day after its first.",
    "kept_as_books": "Books, vouchers and bank statements are kept for the time that tax and commercial law ask.",
    "kept_as_evidence": "Evidence of what was decided and done, kept as long as the books that it explains.",
    "kept_as_letters": "Business correspondence, kept for the time that commercial law asks.",
    "kept_for_business": "Kept while there is business with the person; erased on request at any time.",
}
