"""counterfoil token"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.people import selectors, services


def run(args: argparse.Namespace) -> Answer:
    """Issue an API token for a person; only its hash is kept."""
    user = selectors.user_by_email(args.email)
    if user is None:
        raise services.UnknownUser(field="email", email=args.email)
    token = services.issue_token(user_id=user.pk, name=args.label, actor=actor())
    return Answer({"token": token}, [token])
