"""counterfoil bench"""

from __future__ import annotations

import argparse
import json

from counterfoil.bench import place
from counterfoil.cli.running import Answer

WITHOUT_DATABASE = True


def run(args: argparse.Namespace) -> Answer:
    """Measure a job beside its raw limit in a database of its own; the books are not touched."""
    found = json.loads(place.run_there([args.name, str(args.size), str(args.rounds)]))
    return Answer(found["data"], found["lines"])
