"""The app: a module per page (`overview`, `data`, `solve`, `compare`, `help`), and what they share.

========== =================================================================================
module     content
========== =================================================================================
state      what a visitor has chosen: language, city, runs; kept over page changes
intake     uploads to a city, or to the problems that keep them from being one
charts     drawings, from tables of numbers
downloads  files that a page hands out
widgets    parts that several pages show
========== =================================================================================

`charts`, `downloads` and `intake` know nothing of Streamlit. No page computes: the
tables that pages draw and hand out are made in :mod:`realloc.reporting`.
"""
