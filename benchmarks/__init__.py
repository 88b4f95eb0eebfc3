"""Measurements of whole runs: cases × engines × seeds, each run in a process of its own.

``python -m benchmarks --help`` tells how; the README what the numbers mean.
"""
