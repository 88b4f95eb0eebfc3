"""Words of the command line, the tables and the reports in both languages, keyed by code.

Texts of problems with an input are in the other files of this folder. A key's two texts have the
same placeholders; a test checks it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from realloc.messages.pages import PAGES

LANGUAGES = ("zh", "en")

WORDS: dict[str, tuple[str, str]] = {
    # criteria and their parts
    "criterion.community_load": ("社区负担", "community load"),
    "criterion.inspections": ("迎检次数", "inspections received"),
    "criterion.overload": ("超载", "overload"),
    "criterion.principals": ("多头派单", "principals"),
    "criterion.worst_load": ("最重社区负荷率", "worst community load"),
    "criterion.public_cost": ("公共成本", "public cost"),
    "criterion.pushed_up": ("上移工作", "work pushed up"),
    "criterion.change": ("变动工作", "work that changes hands"),
    "criterion.forms": ("填报次数", "forms filled in"),
    "criterion.cancelled": ("取消工作", "work cancelled"),
    "part.administrative": ("行政事务", "administrative"),
    "part.service": ("服务", "service"),
    "part.self_governance": ("自治", "self-governance"),
    "part.community": ("社区", "communities"),
    "part.street_office": ("街道办", "street offices"),
    "part.department": ("职能部门", "departments"),
    "part.contractor": ("承接组织", "contractors"),
    "part.other": ("其他", "others"),
    "unit.hours": ("小时", "hours"),
    "unit.visits": ("次", "visits"),
    "unit.pairs": ("条线×社区", "pairs"),
    "unit.percent": ("%", "%"),
    "unit.yuan": ("元", "yuan"),
    "unit.forms": ("次", "fillings"),
    "unit.communities": ("个社区", "communities"),
    "unit.tasks": ("个事项", "tasks"),
    "unit.items": ("个事项×地区", "items"),
    "unit.switches": ("个启用项", "switches"),
    # rules
    "rule.C1": ("清单完整", "full inventory"),
    "rule.C2": ("法定权限", "authority"),
    "rule.C3": ("管辖范围", "jurisdiction"),
    "rule.C4": ("准入", "admission"),
    "rule.C5": ("准入限额", "quotas"),
    "rule.C6": ("费随事转", "funding follows the task"),
    "rule.C7": ("购买门槛", "purchase gates"),
    "rule.C8": ("合同", "contracts"),
    "rule.C9": ("年度容量", "capacity"),
    "rule.C10": ("高峰月份", "peak months"),
    "rule.C11": ("联合方案", "joint schemes"),
    "rule.C12": ("服务底线", "service floor"),
    "rule.C13": ("任何社区不加重", "nobody worse than today"),
    "rule.C14": ("锁定", "pins"),
    "rule.C15": ("变动上限", "limits of change"),
    "rule.C16": ("提示", "notices"),
    # what breaks a rule, where no refusal of a holder says it
    "broken.amount": ("{amount} {unit}", "{unit}: {amount}"),
    "broken.C1.nobody": ("无人承担", "nobody holds it"),
    "broken.C1.half_cancelled": ("只取消了一个环节", "only one of its legs is cancelled"),
    "broken.C1.not_named": ("方案中没有这一行", "the plan has no row for it"),
    "broken.C1.no_item": ("方案的这一行不是分工单元", "this row of the plan is none of the items"),
    "broken.C1.named_twice": ("方案中不止一行", "the plan has more than one row for it"),
    "broken.C1.no_arrangement": ("两个环节的承担者不能配合", "the holders of its legs do not go together"),
    "broken.C2.if_delegated": ("须经授权或委托,现无", "it needs a delegation and has none"),
    "broken.C2.if_admitted": ("须经准入,只有社区可以承担", "admission is needed, which only communities can have"),
    "broken.C2.if_purchased": ("须经合同购买,现无", "it needs a contract and has none"),
    "broken.C3.no_unit": ("当地没有该单位", "there is no such unit there"),
    "broken.C4.candidate_off": ("拟准入而未启用", "a candidate for admission that is not switched on"),
    "broken.C4.no_candidate": ("启用了不是拟准入的一项", "switched on, and no candidate for admission"),
    "broken.C5.tasks": ("准入事项数超过“{quota}”的限额", "more admitted tasks than the quota of {quota} allows"),
    "broken.C5.minutes": ("准入工作时间超过“{quota}”的限额", "more admitted time than the quota of {quota} allows"),
    "broken.C6": ("随转经费超过预算", "what follows the tasks exceeds the budget"),
    "broken.C8.switched_off": ("合同未启用", "the contract is not switched on"),
    "broken.C8.least": ("不足合同起订量", "less than the least lot of the contract"),
    "broken.C8.most": ("超过合同上限", "more than the most of the contract"),
    "broken.C8.share_of_buyer": ("超过占购买方比例上限", "above its largest share of what the buyer purchases"),
    "broken.C8.share_of_contractor": ("超过占承接方比例上限", "above its largest share of what the contractor does"),
    "broken.C8.budget": ("购买费用超过预算", "purchases exceed the budget"),
    "broken.C9.over": ("全年工作超过容量与加班", "the year's work exceeds capacity and overtime"),
    "broken.C9.without": ("有工作而没有容量", "there is work and no capacity"),
    "broken.C10": ("{month} 月工作超过该月容量与加班", "the work of month {month} exceeds its capacity and overtime"),
    "broken.C11.decided": ("联合方案 {scheme} 是否采用已定", "whether scheme {scheme} is adopted is not left open"),
    "broken.C11.tier": ("联合方案 {scheme} 不由这一级采用", "scheme {scheme} is not adopted at this tier"),
    "broken.C12": ("服务与自治时间不足底线", "service and self-governance fall short of the floor"),
    "broken.C13": ("比现状更重", "it carries more than today"),
    "broken.C14.keep": ("“锁定”表要求由其承担", "the table of pins keeps it with this holder"),
    "broken.C14.forbid": ("“锁定”表不许其承担", "the table of pins forbids this holder"),
    "broken.C15.minutes": ("工作时间超过变动上限 {limit}", "more time than limit {limit} allows"),
    "broken.C15.items": ("项数超过变动上限 {limit}", "more items than limit {limit} allows"),
    # notices
    "notice.split_current": ("现状在其下各地区不同,改按下一级分别分工", "today differs below it: decided place by place"),
    "notice.split_pin": ("“锁定”表锁定其下某地区,改按下一级分别分工", "a pin names a place below it: decided place by place"),
    "notice.split_unlawful": ("没有在其全境合法的分工,改按下一级分别分工", "nothing is lawful in all of it: decided place by place"),
    "notice.veto_task": ("列入一票否决的事项", "a task with a one-vote veto"),
    "notice.veto_inspection": ("社区接受的一票否决检查", "an inspection of communities tied to a veto"),
    "notice.assessment": ("社区接受的部门单独考核", "a department's own assessment of communities"),
    "notice.expired_form": ("报表已过有效期,可拒填", "a form past its validity, it may be refused"),
    # what a notice is about, and who is pinned
    "subject.task": ("事项", "task"),
    "subject.place": ("地区", "place"),
    "subject.inspection": ("检查", "inspection"),
    "subject.form": ("报表", "form"),
    "pinned.street": ("街道办", "the street office"),
    "pinned.community": ("社区", "the community"),
    "pinned.cancelled": ("取消", "nobody: cancelled"),
    # what a solve ends with
    "status.optimal": ("最优(已独立证明)", "optimal (proved independently)"),
    "status.feasible": ("可行,差距已证明", "feasible, with a proved gap"),
    "status.feasible_alone": ("可行,尚无下界", "feasible, without a bound"),
    "status.infeasible": ("无可行方案(已证明)", "infeasible (proved)"),
    "status.infeasible_claimed": ("无可行方案(求解器声称,未证明)", "infeasible (claimed, not proved)"),
    "status.no_solution_limit": ("到达时限,尚无方案", "stopped at the limit with nothing found"),
    "status.cancelled": ("已取消", "cancelled"),
    "status.error": ("求解器出错", "the engine failed"),
    # why there is no share, and why a saved plan is refused
    "reason.no_plan": ("没有方案", "there is no plan"),
    "reason.no_bound": ("没有下界,无从比较", "there is no bound to compare with"),
    "reason.today_not_above_bound": ("现状不高于下界,无可改进", "today is not above the bound"),
    "reason.lawful_not_above_bound": ("最近的合法方案不高于下界", "the nearest lawful plan is not above the bound"),
    "reason.no_lawful_plan": ("时限内未求得离现状最近的合法方案", "no lawful plan near today was found in the time given"),
    "reason.stopped_early": (
        "求解被提前停止,未计算;不表示没有合法方案",
        "not worked out, as the run was stopped early; it does not mean that there is no lawful plan",
    ),
    "reason.digest": ("方案属于另一座城市,或城市数据已改", "the plan is of another city, or the city has changed"),
    "reason.objective": ("目标值与所写不符", "the objective is not what is written"),
    "reason.criteria": ("指标与所写不符", "the criteria are not what is written"),
    "reason.bound": ("下界与所写不符", "the bound is not what is written"),
    "reason.gap": ("差距与所写不符", "the gap is not what is written"),
    "reason.shares": ("份额与所写不符", "the shares are not what is written"),
    "reason.status": ("结论与所写不符", "the status is not what is written"),
    "reason.certificate": ("证书不成立", "the certificate proves nothing"),
    "reason.violations": ("违规与所写不符", "the rules broken are not what is written"),
    "reason.notices": ("提示与所写不符", "the notices are not what is written"),
    "reason.size": ("事项或候选分工的数目与所写不符", "items or choices are not as many as is written"),
    "reason.switches": ("开启了没有分工用到的准入或合同", "an admission or contract is on that no row needs"),
    "reason.conflict": ("无可行方案的缘由与所写不符", "what contradicts is not what is written"),
    "reason.unknown": ("含有结果中不应有的条目", "there is an entry that no result has"),
    # why there is no plan
    "title.conflict": ("为什么没有可行方案", "Why there is no plan"),
    "conflict.item": (
        "{task} @ {place}:没有可行的承担者(无合法分工,或限额不容)",
        "{task} @ {place}: nobody can hold it, by law or within the limits",
    ),
    "conflict.limits": (
        "{rule}:{limits} 项限额合计允许 {allowed} {unit},任何方案至少需要 {needed} {unit}",
        "{rule} (limits: {limits}): {allowed} {unit} allowed together, every plan needs at least {needed}",
    ),
    "conflict.floors": (
        "{rule}:{limits} 个社区合计要求至少 {needed} {unit},任何方案最多提供 {allowed} {unit}",
        "{rule} (communities: {limits}): at least {needed} {unit} asked for together, no plan gives more than {allowed}",
    ),
    "conflict.units": (";不足的主体:{short}", "; short: {short}"),
    "conflict.places": (";要求过高的社区:{short}", "; too much is asked for in: {short}"),
    "conflict.keep": (";“锁定”表要求由 {holder} 承担", "; the table of pins keeps it with {holder}"),
    "conflict.forbid": (";“锁定”表不许 {holder} 承担", "; the table of pins forbids {holder}"),
    "conflict.families": ("由这些规则可证:{rules}", "proved by these rules: {rules}"),
    # what a run is at, and its phases
    "stage.prepare": ("准备（首次需编译，约半分钟）", "preparing (compiles the first time, half a minute)"),
    "stage.start": ("起始方案", "first plan"),
    "stage.relaxation": ("求下界", "lower bound"),
    "stage.rounding": ("由下界凑方案", "plan from the bound"),
    "stage.whole": ("整体求解", "whole program"),
    "stage.cuts": ("收紧下界", "tighter bound"),
    "stage.annealing": ("改进方案", "better plans"),
    "stage.neighbourhood": ("精修方案", "refining the plan"),
    "stage.solution": ("找到更好的方案", "a better plan"),
    "stage.search": ("搜索", "search"),
    "stage.bound": ("抬高下界", "a better bound"),
    "phase.load": ("读入", "load"),
    "phase.build": ("建模", "build"),
    "phase.prepare": ("准备", "prepare"),
    "phase.solve": ("求解", "solve"),
    "phase.nearest": ("最近合法方案", "nearest lawful plan"),
    "phase.verify": ("复核", "verify"),
    # head words
    "word.status": ("结论", "status"),
    "word.failed": ("引擎中途出错", "the engine failed"),
    "word.engine": ("求解引擎", "engine"),
    "word.objective": ("目标值", "objective"),
    "word.bound": ("下界", "bound"),
    "word.gap": ("差距", "gap"),
    "word.captured": ("已获份额", "captured share"),
    "word.lawful_share": ("合法份额", "lawful share"),
    "word.items": ("事项×地区", "items"),
    "word.choices": ("候选分工", "choices"),
    "word.seconds": ("用时(秒)", "seconds"),
    "word.memory": ("内存峰值", "peak memory"),
    "word.certificate": ("证书", "certificate"),
    "word.criterion": ("指标", "criterion"),
    "word.part": ("部分", "part"),
    "word.unit": ("单位", "unit"),
    "word.today": ("现状", "today"),
    "word.plan": ("方案", "plan"),
    "word.difference": ("变化", "change"),
    "word.rule": ("规则", "rule"),
    "word.where": ("位置", "where"),
    "word.amount": ("数量", "amount"),
    "word.problem": ("问题", "problem"),
    "word.count": ("件数", "count"),
    "word.stage": ("阶段", "stage"),
    "word.whole": ("合计", "total"),
    "word.notice": ("提示", "notice"),
    "word.examples": ("举例", "examples"),
    "word.reason": ("原因", "reason"),
    "word.violations": ("违规", "violations"),
    "word.value": ("当前值", "value"),
    "word.none": ("无", "none"),
    "word.no_capacity": ("无容量", "no capacity"),
    "word.comma": (",", ", "),
    "word.range": ("{first}–{last}", "{first} to {last}"),
    "word.valid": ("有效", "valid"),
    "word.not_valid": ("无效", "not valid"),
    # titles and sentences
    "title.comparison": ("现状与方案", "Today against the plan"),
    "title.stages": ("逐级结果", "Stages"),
    "title.violations": ("违规件数", "Rules broken"),
    "title.problems": ("问题(错误 {errors},警告 {warnings})", "Problems (errors: {errors}, warnings: {warnings})"),
    "title.notices": ("提示", "Notices"),
    "text.clean": ("{path}:没有问题。", "{path}: no problems."),
    "text.stuck": ("{path}:有 {count} 项没有任何合法分工,求解必然无可行方案,请先改正:",
                   "{path}: nobody may hold {count} of the items, so that there can be no plan; "
                   "mend them first:"),
    "text.kept": ("没有求得方案,{path} 中原有的方案未动", "no plan was found; the one in {path} is as it was"),
    "text.replaced": ("已写入 {path},替换了其中原有的方案", "written to {path}, in place of the plan that was there"),
    "text.saved": ("已写入 {path}", "written to {path}"),
    "text.valid": ("复核通过:规则全部满足,目标值与下界属实,差距 {gap}。",
                   "Verified: every rule holds, objective and bound are true, gap {gap}."),
    "text.valid_stages": ("复核通过:规则全部满足,各级目标值与下界属实;合法份额已证明的部分为括号中的数。",
                          "Verified: every rule holds, values and bounds of all stages are true; "
                          "what is proved of a lawful share stands in brackets."),
    "text.valid_captured": ("已获份额不低于 {share},已证明。", "Captured share: at least {share}, proved."),
    "text.valid_lawful": ("合法份额不低于 {share},已证明。", "Lawful share: at least {share}, proved."),
    "text.valid_lawful_open": (
        "合法份额 {share} 从结果所附的方案算起;未证明它离现状最近,份额可能更低。",
        "Lawful share: {share} from the plan kept with the result; it is not proved to be nearest to"
        " today, and the share may be lower.",
    ),
    "text.valid_no": ("复核通过:确无满足全部规则的方案,证明属实。",
                      "Verified: no plan keeps every rule, and the proof of that is true."),
    "text.valid_scope": ("方案求解时所有事项统一按“{tier}”口径分工,复核也按此口径。",
                         "The plan was solved with scope {tier} for all tasks, and is verified for that."),
    "text.not_valid": ("复核不通过。", "Not verified."),
    "text.more": ("另有 {count} 条未列出。", "not shown: {count} more."),
    "text.unexpected": ("意外错误 {id},详情见 {path}", "unexpected error {id}, details in {path}"),
    "text.solvers": ("没有 {engine};PuLP 现有的求解器:{known}", "no {engine}; solvers that PuLP finds: {known}"),
    "text.engine": ("求解引擎不可用:{detail}", "the engine cannot be used: {detail}"),
    "text.cancelling": ("正在停止,保留已找到的最好方案…再按一次立即退出",
                        "stopping, the best plan so far is kept … once more to leave at once"),
    "text.no_app": ("安装不完整:缺界面文件 app.py,请重新安装",
                    "the installation is not whole: app.py is missing, install it again"),
    "text.no_streamlit": ("界面需要 streamlit:pip install 'realloc[app]'",
                          "the app needs streamlit: pip install 'realloc[app]'"),
    "text.disclaimer": ("本结果辅助测算,不替代法定程序;法律依据需法制审核。",
                        "An aid to calculation, no substitute for due process; grounds need legal review."),
    **PAGES,
}  # fmt: skip

#: Whole criteria: what their numbers are, and how a number is shown.
MEASURE = {
    "community_load": "hours", "inspections": "visits", "overload": "hours",
    "principals": "pairs", "worst_load": "percent", "public_cost": "yuan", "pushed_up": "hours",
    "change": "hours", "forms": "forms", "cancelled": "hours",
}  # fmt: skip


def say(key: str, lang: str, **facts: object) -> str:
    """Return the words of a key in a language, with facts filled in.

    Raises
    ------
    KeyError
        if there is no such key; codes that come from data go through :func:`name`.
    """
    return WORDS[key][LANGUAGES.index(lang)].format(**facts)


def name(family: str, code: str, lang: str) -> str:
    """Return the name of a code in one of the families of keys, or the code if it has none."""
    words = WORDS.get(f"{family}.{code}")
    return words[LANGUAGES.index(lang)] if words else code


def write_status(status: str, gap: float | None, lang: str) -> str:
    """Return what is known after a solve; without a bound a feasible plan has no proved gap."""
    return name("status", "feasible_alone" if status == "feasible" and gap is None else status, lang)


def choose_language(environment: Mapping[str, str] | None = None) -> str:
    """Return the language of the terminal: zh or en by its locale, Chinese where it says neither."""
    environment = os.environ if environment is None else environment
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(variable, "").lower()
        if locale:
            return "en" if locale.startswith("en") else "zh"
    return "zh"
