#!/usr/bin/env bash
# Renew constraints.txt from pyproject.toml. Needs the .venv that ./check makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pins=$(.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header --no-annotate "$@" pyproject.toml)
{
  echo "# Pins of everything that ./demo and ./check install, for Python 3.11 and later."
  echo "# Renewed by scripts/pin.sh; add --upgrade to take newer releases."
  printf '%s\n' "$pins"
} > constraints.txt
