"""Cities in files: CSV, XLSX and Parquet, with headers and words in English or Chinese.

:func:`check` and :func:`read` take a folder of CSV or Parquet files with ``city.toml``, or one
workbook. :func:`write` writes any of the three so that the same city (the same digest) is read
back; :func:`template` makes a workbook to fill in; :func:`check_place` tells beforehand whether
anything can be written somewhere, :func:`format_of` in what form.
"""

from realloc.tables.files import check_place, format_of
from realloc.tables.reading import check, read
from realloc.tables.worksheets import template
from realloc.tables.writing import write

__all__ = ["check", "check_place", "format_of", "read", "template", "write"]
