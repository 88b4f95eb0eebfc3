"""The tables of a city as data: names, columns, types, defaults and the words of both languages.

One description serves reading, writing, the template workbook, the in-memory columns and the
documentation. A column's ``kind`` fixes its grammar and what it becomes in memory:

========== ================================================= ====================
kind       in a file                                          in memory
========== ================================================= ====================
id         text, unique in its table                          str
text       text                                               str ("" if blank)
words      words separated by ``;`` ``；`` ``、`` or ``|``     tuple of str
ref        id of a row of ``target``                          str ("" if blank)
refs       several ids, separated like words                  tuple of str
function   name of a department's function (主管部门)          str
holder     unit id, contract id, street, community, cancelled str
int        whole number                                       int
minutes    whole minutes, or hours under the ``hours`` header int
yuan       whole yuan                                         int
share      decimal between 0 and 1, at most three decimals    int, per mille
flag       0/1, 否/是, no/yes                                  int 0 or 1
enum       one of ``words``                                   str, the English word
date       ISO date                                           str ``YYYY-MM-DD``
months     ``05-10``, may wrap (``12-03``); blank: all year    tuple (first, count)
========== ================================================= ====================

A blank optional cell becomes the column's ``default`` (``None`` where the default is computed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TIERS = ("community", "street", "district", "city")
KINDS = ("department", "street_office", "community", "contractor")
LEGS = ("detect", "handle")
POWER_TYPES = (
    "licensing", "penalty", "coercion", "levy", "adjudication", "inspection",
    "confirmation", "payment", "guidance", "service", "other",
)  # fmt: skip
GOVERNANCE = ("party_led", "government", "self_governance", "co_governance")
RULES = ("allowed", "if_delegated", "if_admitted", "if_purchased", "forbidden")
STATUSES = ("statutory", "admitted", "candidate", "barred")
FLOORS = ("community", "street", "department")
ALL_YEAR = (0, 12)

TIER_ZH = ("社区", "街道", "区", "市")
KIND_ZH = ("职能部门", "街道办", "社区", "承接组织")
LEG_ZH = ("发现与报告", "依法处置")
POWER_ZH = ("许可", "处罚", "强制", "征收", "裁决", "检查", "确认", "给付", "指导", "服务", "其他")
GOVERNANCE_ZH = ("政党引领", "政府管理", "社会自治", "社会共治")
RULE_ZH = ("允许", "须授权", "须准入", "须购买", "禁止")
STATUS_ZH = ("法定", "已准入", "拟准入", "禁入")
FLOOR_ZH = ("社区", "街道", "部门")


@dataclass(frozen=True)
class Column:
    """One column of a table; see the module's text for ``kind``."""

    name: str
    zh: str
    kind: str
    help_zh: str
    help_en: str
    required: bool = False
    default: Any = None
    words: tuple[str, ...] = ()
    words_zh: tuple[str, ...] = ()
    target: str = ""
    low: int = 0
    high: int = 10**12


@dataclass(frozen=True)
class Table:
    """One table: its columns, its key (columns unique together) and whether a city must have it."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _c(name: str, zh: str, kind: str, help_zh: str, help_en: str, **more: Any) -> Column:
    if kind in ("text", "ref", "date", "function", "holder") and "default" not in more:
        more["default"] = ""
    if kind in ("words", "refs") and "default" not in more:
        more["default"] = ()
    return Column(name, zh, kind, help_zh, help_en, **more)


def _enum(name: str, zh: str, words: tuple[str, ...], words_zh: tuple[str, ...], help_zh: str,
          help_en: str, **more: Any) -> Column:  # fmt: skip
    return Column(name, zh, "enum", help_zh, help_en, words=words, words_zh=words_zh, **more)


_MAX_MINUTES = 10**10

SCHEMA: dict[str, Table] = {
    table.name: table
    for table in (
        Table("places", "地区", (
            _c("code", "地区代码", "id", "区划代码", "division code", required=True),
            _c("name", "名称", "text", "地区名称", "name of the place", required=True),
            _c("parent", "上级代码", "ref", "上一级地区的代码,市级留空", "code of the place above; blank for the city", target="places"),
            _enum("tier", "层级", TIERS, TIER_ZH, "市、区、街道、社区", "city, district, street or community", required=True),
            _c("population", "人口", "int", "常住人口(人)", "residents", default=0, high=100_000_000),
            _c("households", "户数", "int", "户数", "households", default=0, high=100_000_000),
            _c("kind", "社区类型", "text", "老旧小区、商品房、城中村等", "old estate, commercial housing, urban village …"),
            _c("service_floor", "服务底线分钟", "minutes", "该社区每年至少保留的服务与自治工作分钟数;留空按现状合法持有量的一半", "least minutes a year of service and self-governance kept; blank: half of what is lawfully held today", high=_MAX_MINUTES),
        ), ("code",), required=True),
        Table("units", "承担主体", (
            _c("id", "主体编号", "id", "唯一编号", "unique id", required=True),
            _c("name", "名称", "text", "单位名称", "name of the unit", required=True),
            _enum("kind", "主体类别", KINDS, KIND_ZH, "职能部门、街道办、社区、承接组织", "department, street_office, community or contractor", required=True),
            _enum("form", "组织形式", ("organ", "station", "residents_committee", "service_centre", "social_org", "property_company", "enterprise", "owners_committee"), ("机关", "工作站", "居委会", "服务中心", "社会组织", "物业公司", "企业", "业委会"), "单位的组织形式", "legal form of the unit", default="organ"),
            _c("place", "所属地区", "ref", "管辖或所在地区", "jurisdiction", required=True, target="places"),
            _c("function", "职能", "function", "仅职能部门填写:所属条线(主管部门名称)", "departments only: which lead department it is"),
            _c("pool", "人员池", "text", "合署办公、共用人员的主体填同一人员池;留空为独立人员池", "units that share staff name the same pool; blank: a pool of its own"),
            _c("staff", "在岗人数", "int", "在岗人数", "staff", default=0, high=1_000_000),
            _c("committed", "清单外工作分钟", "minutes", "清单之外每年已占用的分钟数", "minutes a year committed outside the inventory", default=0, high=_MAX_MINUTES),
            _c("overtime_share", "加班上限比例", "share", "可加班占总工时的比例(0-1)", "overtime allowed, share of gross minutes", default=0),
            _c("yuan_per_hour", "小时成本元", "yuan", "每小时人员成本(元)", "staff cost per hour, yuan", default=0, high=100_000),
            _c("vertical", "垂直管理", "flag", "垂直管理部门填“是”:街道不得承接其处置环节", "1: vertically managed, its handling never goes to a street", default=0),
        ), ("id",), required=True),
        Table("tasks", "事项", (
            _c("id", "事项编号", "id", "唯一编号", "unique id", required=True),
            _c("category", "大类", "text", "事项大类", "category", required=True),
            _c("category_en", "大类英文", "text", "大类英文名", "category in English"),
            _c("name", "事项名称", "text", "事项名称", "name of the task", required=True),
            _c("name_en", "英文名称", "text", "英文名称", "name in English"),
            _enum("duration", "期限", ("long_term", "temporary"), ("长期", "临时"), "长期或临时", "long_term or temporary", default="long_term"),
            _c("months", "月份", "months", "临时事项的起止月份,如05-10,可跨年", "window of a temporary task, may wrap", default=ALL_YEAR),
            _c("social_work", "社会工作", "flag", "属社会工作(服务)填“是”", "1: social work (service)", default=0),
            _enum("power_type", "权力类型", POWER_TYPES, POWER_ZH, "11类权力之一", "one of the 11 power types", required=True),
            _enum("governance", "治理属性", GOVERNANCE, GOVERNANCE_ZH, "四类事务之一", "one of four kinds of affairs", default="government"),
            _c("lead", "主管部门", "function", "主管部门(条线)名称", "lead department (function)", required=True),
            _c("minutes", "标准社区年分钟", "minutes", "标准社区每年所需分钟数", "minutes a year in the reference community", required=True, high=_MAX_MINUTES),
            _c("detect_share", "发现环节占比", "share", "发现与报告环节占工作量的比例(0-1)", "share of the detect leg", default=0),
            _enum("scope", "统一口径", TIERS, TIER_ZH, "分工在哪一级统一", "tier at which one decision holds", default="street"),
            _c("outsourceable", "可购买", "flag", "可由政府购买服务填“是”", "1: may be purchased", default=0),
            _c("admissible", "可准入", "flag", "可准入社区填“是”;填“否”时社区不得承担处置环节", "0: a community may not handle it", default=1),
            _enum("handling_floor", "处置最低层级", FLOORS, FLOOR_ZH, "可承担处置环节的最低层级", "lowest tier that may handle", default="community"),
            _c("cancellable", "可取消", "flag", "可取消填“是”", "1: may be cancelled", default=0),
            _c("veto", "一票否决", "flag", "列入一票否决填“是”", "1: a one-vote veto item", default=0),
            _c("legal_basis", "法律依据", "text", "法律法规依据(需法制审核)", "legal ground (needs legal review)"),
            _enum("legal_basis_status", "依据核实情况", ("verified_text", "verified_excerpt", "memory", "none_found"), ("已核原文", "已核摘录", "待核", "未找到"), "依据核实情况", "how far the ground was checked", default="none_found"),
        ), ("id",), required=True),
        Table("forms", "报表", (
            _c("id", "报表编号", "id", "唯一编号", "unique id", required=True),
            _c("name", "报表名称", "text", "报表名称", "name of the form"),
            _c("task", "事项编号", "ref", "所属事项", "task it belongs to", required=True, target="tasks"),
            _enum("leg", "环节", LEGS, LEG_ZH, "随哪个环节", "leg it follows", default="handle"),
            _c("issuer", "制定机关", "function", "制定机关(条线)", "issuing function", required=True),
            _c("times", "每年次数", "int", "每年填报次数", "times a year", default=1, high=1000),
            _c("minutes", "每次分钟", "minutes", "每次填报分钟数", "minutes each", default=0, high=10**7),
            _c("scheme", "联合方案", "ref", "所属一表通方案", "unified form it belongs to", target="schemes"),
            _c("approval", "批准文号", "text", "批准或备案文号", "approval number"),
            _c("valid_until", "有效期至", "date", "有效期", "valid until"),
        ), ("id",)),
        Table("inspections", "检查", (
            _c("id", "检查编号", "id", "唯一编号", "unique id", required=True),
            _c("name", "检查名称", "text", "检查名称", "name of the inspection"),
            _c("task", "事项编号", "ref", "所属事项", "task it belongs to", required=True, target="tasks"),
            _enum("leg", "环节", LEGS, LEG_ZH, "随哪个环节", "leg it follows", default="handle"),
            _c("inspector", "检查部门", "function", "检查部门(条线)", "inspecting function", required=True),
            _enum("purpose", "目的", ("inspection", "assessment"), ("检查", "考核"), "检查或考核", "inspection or assessment", default="inspection"),
            _c("veto", "一票否决", "flag", "与一票否决挂钩填“是”", "1: tied to a veto", default=0),
            _c("visits", "每年次数", "int", "每年迎检次数", "visits a year", default=1, high=1000),
            _c("minutes", "每次准备分钟", "minutes", "每次迎检准备分钟数", "minutes of preparation each", default=0, high=10**7),
            _c("months", "月份", "months", "起止月份,留空随事项", "window; blank: that of the task"),
            _c("scheme", "联合方案", "ref", "所属综合查一次方案", "joint scheme it belongs to", target="schemes"),
        ), ("id",)),
        Table("schemes", "联合方案", (
            _c("id", "方案编号", "id", "唯一编号", "unique id", required=True),
            _c("name", "方案名称", "text", "方案名称", "name of the scheme"),
            _enum("kind", "方案类别", ("joint_visit", "unified_form"), ("联合检查", "一表通"), "综合查一次或一表通", "joint_visit or unified_form", required=True),
            _enum("tier", "采用层级", TIERS, TIER_ZH, "在哪一级决定采用", "tier that adopts it", default="district"),
            _enum("adopted", "是否采用", ("no", "yes", "decide"), ("否", "是", "待定"), "待定的由模型决定", "decide: left to the model", default="no"),
            _c("coordination", "协调分钟", "minutes", "每个成员条线每年协调分钟数", "coordination minutes a year per member function", default=0, high=10**7),
        ), ("id",)),
        Table("authority", "权限", (
            _enum("power_type", "权力类型", POWER_TYPES, POWER_ZH, "权力类型", "power type", required=True),
            _enum("kind", "主体类别", KINDS, KIND_ZH, "主体类别", "kind of unit", required=True),
            _enum("leg", "环节", LEGS, LEG_ZH, "环节", "leg", required=True),
            _enum("rule", "规则", RULES, RULE_ZH, "允许、须授权、须准入、须购买、禁止", "what law lets this kind hold", required=True),
            _c("basis", "依据", "text", "依据", "ground"),
            _c("valid_from", "生效日期", "date", "生效日期", "valid from"),
            _c("valid_until", "失效日期", "date", "失效日期", "valid until"),
        ), ("power_type", "kind", "leg", "valid_from")),
        Table("delegations", "授权委托", (
            _c("id", "授权编号", "id", "唯一编号", "unique id", required=True),
            _c("delegator", "授权机关", "text", "授权或委托机关", "who delegates", required=True),
            _c("task", "事项编号", "ref", "授权的事项(与权力类型二选一)", "task delegated (or a power type)", target="tasks"),
            _enum("power_type", "权力类型", POWER_TYPES, POWER_ZH, "授权的权力类型(与事项二选一)", "power type delegated (or a task)", default=""),
            _c("unit", "受托主体", "ref", "受托主体", "unit it is delegated to", required=True, target="units"),
            _c("basis", "依据", "text", "依据", "ground"),
            _c("valid_from", "生效日期", "date", "生效日期", "valid from"),
            _c("valid_until", "失效日期", "date", "失效日期", "valid until"),
        ), ("id",)),
        Table("admission", "准入", (
            _c("task", "事项编号", "ref", "事项", "task", required=True, target="tasks"),
            _enum("leg", "环节", LEGS, LEG_ZH, "环节", "leg", required=True),
            _c("place", "地区代码", "ref", "目录适用地区", "place of the catalogue", required=True, target="places"),
            _enum("status", "准入状态", STATUSES, STATUS_ZH, "法定、已准入、拟准入、禁入", "statutory, admitted, candidate or barred", required=True),
            _c("basis", "依据", "text", "依据", "ground"),
            _c("valid_until", "有效期至", "date", "有效期", "valid until"),
            _c("yuan_per_hour", "随转经费元每小时", "yuan", "费随事转:每小时拨付(元)", "yuan per hour that follow the task", default=0, high=100_000),
        ), ("task", "leg", "place")),
        Table("quotas", "准入限额", (
            _c("place", "地区代码", "ref", "适用地区(其下每个社区)", "place; holds for every community in it", required=True, target="places"),
            _c("at_most_tasks", "最多事项数", "int", "每个社区最多准入事项数", "at most so many admitted tasks per community", high=100_000),
            _c("at_most_minutes", "最多分钟", "minutes", "每个社区准入事项最多分钟数", "at most so many admitted minutes per community", high=_MAX_MINUTES),
        ), ("place",)),
        Table("contracts", "购买合同", (
            _c("id", "合同编号", "id", "唯一编号", "unique id", required=True),
            _c("name", "合同名称", "text", "合同名称", "name of the contract"),
            _c("contractor", "承接主体", "ref", "承接主体", "contractor", required=True, target="units"),
            _c("buyer", "购买主体", "ref", "付费并监督的部门或街道办", "department or street office that pays and supervises", required=True, target="units"),
            _c("places", "服务地区", "refs", "服务地区代码", "places served", required=True, target="places"),
            _c("categories", "大类", "words", "可承接的大类;留空为全部", "categories; blank: all"),
            _c("grade", "评估等级", "int", "等级(1-5A)", "grade, 1 to 5", default=3, high=5),
            _c("yuan_per_hour", "小时单价元", "yuan", "每小时价格(元)", "price per hour, yuan", required=True, high=100_000),
            _c("least", "起订分钟", "minutes", "启用后每年最少分钟", "least minutes a year once used", default=0, high=_MAX_MINUTES),
            _c("most", "上限分钟", "minutes", "每年最多分钟", "most minutes a year", high=_MAX_MINUTES),
            _c("share_of_buyer", "占购买方比例上限", "share", "占购买方全部购买量的最大比例", "largest share of all that the buyer purchases", default=1000),
            _c("share_of_contractor", "占承接方比例上限", "share", "占承接方全部承接量的最大比例", "largest share of all that the contractor does", default=1000),
        ), ("id",)),
        Table("budgets", "预算", (
            _c("payer", "付费主体", "ref", "付费主体", "payer", required=True, target="units"),
            _enum("purpose", "用途", ("transfer", "purchase"), ("费随事转", "购买服务"), "用途", "transfer or purchase", required=True),
            _c("yuan", "金额元", "yuan", "年度金额(元)", "yuan a year", required=True),
        ), ("payer", "purpose")),
        Table("limits", "变动上限", (
            _c("id", "上限编号", "id", "唯一编号", "unique id", required=True),
            _enum("subject", "对象", ("change", "cancelled", *KINDS), ("变动", "取消", *KIND_ZH), "变动、取消,或新转入某类主体", "change, cancelled, or what newly goes to a kind of holder", required=True),
            _c("place", "地区代码", "ref", "适用地区,留空为全市", "place; blank: the city", target="places"),
            _c("unit", "主体编号", "ref", "仅计新转入该主体的工作", "only what newly goes to this unit", target="units"),
            _c("at_most_minutes", "最多分钟", "minutes", "最多分钟数", "at most so many base minutes", high=_MAX_MINUTES),
            _c("at_most_items", "最多项数", "int", "最多项数", "at most so many items", high=10_000_000),
        ), ("id",)),
        Table("pins", "锁定", (
            _c("task", "事项编号", "ref", "事项", "task", required=True, target="tasks"),
            _enum("leg", "环节", LEGS, LEG_ZH, "环节", "leg", required=True),
            _c("place", "地区代码", "ref", "适用地区,留空为全市", "place; blank: the city", target="places"),
            _c("holder", "承担者", "holder", "主体编号、合同编号、街道、社区或取消", "unit id, contract id, street, community or cancelled", required=True),
            _enum("rule", "要求", ("keep", "forbid"), ("必须", "不得"), "必须由其承担,或不得由其承担", "keep or forbid", required=True),
        ), ("task", "leg", "place", "holder", "rule")),
        Table("workload", "工作量", (
            _c("task", "事项编号", "ref", "事项", "task", required=True, target="tasks"),
            _c("place", "地区代码", "ref", "地区(其下每个社区)", "place; holds for every community in it", required=True, target="places"),
            _c("minutes_min", "最少分钟", "minutes", "最少", "least", high=_MAX_MINUTES),
            _c("minutes", "分钟", "minutes", "最可能", "most likely, per community", required=True, high=_MAX_MINUTES),
            _c("minutes_max", "最多分钟", "minutes", "最多", "most", high=_MAX_MINUTES),
        ), ("task", "place")),
        Table("current", "现状分工", (
            _c("task", "事项编号", "ref", "事项", "task", required=True, target="tasks"),
            _c("place", "地区代码", "ref", "地区(任一层级,向下继承)", "place of any tier, inherited downwards", required=True, target="places"),
            _c("detector", "现发现主体", "holder", "现由谁发现报告;无此环节可留空", "who detects today"),
            _c("handler", "现处置主体", "holder", "现由谁处置;无此环节可留空", "who handles today"),
        ), ("task", "place")),
    )
}  # fmt: skip

#: Criteria by number and name, each with its parts (the tiers or classes that it is reported for).
CRITERIA: dict[str, tuple[str, ...]] = {
    "community_load": ("administrative", "service", "self_governance"),
    "inspections": ("community", "street_office", "other"),
    "overload": ("community", "department", "street_office", "contractor"),
    "principals": (),
    "worst_load": (),
    "public_cost": (),
    "pushed_up": ("department", "street_office"),
    "change": (),
    "forms": ("community", "street_office", "other"),
}

#: Chinese names of the criteria and their parts; one of what a weight is of, in both languages.
CRITERIA_ZH: dict[str, str] = {
    "community_load": "社区负担", "inspections": "迎检次数", "overload": "超载",
    "principals": "多头派单", "worst_load": "最重社区负荷率", "public_cost": "公共成本",
    "pushed_up": "上移工作", "change": "变动工作", "forms": "填报次数", "cancelled": "取消工作",
}  # fmt: skip
PARTS_ZH: dict[str, str] = {
    "administrative": "行政事务", "service": "服务", "self_governance": "自治", "community": "社区",
    "street_office": "街道办", "department": "职能部门", "contractor": "承接组织", "other": "其他",
}  # fmt: skip
WEIGHED: dict[str, tuple[str, str]] = {
    "community_load": ("分钟", "minute"), "inspections": ("次", "visit"),
    "overload": ("分钟", "minute"), "principals": ("条线×社区", "pair"),
    "worst_load": ("千分点", "per mille"), "public_cost": ("元", "yuan"),
    "pushed_up": ("分钟", "minute"), "change": ("分钟", "minute"), "forms": ("次", "filling"),
    "cancelled": ("分钟", "minute"),
}  # fmt: skip


def write_criterion(leaf: str) -> str:
    """Return the Chinese name of a criterion or of a part of one, such as ``change``."""
    name, _, part = leaf.partition(".")
    return f"{CRITERIA_ZH[name]}·{PARTS_ZH[part]}" if part else CRITERIA_ZH[name]


#: The constraint families of the model (C16 are notices and no family).
FAMILIES: dict[str, str] = {
    "C1": "full_inventory", "C2": "authority", "C3": "jurisdiction", "C4": "admission",
    "C5": "quotas", "C6": "funding", "C7": "purchase_gates", "C8": "contracts", "C9": "capacity",
    "C10": "peak_months", "C11": "rounds", "C12": "service_floor", "C13": "nobody_worse",
    "C14": "pins", "C15": "limits",
}  # fmt: skip

_DEFAULT_WEIGHTS = {
    "community_load.administrative": 1000, "community_load.service": 500,
    "inspections.community": 600_000, "inspections.street_office": 300_000,
    "overload.community": 2000, "overload.department": 4000, "overload.street_office": 4000,
    "overload.contractor": 4000, "principals": 60_000, "public_cost": 10, "change": 1,
}  # fmt: skip


def leaves() -> list[str]:
    """Return the dotted names of all reported parts, in the order of the model."""
    names = []
    for name, parts in CRITERIA.items():
        names += [f"{name}.{part}" for part in parts] or [name]
    return [*names, "cancelled"]


#: The settings of ``city.toml`` (sheet ``city``: key, value), dotted keys.
SETTINGS: dict[str, Column] = {
    column.name: column
    for column in (
        _c("name", "城市名称", "text", "城市名称", "name of the city", required=True),
        _c("date", "基准日期", "date", "检验有效期的日期", "date against which validity is tested", required=True),
        _c("minutes_per_staff", "人均年工时分钟", "minutes", "每人每年工作分钟数", "minutes per staff member and year", default=108_000, high=600_000),
        _c("reference_population", "标准社区人口", "int", "标准社区人口", "population of the reference community", default=6000, low=1, high=100_000_000),
        _c("reference_staff", "标准社区人数", "int", "标准社区工作人员数", "staff of the reference community", default=15, high=100_000),
        _c("elasticity", "人口弹性", "share", "工作量对人口的弹性(0-1)", "elasticity of workload to population", default=800),
        _c("effort.city_department", "市级部门工时系数", "int", "市级部门做同样的事所需工时,为标准工时的千分之几", "time for the same work, per mille of the standard", default=1200, low=1, high=10_000),
        _c("effort.district_department", "区级部门工时系数", "int", "区级部门做同样的事所需工时,为标准工时的千分之几", "time for the same work, per mille of the standard", default=1150, low=1, high=10_000),
        _c("effort.street_office", "街道工时系数", "int", "街道办做同样的事所需工时,为标准工时的千分之几", "time for the same work, per mille of the standard", default=1050, low=1, high=10_000),
        _c("effort.community", "社区工时系数", "int", "社区做同样的事所需工时,为标准工时的千分之几", "time for the same work, per mille of the standard", default=1000, low=1, high=10_000),
        _c("effort.contractor", "承接组织工时系数", "int", "承接组织做同样的事所需工时,为标准工时的千分之几", "time for the same work, per mille of the standard", default=950, low=1, high=10_000),
        _c("relay", "转办分钟", "minutes", "每事项每社区每层级转办分钟", "relay minutes per task, community and tier between", default=360, high=100_000),
        _c("guidance", "指导分钟", "minutes", "每项非法定准入事项每社区指导分钟", "guidance minutes per task and community with a non-statutory leg", default=240, high=100_000),
        _c("supervision", "监督比例", "share", "购买方监督时间占合同时间的比例", "supervision, share of contract minutes", default=80),
        _c("least_grade", "最低评估等级", "int", "可签约的最低等级", "least grade of a contract", default=3, high=5),
        _enum("policy.scope", "口径覆盖", ("", *TIERS), ("", *TIER_ZH), "覆盖所有事项的统一口径", "overrides the scope of all tasks", default=""),
        _enum("policy.objective", "目标方式", ("weighted", "lexicographic"), ("加权", "逐级"), "加权或逐级优化", "weighted or lexicographic", default="weighted"),
        _c("policy.order", "逐级次序", "words", "逐级优化的指标次序", "criteria in lexicographic order", default=("inspections", "community_load", "overload", "public_cost")),
        _enum("policy.community_capacity", "社区容量", ("soft", "hard"), ("软", "硬"), "社区容量是否为硬约束", "whether community capacity is hard", default="soft"),
        _c("policy.nobody_worse", "任何社区不加重", "flag", "任何社区负担不高于现状", "no community carries more than today", default=0),
        *(
            _c(f"weights.{leaf}", f"权重 {write_criterion(leaf)}", "int", f"目标中每{WEIGHED[leaf.partition('.')[0]][0]}的权重", f"weight of each {WEIGHED[leaf.partition('.')[0]][1]} in the objective", default=_DEFAULT_WEIGHTS.get(leaf, 0), high=10**9)
            for leaf in leaves()
        ),
    )
}  # fmt: skip
