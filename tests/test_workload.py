"""Where work lies agrees with what evaluation says of it."""

from __future__ import annotations

import numpy as np
import pytest
from literal import edit

from realloc.evaluation import evaluate
from realloc.instance import DEPARTMENT, HOLD_COMMUNITY, STREET_OFFICE
from realloc.reporting import workload
from realloc.reporting.comparison import compare_evaluations
from realloc.ui import downloads


@pytest.fixture
def today(twins):
    """Today's allocation of the twins, measured."""
    return evaluate(twins, twins.current)


def test_loads_of_communities_add_up_to_k1(twins, today):
    """The loads of all communities are K1, the heaviest of them is K5."""
    columns = workload.community_loads(twins, today)
    assert sum(columns["load0"]) == today.criteria["community_load"]
    assert max(-(-1000 * r // 1) for r in columns["rate0"]) == today.criteria["worst_load"]
    assert columns["visits0"] == today.community_visits.tolist()
    assert len(columns["community"]) == twins.n_communities


def test_load_without_capacity_is_above_it(twins):
    """Communities without staff have no ratio, and are counted among the overloaded; those that
    carry nothing are not."""
    city = twins
    for unit in ("staA", "staB", "comB"):
        city = edit(city, "units", unit, staff=0)
    columns = workload.community_loads(city, evaluate(city, city.current))
    assert columns["rate0"] == [None, None]
    assert workload.count_overloaded(columns, 0) == 2
    table = compare_evaluations([evaluate(city, city.current)], [""])
    rows = downloads.write_criteria_rows(table, ["today"], "zh")
    assert rows["today"][rows["number"].index("K5")] == "无容量"
    assert workload.count_overloaded({"rate1": [None, 1.0, 1.1], "load1": [0, 9, 9]}, 1) == 1


def test_a_committee_with_staff_of_its_own_is_not_averaged_away(twins):
    """Where station and committee have a pool each, the heavier one is shown."""
    rows = {k: list(v) for k, v in twins.tables["units"].items()}
    i = rows["kind"].index("community")
    for key, values in rows.items():
        values.append({"id": "extra", "form": "residents_committee", "pool": "", "staff": 1,
                       "committed": 0}.get(key, values[i]))  # fmt: skip
    rows["form"][i] = "station"
    city = twins.replace(tables={"units": rows})
    found = evaluate(city, city.current)
    columns = workload.community_loads(city, found)
    c = city.above[0].tolist().index(city.units.place[city.unit_of["extra"]])
    pools = city.units.pool[city.community_unit[:, c]]
    assert len(set(pools.tolist())) == 2
    rates = found.load[pools] / found.capacity[pools]
    assert columns["rate0"][c] == rates.max()
    assert columns["load0"][c] == found.load[pools].sum()


def test_what_units_gain_is_k7(twins, today):
    """Gains of departments and streets, pool by pool, are K7."""
    holder = np.where(twins.current.holder == HOLD_COMMUNITY, -1, twins.current.holder)
    moved = evaluate(twins, type(twins.current)(**{**vars(twins.current), "holder": holder}))
    columns = workload.pool_loads(twins, (DEPARTMENT, STREET_OFFICE), today, moved)
    gained = {kind: 0 for kind in columns["kind"]}
    for kind, a, b in zip(columns["kind"], columns["load0"], columns["load1"], strict=True):
        gained[kind] += max(0, b - a)
    assert gained["street_office"] == moved.parts["pushed_up.street_office"] > 0
    assert gained["department"] == moved.parts["pushed_up.department"]


def test_work_on_its_way_down_never_grows(twins, today):
    """Each level of the way down holds part of the one above, and the first holds everything."""
    columns = workload.way_down(twins, today)
    levels = np.array(columns["minutes"]).reshape(3, 2).sum(axis=1)
    assert levels[0] == twins.minutes[twins.exists].sum()
    assert levels[0] >= levels[1] >= levels[2] > 0


def test_flows_keep_everything(twins):
    """What flows from today to today stays with its kind, and nothing is lost."""
    holder = twins.current.holder
    columns = workload.flows(twins, holder, holder)
    assert columns["source"] == columns["target"]
    assert sum(columns["minutes"]) == twins.minutes[twins.exists].sum()
    street = np.where(holder == HOLD_COMMUNITY, -1, holder)
    moved = workload.flows(twins, holder, street, (0,))
    pairs = dict(zip(zip(moved["source"], moved["target"], strict=True), moved["minutes"],
                     strict=True))  # fmt: skip
    own = twins.exists[0] & (holder[0] == HOLD_COMMUNITY)
    assert pairs["community", "street_office"] == twins.minutes[0][own].sum()


def test_the_limit_of_a_pool_is_where_its_rule_begins(twins):
    """Capacity and overtime over capacity: 1 where no overtime is allowed, more where it is."""
    rows = {k: list(v) for k, v in twins.tables["units"].items()}
    for share, limit in ((0, 1.0), (250, 1.25)):
        rows["overtime_share"], rows["committed"] = ([n] * len(rows["id"]) for n in (share, 0))
        city = twins.replace(tables={"units": rows})
        found = evaluate(city, city.current)
        columns = workload.pool_loads(city, (DEPARTMENT, STREET_OFFICE), found)
        limits = [n for n in columns["limit"] if n is not None]
        assert limits == pytest.approx([limit] * len(limits))
        assert len(limits) == sum(map(bool, columns["capacity"])) > 0
