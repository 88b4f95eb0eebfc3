"""The app: a module per page (`overview`, `data`, `solve`, `compare`, `help`), and what they share.

========== =================================================================================
module     content
========== =================================================================================
state      what a visitor has chosen: language, city, runs; kept over page changes
intake     uploads to a city, or to the problems that keep them from being one
measures   tables of numbers that pages draw; no page computes
changes    what a plan changes, row by row, with the reason of each
charts     drawings, from tables of numbers
downloads  files that a page hands out
widgets    parts that several pages show
========== =================================================================================

`measures`, `changes`, `charts`, `downloads` and `intake` know nothing of Streamlit.
"""
