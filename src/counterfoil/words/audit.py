"""What the record says: its stores, its checks, samples, what is kept and for how long."""

SENTENCES: dict[str, str] = {
    "no_such_store": "No store of heads is called {name}.",
    "store_exists": "A store of heads is called {name} already.",
    "bad_store": "{target} is no {kind} that heads can go to. A folder is an absolute path, a mail address has an @,"
    " an address of the web begins with https://.",
    "store_unreachable": "The store could not be reached; it is tried again in five minutes.",
    "store_unreadable": "What the store holds cannot be read.",
}
