"""The corpus of bad files: each case makes one, and says what is to be said about it."""

from corpus import delimited, files, identifiers, numbers
from corpus.case import CASES, Case

__all__ = ["CASES", "Case", "delimited", "files", "identifiers", "numbers"]
