"""What every test may ask for: a database of the right kind, a home, golden files, the corpora, a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import ENVIRONMENT_VARIABLE as SETTINGS_VARIABLE
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from memory_disk import scratch_folder
from tests.databases import Databases, OwnDatabase, connected_to

TESTS = Path(__file__).parent
RUN_VARIABLE = "COUNTERFOIL_TEST_RUN"
SERVER_VARIABLE = "COUNTERFOIL_TEST_SERVER"
CORPORA_VARIABLE = "COUNTERFOIL_CORPORA"
CHROMIUM_VARIABLE = "COUNTERFOIL_TEST_CHROMIUM"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def make_the_run() -> Path:
    """Make the folder that all processes of this run share, and let them inherit its path and the server's URL."""
    run = tempfile.mkdtemp(prefix="counterfoil_", dir=scratch_folder())
    url = os.environ.pop("DATABASE_URL", "")
    os.environ |= {RUN_VARIABLE: run, SERVER_VARIABLE: url if url.startswith("postgres") else ""}
    return Path(run)


# Settings read the home as soon as they are loaded, so that it must be there before anything else.
RUN = make_the_run() if WORKER == "main" else Path(os.environ[RUN_VARIABLE])
HOME = RUN / f"home_{WORKER}"
HOME.mkdir()
os.environ |= {"COUNTERFOIL_HOME": str(HOME), SETTINGS_VARIABLE: "counterfoil.config.settings"}
DATABASES = Databases(RUN, WORKER, os.environ[SERVER_VARIABLE] or None)

# The gate draws the same examples every time; the night draws new ones (pytest --hypothesis-profile night).
hypothesis.settings.register_profile("check", deadline=None, derandomize=True, max_examples=200, print_blob=True)
hypothesis.settings.register_profile("night", deadline=None, max_examples=20_000, print_blob=True)
hypothesis.settings.load_profile("check")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that accepts what the golden files are compared with."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")


def pytest_configure() -> None:
    """Load the settings, now that there is a home for them."""
    django.setup()


def pytest_unconfigure() -> None:
    """Remove what this run left behind."""
    if WORKER == "main":
        DATABASES.drop_the_run()
        shutil.rmtree(RUN)


def pytest_report_header() -> str:
    """Say which engine the tests with a database run on."""
    return f"database: {DATABASES.engine}; corpora: {os.environ.get(CORPORA_VARIABLE) or 'none'}"


# Before pytest-django, which sorts the tests by its own marker.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give `database` tests their transaction; refuse tests that would reach a database without saying so."""
    undeclared = []
    for item in items:
        if item.get_closest_marker("database"):
            item.add_marker(pytest.mark.django_db)
        elif item.get_closest_marker("django_db") or reaches_a_database(item):
            undeclared.append(item.nodeid)
    if undeclared:
        wanted = "mark them `database` (rolled back) or `commit` (own copy); the flush is not used here"
        raise pytest.UsageError("\n".join(["These tests use a database:", *undeclared, wanted]))


def reaches_a_database(item: pytest.Item) -> bool:
    """Tell whether a test asks for a fixture that its markers do not announce."""
    asked = set(getattr(item, "fixturenames", ()))
    if {"transactional_db", "django_db_reset_sequences", "live_server"} & asked:
        return True
    has_own = item.get_closest_marker("commit") or item.get_closest_marker("browser")
    return not has_own and bool({"db", "own_database", "fresh_database", "empty_database"} & asked)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud how many corpus tests did not run."""
    skipped = sum(CORPORA_VARIABLE in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.write_line(f"{skipped} corpus tests did not run: {CORPORA_VARIABLE} is not set")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None) -> Iterator[None]:
    """Give this process its copy of the template for the tests that are rolled back."""
    database = DATABASES.copy()
    with connected_to(database):
        yield
    DATABASES.drop(database)


@pytest.fixture
def fresh_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Callable[..., AbstractContextManager[OwnDatabase]]:
    """Return a context manager that gives a fresh copy of the template each time; `engine="sqlite"` names another."""

    @contextmanager
    def fresh(engine: str | None = None) -> Iterator[OwnDatabase]:
        database = DATABASES.copy(engine)
        try:
            with django_db_blocker.unblock(), connected_to(database):
                yield database
        finally:
            DATABASES.drop(database)

    return fresh


@pytest.fixture
def own_database(fresh_database: Callable[..., AbstractContextManager[OwnDatabase]]) -> Iterator[OwnDatabase]:
    """Run the test on its own copy of the template, with real COMMITs; `.environment` is for other processes."""
    with fresh_database() as database:
        yield database


@pytest.fixture
def empty_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnDatabase]:
    """Give an empty database and home, as a new installation finds them."""
    database = DATABASES.empty()
    with django_db_blocker.unblock(), connected_to(database):
        yield database
    DATABASES.drop(database)


@pytest.fixture(autouse=True)
def _database_of_the_marker(request: pytest.FixtureRequest) -> None:
    """Give each `commit` and `browser` test its own database, whether it names the fixture or not."""
    has_own = request.node.get_closest_marker("commit") or request.node.get_closest_marker("browser")
    if has_own and "empty_database" not in request.fixturenames:
        request.getfixturevalue("own_database")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point COUNTERFOIL_HOME to an empty folder for one test."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("COUNTERFOIL_HOME", str(folder))
    return folder


Golden = Callable[[str, str | bytes], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a function that compares what was made with tests/golden/NAME, byte for byte."""

    def compare(name: str, made: str | bytes) -> None:
        file = TESTS / "golden" / name
        data = made.encode() if isinstance(made, str) else made
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        assert file.exists(), (
            f"{file.name} is not there; write it with --update-golden and read it before you commit it"
        )
        expected = file.read_bytes()
        if isinstance(made, str):
            assert made == expected.decode()  # as text, so that pytest shows the lines that differ
        assert data == expected

    return compare


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of third-party corpora, or say that the test did not run: they never lie in this project."""
    if not (named := os.environ.get(CORPORA_VARIABLE)):
        pytest.skip(f"{CORPORA_VARIABLE} is not set")
    folder = Path(named)
    assert folder.is_dir(), f"{CORPORA_VARIABLE} names no folder: {folder}"
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium once in a process; each test opens its own context in it."""
    path = os.environ.get(CHROMIUM_VARIABLE) or shutil.which("chromium")
    assert path, "there is no Chromium; ./check installs Debian's"
    # Playwright keeps an event loop in this thread, and Django would refuse each query beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    quiet = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[*quiet, "--disable-sync", "--no-first-run"],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        browser.close()
