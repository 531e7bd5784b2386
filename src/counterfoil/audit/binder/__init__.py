"""The binder: one file for an auditor, and the verifier that goes with it."""
