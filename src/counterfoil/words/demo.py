"""What the demo says."""

SENTENCES: dict[str, str] = {
    "own_company_here": "{home} holds a company of your own; the demo never goes beside it."
    " Use another home: counterfoil demo --home FOLDER",
    "demo_home": "{home} is the home of the demo company."
    " Use another home for your own: counterfoil init --home FOLDER",
    "demo_is_being_made": "Another process is filling {home}. Wait until it is done.",
    "other_seed": "{home} holds the demo company of seed {made}, not {wanted}."
    " Use another home: counterfoil demo --home FOLDER --seed {wanted}",
}
