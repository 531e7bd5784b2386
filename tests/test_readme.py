"""The README's commands do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import OwnDatabase

ROOT = Path(__file__).parent.parent


@pytest.mark.commit
def test_the_readme_takes_a_stranger_to_a_posted_invoice(empty_database: OwnDatabase, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (init,) = re.findall(r"^counterfoil init .*$", readme, re.MULTILINE)
    (script,) = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "counterfoil"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m counterfoil "$@"\n')
    command.chmod(0o755)
    environment = empty_database.environment | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }
    shell = shutil.which("bash")
    assert shell
    done = subprocess.run(
        [shell, "-euo", "pipefail", "-c", f"{init}\n{script}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 won: 1 invoiced, 0 held, 0 unchanged" in done.stdout
    assert re.search(r"1100\s+Trade receivables\s+1428\.00", done.stdout)
    assert "The record verifies" in done.stdout


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md", "CONTRIBUTING.md"])
def test_every_link_of_the_documents_leads_somewhere(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
