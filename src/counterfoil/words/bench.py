"""Sentences for measuring."""

SENTENCES: dict[str, str] = {
    "bench_failed": "The measurement stopped with exit code {exit_code}; what went wrong stands above.",
    "no_yardstick": "LightGBM, beside which this is measured, is not installed. Install it with: pip install lightgbm",
    "may_not_measure": (
        "{user} may not make a database to measure in. Let the role do so (ALTER ROLE {user} CREATEDB), or measure"
        " where it may."
    ),
}
