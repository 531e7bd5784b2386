"""counterfoil add-user"""

from __future__ import annotations

import argparse
import getpass
import sys

from counterfoil.cli.running import Answer, actor
from counterfoil.people import selectors as people
from counterfoil.people import services
from counterfoil.people.domain import Role


def run(args: argparse.Namespace) -> Answer:
    """Add a person with a role; the password is asked for and never shown."""
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass("Password: ")
    services.check_password(password, email=args.email)
    user_id = services.add_user(
        email=args.email,
        name=args.name or args.email.split("@")[0],
        role=Role(args.role),
        books_id=people.books_facts().id,
        password=password,
        actor=actor(),
    )
    return Answer({"user": user_id, "role": args.role}, [f"{args.email} may sign in as {args.role}."])
