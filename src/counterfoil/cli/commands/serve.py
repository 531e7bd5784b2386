"""counterfoil serve"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer


def run(args: argparse.Namespace) -> Answer:
    """Serve pages and API with granian until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    print(f"Counterfoil on http://{args.host}:{args.port}", flush=True)
    Granian(
        "counterfoil.config.wsgi:application",
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=args.workers,
        blocking_threads=4,
        websockets=False,
    ).serve()
    return Answer({})
