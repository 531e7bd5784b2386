"""The home of one installation: the folder with its database, keys and files.

Nothing here needs Django, so that the command line can start fast and settings can read it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from counterfoil.kernel.errors import Refused

ENVIRONMENT_VARIABLE = "COUNTERFOIL_HOME"
DEMO_MARK = "demo"


class UnknownDatabase(Refused):
    """DATABASE_URL names an engine that is not SQLite or PostgreSQL."""

    code = "unknown_database"


class DemoHome(Refused):
    """The home is the demo's: it and an own company never share one."""

    code = "demo_home"


def home() -> Path:
    """Return the folder named by COUNTERFOIL_HOME, or `~/.counterfoil`."""
    return Path(os.environ.get(ENVIRONMENT_VARIABLE) or Path.home() / ".counterfoil").expanduser().resolve()


def is_demo() -> bool:
    """Tell whether this home was made by `./demo`; only there one-click sign-in exists."""
    return (home() / DEMO_MARK).is_file()


def insist_not_demo() -> None:
    """Refuse to put a company of one's own into the home of the demo.

    Raises:
        DemoHome: `./demo` made this home.
    """
    if is_demo():
        raise DemoHome(home=str(home()))


def secret_key() -> str:
    """Return the installation's secret, made on first use and readable by its owner only."""
    path = home() / "secret.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii")


def database_url() -> str:
    """Return DATABASE_URL, else the one kept in the home by `init`, else its SQLite file."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    kept = home() / "database.url"
    if kept.is_file():
        return kept.read_text("utf-8").strip()
    return f"sqlite:///{home() / 'counterfoil.sqlite3'}"


def keep_database_url(url: str) -> None:
    """Keep a PostgreSQL address in the home, readable by its owner only (it may hold a password)."""
    path = home() / "database.url"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(url)


def database_settings(url: str) -> dict[str, object]:
    """Translate a database address into Django's settings for it.

    SQLite runs in WAL, synchronous=FULL, and every transaction is IMMEDIATE, so that two writers wait
    for each other instead of failing in the middle.

    Raises:
        UnknownDatabase: the scheme is not `sqlite`, `postgres` or `postgresql`.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = unquote(parts.path.removeprefix("/")) if not parts.path.startswith("//") else unquote(parts.path[1:])
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name or ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise UnknownDatabase(scheme=parts.scheme)
