"""Results for people: tables of what an analyst asks for, in the terminal and in documents.

========== =================================================================================
module     content
========== =================================================================================
comparison allocations side by side: K1 to K9 by part, with differences
changes    what a plan changes against today, leg by leg, with the reason of each
workload   where work lies: loads, its way down to communities, flows between holders
violations rules broken one by one: which, why, where, whose, by how much
notices    what a planner must know and that no rule forbids
names      names of tasks, places and holders
figures    how numbers and shares are written
console    layouts for the terminal
answer     how a verb answers: one JSON object or layouts, and an exit code
progress   the line that shows what a run is at
========== =================================================================================
"""
