"""`python -m counterfoil` is the same as the command `counterfoil`."""

from counterfoil.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
