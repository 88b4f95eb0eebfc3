"""Large neighbourhoods: which choices of a plan a solver may change at once, the others staying.

Annealing moves an item or two at a time; to use up a scarce resource well, many must move together.
A neighbourhood is the items that can use one such resource, with choices that lift the value of the
relaxation little.

References
----------
Shaw, P. (1998). Using constraint programming and local search methods to solve vehicle routing
problems. Principles and Practice of Constraint Programming, CP98, 417-431.
"""

from __future__ import annotations

import numpy as np

from realloc.engines.search import Guide
from realloc.program import Flags, Point, Program
from realloc.sparse import Ints

#: Choices set free beside those taken, at first; twice as many once no neighbourhood is left.
OPEN = 300
#: By how much neighbourhoods grow or shrink from one to the next, and the least of those choices.
GROWTH, SMALLEST = 1.03, 50
#: Share of the rise at which choices are left out that is added to all before some are drawn.
EVEN = 0.1
#: Choices up to which a resource of more of them is picked more often.
CROWDED = 300
#: Draws in a row that name what was tried already, after which none is thought to be left.
DRAWS = 100


class Neighbourhoods:
    """Draws neighbourhoods of a plan, none twice while its items are decided as they were.

    Parameters
    ----------
    program
        the program.
    guide
        prices of its resources, and the rise of its choices.
    seed
        of the draws.
    """

    def __init__(self, program: Program, guide: Guide, seed: int) -> None:
        self.program = program
        self.guide = guide
        self.users = program.use.transpose(program.resources)
        # what costs nothing in the relaxation is drawn too, if nothing else is left
        worth = np.abs(guide.price[: program.resources])
        self.weight = worth * np.minimum(np.diff(self.users.start), CROWDED) + 1e-9
        self.item_of = program.item_of()
        self.draws = np.random.default_rng(seed)
        self.most = OPEN
        self.tried: dict[int, bytes] = {}

    def learn(self, *, solved: bool) -> None:
        """Make the next ones larger if one was solved to its end, smaller if not."""
        self.most = max(SMALLEST, round(self.most * (GROWTH if solved else 1 / GROWTH)))

    def draw(self, point: Point) -> Flags:
        """Return which choices may be taken: those of a plan, and those of a neighbourhood."""
        resource, items = self._fresh(point)
        self.tried[resource] = point.choice[items].tobytes()
        mine = np.zeros(self.program.items, dtype=bool)
        mine[items] = True
        free = np.flatnonzero(mine[self.item_of])
        open_ = np.zeros(self.program.choices, dtype=bool)
        open_[self._least(free, self.most + len(items))] = True
        open_[point.choice] = True
        return open_

    def _least(self, choices: Ints, most: int) -> Ints:
        """Return choices of little rise, not the same ones every time."""
        if len(choices) <= most:
            return choices
        rise = np.maximum(self.guide.rise[choices], 0)  # for the noise of floating point
        rise = rise + EVEN * np.partition(rise, most)[most]
        drawn = rise * self.draws.exponential(size=len(choices))
        return choices[np.argpartition(drawn, most)[:most]]

    def _fresh(self, point: Point) -> tuple[int, Ints]:
        """Return a resource and the items that can use it, not tried as they are decided now."""
        regret = np.maximum(self.guide.rise[point.choice], 0)  # for the noise of floating point
        regret = regret + max(1e-9, 0.01 * float(regret.mean()))
        resource, items = -1, np.arange(self.program.items)
        for _ in range(DRAWS):
            item = int(self.draws.choice(len(regret), p=regret / regret.sum()))
            resource, items = self._around(item)
            if self.tried.get(resource) != point.choice[items].tobytes():
                return resource, items
        self.most *= 2
        self.tried.clear()
        return resource, items

    def _around(self, item: int) -> tuple[int, Ints]:
        """Return a resource that an item can use, a dear one rather than others, and its users."""
        p = self.program
        choices = np.arange(p.item[item], p.item[item + 1])
        used = np.unique(p.use.take(choices).index)
        if not len(used):
            return -1, np.arange(p.items)
        weight = self.weight[used]
        resource = int(self.draws.choice(used, p=weight / weight.sum()))
        mine = slice(self.users.start[resource], self.users.start[resource + 1])
        return resource, np.unique(self.item_of[self.users.index[mine]])


def merge(now: Point, before: Point, after: Point) -> Point:
    """Return a plan with what was changed from one plan to another changed in it as well."""
    return Point(
        np.where(after.choice != before.choice, after.choice, now.choice),
        np.where(after.switch != before.switch, after.switch, now.switch),
    )
