"""What a planner must know though no rule forbids it: C16 of the model."""

from __future__ import annotations

import numpy as np

from realloc.evaluation.facts import Facts
from realloc.evaluation.findings import Notice
from realloc.evaluation.use import Use


def notices_c16(facts: Facts, use: Use) -> list[Notice]:
    """C16: vetoes, assessments of communities, and forms past their validity.

    ``veto_task`` for each task with a veto; ``veto_inspection`` and ``assessment`` for each
    inspection that communities receive, with their number; ``expired_form`` for each form past
    its validity, with its fillings a year.
    """
    city = facts.city
    found = [
        Notice("veto_task", {"task": city.tasks.id[t]}, 1) for t in np.flatnonzero(city.tasks.veto)
    ]
    inspections = city.inspections
    for duty in np.flatnonzero(~facts.duties.is_form & (use.duty_communities > 0)):
        i, count = facts.duties.row[duty], int(use.duty_communities[duty])
        subject = {"inspection": inspections.id[i], "task": city.tasks.id[inspections.task[i]]}
        if inspections.veto[i]:
            found.append(Notice("veto_inspection", subject, count))
        if inspections.assessment[i]:
            found.append(Notice("assessment", subject, count))
    for i, until in enumerate(city.forms.valid_until):
        if until and until < city.settings["date"]:
            subject = {"form": city.forms.id[i], "task": city.tasks.id[city.forms.task[i]]}
            found.append(Notice("expired_form", subject, int(city.forms.times[i])))
    return found
