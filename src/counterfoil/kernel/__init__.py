"""The kernel: exact money, currencies, dates, terms, strict readers, refusals and explanations.

Standard library only. Values are frozen, exact and cannot be built wrong; nothing here reads the clock, a file or
the network.
"""
