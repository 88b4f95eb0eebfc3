"""What must be right between the cells of a city, whether they come from a file or from Python.

Every rule is stated once, over :class:`~realloc.rules.rows.Rows`: columns, and a way to say where a
cell is. Files bring the rows of their sheets, a city made in Python brings its plain columns.
"""

from realloc.rules.rows import Plain, Rows, check_rows

__all__ = ["Plain", "Rows", "check_rows"]
