"""The tests of Counterfoil; tests/README.md says which kind goes where."""
