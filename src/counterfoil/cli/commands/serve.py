"""counterfoil serve"""

from __future__ import annotations

import argparse
import threading
import time
from datetime import timedelta

from django.db import OperationalError, connection

from counterfoil.audit import services as audit
from counterfoil.cli.running import Answer
from counterfoil.infra.home import home

HEAD_LEAVES_EVERY = timedelta(hours=1)


def let_heads_leave() -> None:
    """Seal what waits and let the head leave the house when it is due, as long as the process lives."""
    while True:
        time.sleep(audit.LOOKS_EVERY.total_seconds())
        try:
            audit.seal()
            audit.export_head(home() / "anchors", every=HEAD_LEAVES_EVERY)
        except OperationalError:
            continue
        finally:
            connection.close()


def run(args: argparse.Namespace) -> Answer:
    """Serve pages and API with granian until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    threading.Thread(target=let_heads_leave, daemon=True).start()
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
