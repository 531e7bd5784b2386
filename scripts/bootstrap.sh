# Sourced by ./demo and ./check: makes the .venv of this checkout and installs Counterfoil into it, once per change of
# the pins. Needs Python 3.11 or later; on Debian it installs the venv module when that is missing.

python_found() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$name" > /dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

as_administrator() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo --non-interactive "$@"; fi
}

apt_install() {
  as_administrator env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_administrator env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

make_venv() {
  local python
  if ! python=$(python_found); then
    echo "Counterfoil needs Python 3.11 or later; on Debian: apt-get install python3 python3-venv" >&2
    return 1
  fi
  if ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
    echo "Installing python3-venv ..."
    apt_install python3-venv > /dev/null
  fi
  "$python" -m venv --clear .venv
}

# bootstrap EXTRA: EXTRA is "" for what the product needs, "test" for what the tests need as well.
bootstrap() {
  local extra=$1 wanted stamp=.venv/counterfoil-installed target
  target="-e .${extra:+[$extra]}"
  wanted="$(cat pyproject.toml constraints.txt | cksum) $PWD"
  if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    echo "Making .venv ..."
    make_venv
  fi
  # An installation made for the tests holds the product as well.
  if [ -f "$stamp" ] && { [ "$(cat "$stamp")" = "$wanted $extra" ] || [ "$(cat "$stamp")" = "$wanted test" ]; }; then
    return 0
  fi
  echo "Installing into .venv ..."
  rm -f "$stamp"
  # uv installs in seconds what takes pip a minute; where it cannot be had or has no index, pip does the same work.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv ||
    echo "uv cannot be had here; pip installs everything."
  if ! { [ -x .venv/bin/uv ] && .venv/bin/uv pip install --quiet --python .venv/bin/python -c constraints.txt $target; }; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $target
  fi
  echo "$wanted $extra" > "$stamp"
}
