"""Faults that the tests must find; see :mod:`mutants.run`."""
