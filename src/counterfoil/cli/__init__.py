"""The command line: parse, make one call, print; `--json` for scripts."""
