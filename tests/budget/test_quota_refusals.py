"""What is refused: each refusal names its rule and what to do, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from fisc.budget.services import Advance, QuotaChange, advances, cuts, operations, quotas
from fisc.documents import DisabledElement, FourEyes, MissingDuty, NotFound, RuleBroken
from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall
from fisc.registry import elements
from tests.budget.quota_world import (
    BANNER,
    CITY,
    DAY,
    SIGNED,
    YEAR,
    YUAN,
    coding,
    document,
    entered,
    left,
    line,
    operation,
    received,
)
from tests.old_quotas import OLD, noted, old_quota
from tests.papers import with_cash

Attempt = Callable[[psycopg.Connection], object]
MONEY_FROM_ABOVE = {"source": "transfer", "sup_bgt_doc_no": "内7号"}


def enter(**given: object) -> Attempt:
    """Enter one quota; what is given belongs to the document, or to the quota's coding block."""
    said = ("base", "source", "basis_doc_no", "sup_bgt_doc_no")
    own = {name: given.pop(name) for name in tuple(given) if name in said}
    return lambda city: quotas.enter(city, [document("新", line("Q5", 10, **given), **own)], **SIGNED)


def run(service: Callable[..., object], *changes: tuple[str, int] | QuotaChange, **given: object) -> Attempt:
    """One operation of the city."""
    said = {name: given.pop(name) for name in tuple(given) if name in ("kind", "with_source")}
    return lambda city: service(city, [operation("办", *changes, **given)], **said, **SIGNED)


SWAPPED_IN = QuotaChange("Q6", 10 * YUAN, coding=coding(pro_code="Q6", dep_bgt_eco_code="30217"))
TO_PUBLIC = (("Q4", -10), ("Q1", 10))

REFUSALS: dict[str, tuple[Attempt, type[FiscError], str]] = {
    "more than the approved budget": (enter(exp_func_code="2010302"), QuotaShortfall, "财办〔2022〕36号"),
    "a class that does not exist": (enter(exp_func_code="2990101"), RuleBroken, "政府收支分类"),
    "an economic class that does not exist": (enter(dep_bgt_eco_code="39"), RuleBroken, "政府收支分类"),
    "debt for running costs": (
        enter(fund_type_code="112", gov_bgt_eco_code="50201"), RuleBroken, "预算法第三十五条",
    ),
    "another region": (enter(mof_div_code=BANNER), RuleBroken, "财办〔2022〕36号"),
    "another year": (enter(fiscal_year="2023"), RuleBroken, "财办〔2022〕36号"),
    "no fund": (enter(fund_type_code=""), RuleBroken, "财办〔2022〕36号"),
    "an agency nobody knows": (enter(agency_code="999"), FiscError, "先登记"),
    "the reserve without the government": (enter(base="reserve"), RuleBroken, "预算法第六十四条"),
    "more own money without an adjustment": (
        enter(base="added", basis_doc_no="鄂府〔2022〕1号"), RuleBroken, "预算法第六十七条",
    ),
    "money from nowhere": (enter(base="added", source="unit"), RuleBroken, "来源指标文号"),
    "money from above without its number": (
        enter(base="received", source="transfer", basis_doc_no="鄂府〔2022〕1号"), RuleBroken, "上级指标文号",
    ),
    "money under a number that nothing was received under": (
        enter(base="received", source="transfer", sup_bgt_doc_no="内8号"), NotFound, "先有预算、再有指标",
    ),
    "own money under such a number": (enter(sup_bgt_doc_no="内8号"), NotFound, "先有预算、再有指标"),
    "more than was received under a number": (
        enter(base="received", source="transfer", sup_bgt_doc_no="内 7号"), QuotaShortfall, "先有预算",
    ),
    "own money under a number that was used up": (
        enter(sup_bgt_doc_no="内７号"), QuotaShortfall, "先有预算",
    ),
    "carried money under a number from above": (
        enter(base="added", source="carried", sup_bgt_doc_no="内7号"), RuleBroken, "上级指标文号",
    ),
    "money from above as money of its own": (
        enter(base="added", source="transfer", sup_bgt_doc_no="内7号"), RuleBroken, "转移支付",
    ),
    "the elements of another quota": (
        enter(pro_code="Q1", cor_bgt_doc_no="甲", source_type_code="1"), DuplicateConflict, "要素组合",
    ),
    "no lines": (
        lambda city: quotas.enter(city, [document("新")], **SIGNED), RuleBroken, "顺向可控",
    ),
    "a quota without a name": (
        lambda city: quotas.enter(city, [document("新", line("", 1, pro_code="Q5"))], **SIGNED),
        RuleBroken, "顺向可控",
    ),
    "an unknown way of taking back": (run(operations.take_back, ("Q1", 1), kind="any"), RuleBroken, "36号"),
    "an operation on nothing": (run(operations.cut, ("Q9", 10)), NotFound, "先有"),
    "a cut beyond what is left": (run(operations.cut, ("Q1", 301)), QuotaShortfall, "支付"),
    "a cut of nothing": (run(operations.cut, ("Q1", 0)), RuleBroken, "整数分"),
    "the same quota twice": (run(operations.cut, ("Q1", 1), ("Q1", 2)), RuleBroken, "只列一行"),
    "freezing what is pending": (run(operations.freeze, ("Q3", 10)), RuleBroken, "待分"),
    "unfreezing what is not frozen": (run(operations.unfreeze, ("Q1", 10)), QuotaShortfall, "指标"),
    "less of the own budget": (run(operations.cut, ("Q1", 10), with_source=True), RuleBroken, "第六十七条"),
    "a swap that makes money": (run(operations.swap, ("Q1", -10), ("Q2", 11)), RuleBroken, "第七十二条"),
    "a swap between funds": (run(operations.swap, ("Q1", -10), ("Q7", 10)), RuleBroken, "同一资金性质"),
    "a swap out of money from above": (run(operations.swap, ("Q8", -10), ("Q1", 10)), RuleBroken, "资金性质"),
    "personnel to public funds": (run(operations.swap, *TO_PUBLIC), RuleBroken, "批准"),
    "more for receptions": (run(operations.swap, ("Q1", -10), SWAPPED_IN), RuleBroken, "厉行节约"),
    "less for key spending": (run(operations.swap, ("Q1", -10), ("Q2", 10)), RuleBroken, "第六十七条第三项"),
    "a cut of 三保": (
        run(cuts.cut_budget, QuotaChange("Q4", 10, base_fen=100), scope="一般性"), RuleBroken, "过紧日子",
    ),
    "a cut of money from above": (
        run(cuts.cut_budget, QuotaChange("Q8", 10, base_fen=100), scope="一般性"), RuleBroken, "过紧日子",
    ),
    "a cut without a base": (run(cuts.cut_budget, ("Q1", 10), scope="一般性"), RuleBroken, "基数"),
    "a cut without a scope": (
        run(cuts.cut_budget, QuotaChange("Q1", 10, base_fen=100)), RuleBroken, "口径",
    ),
    "taking back before two years": (
        run(operations.take_back, ("Q1", 10), kind="two_years"), RuleBroken, "实施条例第五十条",
    ),
    "settling what was not advanced": (
        run(advances.settle_advance, QuotaChange("Q1", 10, advance="无")), NotFound, "先预拨",
    ),
    "settling without naming the advance": (run(advances.settle_advance, ("Q1", 10)), RuleBroken, "192号"),
}  # fmt: skip


@pytest.fixture
def quotas_of(city: psycopg.Connection) -> psycopg.Connection:
    """Q1 Q2 executable, Q3 pending, Q4 personnel and 三保, Q7 of the funds' budget, Q8 money from above."""
    entered(
        city, line("Q1", 300), line("Q2", 300, exp_func_code="2010301"), line("Q3", 300, is_executable=False),
        line("Q4", 300, dep_bgt_eco_code="30101", gov_bgt_eco_code="50501", tags=("003001",)),
        line("Q7", 300, fund_type_code="121", exp_func_code="2120801"), doc_no="甲",
    )  # fmt: skip
    received(city, "内7号", 300)
    quotas.append(city, [document("乙", line("Q8", 300), **MONEY_FROM_ABOVE)], **SIGNED)
    return city


def state(conn: psycopg.Connection) -> list[tuple[object, ...]]:
    """Everything an operation may touch."""
    tables = ("budget_quota_document", "budget_quota_line", "budget_quota", "budget_advance", "ledger.entry")
    counts = [conn.execute(f"select count(*) from {name}".encode()).fetchone() or () for name in tables]
    return counts + conn.execute("select * from ledger.balance order by 1, 2").fetchall()


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_the_rule_and_changes_nothing(quotas_of: psycopg.Connection, name: str) -> None:
    attempt, kind, rule = REFUSALS[name]
    before = state(quotas_of)
    with pytest.raises(kind) as refused:
        attempt(quotas_of)
    assert rule in refused.value.rule + refused.value.message
    assert refused.value.hint
    assert state(quotas_of) == before


def test_every_refused_line_is_named(quotas_of: psycopg.Connection) -> None:
    with pytest.raises(QuotaShortfall) as refused:
        run(operations.cut, ("Q1", 301), ("Q2", 302), ("Q4", 1))(quotas_of)
    assert refused.value.details["refused"] == 2
    assert "Q1" in refused.value.message
    assert "300.00" in refused.value.message
    assert "Q2" in refused.value.message
    assert "Q4" not in refused.value.message.partition("；同类有余")[0]


def test_one_bad_document_refuses_all_of_them(quotas_of: psycopg.Connection) -> None:
    before = state(quotas_of)
    with pytest.raises(QuotaShortfall):
        operations.cut(quotas_of, [operation("一", ("Q1", 10)), operation("二", ("Q2", 301))], **SIGNED)
    assert state(quotas_of) == before


def test_with_approval_personnel_money_may_become_public(quotas_of: psycopg.Connection) -> None:
    run(operations.swap, *TO_PUBLIC, basis_doc_no="鄂财〔2022〕3号")(quotas_of)
    assert left(quotas_of, "Q1") == {"executable": 310}


def test_an_advance_is_settled_once(quotas_of: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    with_cash(quotas_of, CITY, funds=["111"])
    advances.advance(quotas_of, [paper], **SIGNED)
    change = QuotaChange("Q1", 60 * YUAN, advance=paper.doc_key)
    settle = [operation("核1", change)]
    assert advances.settle_advance(quotas_of, settle, **SIGNED) == [True]
    assert advances.settle_advance(quotas_of, settle, **SIGNED) == [False]
    before = state(quotas_of)
    with pytest.raises(RuleBroken, match="20"):
        advances.settle_advance(quotas_of, [operation("核2", change)], **SIGNED)
    assert state(quotas_of) == before


def test_an_advance_is_charged_to_no_quota_that_lacks_classes(
    quotas_of: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    with_cash(quotas_of, CITY, funds=["111"])
    advances.advance(quotas_of, [paper], **SIGNED)
    signed = [SIGNED[hand] for hand in ("by", "reviewed_by", "approved_by")]
    old_quota(quotas_of, monkeypatch, officers=signed, dep_bgt_eco_code="")
    charged = run(advances.settle_advance, QuotaChange(OLD, 10, advance=paper.doc_key))
    with pytest.raises(RuleBroken, match="没有写明部门预算支出经济分类"):
        charged(quotas_of)
    noted(monkeypatch, is_noted=True)  # by the program alone: the database asks, too
    with pytest.raises(RuleBroken, match="支出所用的指标没有写明部门预算支出经济分类"):
        charged(quotas_of)


def test_an_advance_is_charged_to_its_own_unit(quotas_of: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    with_cash(quotas_of, CITY, funds=["111"])
    advances.advance(quotas_of, [paper], **SIGNED)
    with pytest.raises(RuleBroken, match="Q2"):
        run(advances.settle_advance, QuotaChange("Q2", 10, advance=paper.doc_key))(quotas_of)


def test_an_advance_needs_approval(city: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "2050202", 100, "开学", "")
    with pytest.raises(RuleBroken, match="预1"):
        advances.advance(city, [paper], **SIGNED)


def test_who_made_it_does_not_review_it(city: psycopg.Connection) -> None:
    with pytest.raises(MissingDuty):
        quotas.enter(city, [document("甲", line("Q1", 10))], **{**SIGNED, "reviewed_by": "maker"})
    quotas.make_quota_documents(city, [document("甲", line("Q1", 10))], by="maker", on=DAY)
    city.execute("update documents_officer set duties = duties || '{office_review}' where code = 'maker'")
    with pytest.raises(FourEyes):
        quotas.review_quota_documents(city, [quotas.quota_document_key(CITY, YEAR, "甲")], by="maker", on=DAY)


def test_nothing_disabled_is_used(city: psycopg.Connection) -> None:
    key = elements.Key(YEAR, "Q1", CITY)
    elements.disable(city, "projects", [key], by="registrar", on=DAY, reason="项目已经撤销")
    with pytest.raises(DisabledElement, match="Q1"):
        entered(city, line("Q1", 10))


def test_a_document_sent_back_and_given_up(city: psycopg.Connection) -> None:
    given, key = document("甲", line("Q1", 10)), quotas.quota_document_key(CITY, YEAR, "甲")
    quotas.make_quota_documents(city, [given], by="maker", on=DAY)
    quotas.review_quota_documents(city, [key], by="office", on=DAY)
    quotas.send_back_quota_documents(city, [key], by="head", on=DAY, note="缺少合同附件")
    quotas.review_quota_documents(city, [key], by="office", on=DAY)
    assert quotas.approve_quota_documents(city, [key], by="head", on=DAY) == [True]
    assert left(city, "Q1") == {"executable": 10}
    other = replace(given, doc_no="乙")
    quotas.make_quota_documents(city, [replace(other, lines=(line("Q2", 10),))], by="maker", on=DAY)
    quotas.discard_quota_documents(city, [quotas.quota_document_key(CITY, YEAR, "乙")], by="maker", on=DAY)
    with pytest.raises(NotFound):
        left(city, "Q2")


@pytest.mark.parametrize(
    "attack",
    [
        "update budget_quota set dept_code = '102'",
        "delete from budget_quota",
        "update budget_quota_line set amount_fen = 1",
        "update budget_quota_document set state = 'draft'",
        "delete from budget_quota_document",
    ],
)
def test_the_database_holds_what_was_issued(quotas_of: psycopg.Connection, attack: str) -> None:
    with pytest.raises(psycopg.Error) as refused, quotas_of.transaction():
        quotas_of.execute(attack.encode())
    assert (refused.value.sqlstate or "").startswith("FS")


def test_a_quota_is_of_the_finest_class(city: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match=r"指标 Q1 .*20502（其下有 2050201 ") as refused:
        entered(city, line("Q1", 1, exp_func_code="20502"))
    assert "第四十六条" in refused.value.rule and "其下的科目" in refused.value.hint


def test_an_advance_is_of_the_finest_class(city: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "205", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    with pytest.raises(RuleBroken, match=r"预1 .*205（其下有 20501 "):
        advances.make_advances(city, [paper], by="maker", on=DAY)


def test_a_shortfall_names_what_is_left_nearby(city: psycopg.Connection) -> None:
    with pytest.raises(QuotaShortfall) as refused:
        entered(city, line("Q1", 10, exp_func_code="2050201"))
    told = refused.value.message
    assert "支出预算 2050201（资金性质 111 一般公共预算资金）（本级支出预算余 0.00，需 10.00 元）" in told
    assert "；同类有余：2050202 小学教育 余 1,000,000.00 元" in told and "2010301" not in told
    with pytest.raises(QuotaShortfall) as refused:  # the money lies on the line of another source
        entered(city, line("Q1", 10, source_type_code="2"))
    assert "同类有余：2050202 小学教育（预算来源 1 年初预算） 余 1,000,000.00 元" in refused.value.message


def test_a_quota_that_is_short_is_told_beside_its_units_others(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), line("Q2", 200), line("Q3", 100, agency_code="101002"))
    with pytest.raises(QuotaShortfall) as refused:
        operations.freeze(city, [operation("冻", ("Q1", 301))], **SIGNED)
    told = refused.value.message
    assert "指标 Q1（可执行指标余 300.00，需 301.00 元）" in told
    assert "同类有余：指标 Q2 2050202 小学教育 余 200.00 元" in told and "Q3" not in told


def test_an_advance_of_one_paper_unit_day_and_amount_is_asked_about(city: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    twin = replace(paper, doc_no="预2", purpose="另", basis_doc_no="鄂府发[2022]第02号")
    advances.make_advances(city, [paper], by="maker", on=DAY)
    with pytest.raises(RuleBroken, match="预1"):
        advances.make_advances(city, [twin], by="maker", on=DAY)
    said = replace(twin, confirm_reason="同一文件分两次预拨")
    assert advances.make_advances(city, [said], by="maker", on=DAY) == [True]
    assert advances.make_advances(city, [replace(paper, doc_no="预3", amount_fen=1)], by="maker", on=DAY)
