"""Matching pay lines to quotas: never more than there is, nothing lost, everything explained."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel import Coding
from fisc.treasury.services.payroll.explaining import explain, suggest
from fisc.treasury.services.payroll.matching import Matching, PayItem, PersonnelQuota, fits, match

FUNC, OTHER_FUNC = "2010101", "2010301"


def quota(bgt_id: str, fen: int, eco: str = "30101", **given: Any) -> PersonnelQuota:
    is_executable = given.pop("is_executable", True)
    elements = {
        "fund_type_code": "111", "agency_code": "101", "exp_func_code": FUNC, "dep_bgt_eco_code": eco,
        "gov_bgt_eco_code": "50101", "source_type_code": "1", **given,
    }  # fmt: skip
    return PersonnelQuota(bgt_id, Coding(2022, "150600000", **elements), fen, is_executable)


def line(number: int, fen: int, eco: str = "30101", func: str = FUNC, agency: str = "101") -> PayItem:
    return PayItem(f"k{number}", number, agency, f"p{number}", f"人{number}", "工资", eco, func, fen)


def paid(found: Matching) -> list[tuple[str, str, int]]:
    return [(share.item.line_key, share.bgt_id, share.step) for share in found.shares]


def test_the_narrowest_rule_comes_first_for_all_lines() -> None:
    """Line 1 would take the class quota that line 2 alone can use, were it not for the cascade."""
    found = match([line(1, 100), line(2, 100, "30102")], [quota("A", 100, "301"), quota("B", 100)])
    assert paid(found) == [("k1", "B", 2), ("k2", "A", 4)]


def test_unified_payroll_quotas_go_first() -> None:
    found = match([line(1, 60), line(2, 60)], [quota("A", 100), quota("Z", 100, is_unified_pay="1")])
    assert paid(found) == [("k1", "Z", 1), ("k2", "A", 2)]


def test_another_function_serves_only_after_its_own() -> None:
    found = match([line(1, 60, func="")], [quota("A", 50), quota("B", 100, exp_func_code=OTHER_FUNC)])
    assert paid(found) == [("k1", "B", 3)]


def test_a_quota_by_government_class_serves_what_maps_to_it() -> None:
    quotas = [quota("A", 100, "", gov_bgt_eco_code="50102"), quota("B", 100, "", gov_bgt_eco_code="50501")]
    assert paid(match([line(1, 60)], quotas)) == [("k1", "B", 5)]


def test_a_line_is_never_split_and_a_smaller_one_may_still_fit() -> None:
    found = match([line(1, 70), line(2, 40), line(3, 30)], [quota("A", 100)])
    assert paid(found) == [("k1", "A", 2), ("k3", "A", 2)] and found.left_fen == {"A": 0}


def test_each_quota_says_why_it_did_not_fit() -> None:
    quotas = [
        quota("A", 40), quota("B", 999, "30103"), quota("C", 999, fund_type_code="121"),
        quota("D", 999, is_executable=False), quota("E", 999, "", gov_bgt_eco_code="50102"),
        quota("F", 999, agency_code="202"),
    ]  # fmt: skip
    (why,) = explain(match([line(1, 100)], quotas))
    said = {trial.bgt_id: trial.reason for trial in why.trials}
    assert said == {
        "A": "余 0.40 元，差 0.60 元", "B": "经济分类是 30103 奖金",
        "C": "资金性质 121 政府性基金预算资金 不用于工资",
        "D": "待分指标，尚未下达为可执行", "E": "政府经济分类 50102 与 30101 不对应",
    }  # fmt: skip
    assert why.text.startswith("人1（p1）工资 1.00 元：指标余额不足：A 余 0.40 元，差 0.60 元；")


def test_an_agency_without_quotas_is_told_so() -> None:
    (why,) = explain(match([line(1, 100, agency="909")], [quota("A", 1)]))
    assert why.trials == () and "单位 909 没有人员经费指标" in why.text


def test_a_swap_is_suggested_before_an_append_and_money_is_promised_once() -> None:
    quotas = [quota("A", 40), quota("B", 70, "30103"), quota("C", 10, "30107")]
    found = suggest(match([line(1, 100), line(2, 50, "30102")], quotas))
    assert [(s.kind, s.from_bgt_id, s.to_bgt_id, s.amount_fen) for s in found] == [
        ("swap", "B", "A", 60), ("swap", "B", "", 10), ("swap", "C", "", 10), ("append", "", "", 30),
    ]  # fmt: skip


ECOS = ["30101", "30102", "30302"]
items_of = st.lists(
    st.tuples(st.integers(1, 50), st.sampled_from(ECOS), st.sampled_from(["", FUNC, OTHER_FUNC]),
              st.sampled_from(["101", "202"])),
    max_size=30,
)  # fmt: skip
quotas_of = st.lists(
    st.tuples(st.integers(0, 120), st.sampled_from([*ECOS, "301", "30103", ""]),
              st.sampled_from(["101", "202"]), st.sampled_from([FUNC, OTHER_FUNC]),
              st.sampled_from(["111", "121"]), st.booleans(),
              st.sampled_from(["", "1"]), st.sampled_from(["50101", "50905"])),
    max_size=10,
)  # fmt: skip


def city(items: Any, quotas: Any) -> tuple[list[PayItem], list[PersonnelQuota]]:
    lines = [line(n, fen, eco, func, agency) for n, (fen, eco, func, agency) in enumerate(items)]
    made = [
        quota(f"Q{n}", fen, eco, agency_code=agency, exp_func_code=func, fund_type_code=fund,
              is_executable=ready, is_unified_pay=unified, gov_bgt_eco_code=gov)
        for n, (fen, eco, agency, func, fund, ready, unified, gov) in enumerate(quotas)
    ]  # fmt: skip
    return lines, made


@given(items_of, quotas_of, st.integers(0, 99))
def test_nothing_is_lost_nothing_is_overspent(items: Any, quotas: Any, seed: int) -> None:
    lines, given_quotas = city(items, quotas)
    found = match(lines, given_quotas)
    used = {q.bgt_id: q.available_fen - found.left_fen[q.bgt_id] for q in given_quotas}
    for q in given_quotas:
        share = sum(s.item.amount_fen for s in found.shares if s.bgt_id == q.bgt_id)
        assert share == used[q.bgt_id] and 0 <= share <= q.available_fen
    keys = sorted([s.item.line_key for s in found.shares] + [i.line_key for i in found.residual])
    assert keys == sorted(i.line_key for i in lines)
    assert found.matched_fen + found.residual_fen == sum(i.amount_fen for i in lines)
    shuffled = random.Random(seed).sample(given_quotas, len(given_quotas))
    assert match(lines, shuffled).shares == found.shares


@given(items_of, quotas_of)
def test_every_line_is_matched_by_a_rule_or_explained(items: Any, quotas: Any) -> None:
    lines, given_quotas = city(items, quotas)
    found = match(lines, given_quotas)
    by_id = {q.bgt_id: q for q in given_quotas}
    steps = {rule.step: rule for rule in found.rules}
    assert all(fits(steps[s.step], s.item.group, by_id[s.bgt_id]) for s in found.shares)
    explanations = list(explain(found))
    assert [e.item for e in explanations] == found.residual
    for e in explanations:
        own = {q.bgt_id for q in given_quotas if q.coding.agency_code == e.item.agency_code}
        assert {t.bgt_id for t in e.trials} == own
        for t in e.trials:
            can = any(fits(rule, e.item.group, by_id[t.bgt_id]) for rule in found.rules)
            assert can == (t.short_fen > 0) and (not can or found.left_fen[t.bgt_id] < e.item.amount_fen)


@given(items_of, quotas_of)
def test_what_is_suggested_pays_the_rest_and_is_there(items: Any, quotas: Any) -> None:
    lines, given_quotas = city(items, quotas)
    found = match(lines, given_quotas)
    suggestions = suggest(found)
    for bgt_id in {s.from_bgt_id for s in suggestions if s.from_bgt_id}:
        assert sum(s.amount_fen for s in suggestions if s.from_bgt_id == bgt_id) <= found.left_fen[bgt_id]
    changed = dict(found.left_fen)
    for s in suggestions:
        if s.from_bgt_id:
            changed[s.from_bgt_id] -= s.amount_fen
        if s.to_bgt_id:
            changed[s.to_bgt_id] += s.amount_fen
    assert all(fen >= 0 for fen in changed.values())
    helped = {s.group for s in suggestions}
    for group in {item.group for item in found.residual}:
        need = sum(item.amount_fen for item in found.residual if item.group == group)
        asked = sum(s.amount_fen for s in suggestions if s.group == group)
        assert asked <= need and (group in helped or asked == 0)
