"""Money of a theme is used as its rule allows; what is not is named, with the payments."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.budget.checks.themes import misfit_quotas
from fisc.registry import elements
from fisc.registry.tables import read_table
from fisc.registry.theme_uses import misuses
from fisc.treasury import services as treasury
from fisc.treasury.theme_violations import theme_violations
from tests.capital.test_figures import themed
from tests.capital.world import CITY, YUAN, Conn
from tests.treasury import paying


def test_every_theme_has_rules_of_use_and_no_rule_is_of_another() -> None:
    themes = {row["code"] for row in read_table("themes.csv")}
    assert {row["theme_code"] for row in read_table("theme_uses.csv")} == themes


@pytest.mark.parametrize(
    ("theme", "codes", "elements"),
    [
        ("rural_revival", {"exp_func_code": "2130504", "gov_bgt_eco_code": "50302"}, []),
        ("rural_revival", {"exp_func_code": "2130504", "gov_bgt_eco_code": "50206"}, ["gov_bgt_eco_code"]),
        ("rural_revival", {"exp_func_code": "2120501", "gov_bgt_eco_code": "51101"},
         ["exp_func_code", "gov_bgt_eco_code"]),
        ("enterprise_support", {"exp_func_code": "2150805", "payee_kind": "enterprise"}, []),
        ("enterprise_support", {"exp_func_code": "2150805", "payee_kind": "agency"}, ["payee_kind"]),
        ("enterprise_support", {"exp_func_code": "2150805"}, []),
        ("consumption_vouchers", {"exp_func_code": "2160299", "dep_bgt_eco_code": "31204"}, []),
        ("consumption_vouchers", {"exp_func_code": "2010101"}, ["exp_func_code"]),
        ("car_subsidy", {"exp_func_code": "2160299", "gov_bgt_eco_code": "50303"}, ["gov_bgt_eco_code"]),
        ("major_projects", {"dep_bgt_eco_code": "30201"}, ["dep_bgt_eco_code"]),
        ("a theme of one's own", {"exp_func_code": "2010101"}, []),
    ],
)  # fmt: skip
def test_a_rule_says_what_it_does_not_allow(theme: str, codes: dict[str, str], elements: list[str]) -> None:
    found = list(misuses(theme, codes))
    assert sorted(m.element for m in found) == elements
    assert all(m.rule and m.source for m in found)


@pytest.mark.usefixtures("before_rules")
def test_payments_outside_a_theme_s_rule_are_named(city: Conn) -> None:
    themed(city, "V1", "vocational_education", 300, "1")  # under 2050202: general education
    themed(city, "Y1", "stabilise_economy", 70, "2")
    paying.paid(city, paying.application("A1", "V1", 120), paying.application("A2", "V1", 30))
    paying.paid(city, paying.application("A3", "Y1", 70))
    assert [(q.document, q.about) for q in misfit_quotas(city, CITY, 2022)] == [
        ("V1", "exp_func_code 2050202")
    ]
    (found,) = theme_violations(city, (CITY,), 2022)
    assert (found.about, found.amount_fen) == (
        "vocational_education exp_func_code 2050202", 150 * YUAN,
    )  # fmt: skip
    assert found.evidence == ("payment:A1", "payment:A2")
    assert "不合使用规则" in str(found)
    on = date(2022, 3, 20)
    treasury.refund(city, [
        treasury.Refund("T1", "A1", 120 * YUAN, on), treasury.Refund("T2", "A2", 30 * YUAN, on),
    ], by="teller", on=on)  # fmt: skip
    assert theme_violations(city, (CITY,), 2022) == []


@pytest.mark.usefixtures("before_rules")
def test_enterprise_support_goes_to_enterprises(city: Conn) -> None:
    themed(city, "S1", "enterprise_support", 300, "1")
    person = elements.Payee("S9", "居民甲", "person", (elements.PayeeAccount("6200099"),), fiscal_year=2022)
    elements.define_payees(city, [person], by="registrar", on=date(2022, 1, 1))
    told_to = {"payee_name": "居民甲", "payee_acct_no": "6200099", "payee_bank_no": ""}
    paying.paid(city, paying.application("A1", "S1", 10), paying.application("A2", "S1", 20, **told_to))
    told = {(v.about, v.evidence) for v in theme_violations(city, (CITY,), 2022)}
    assert ("enterprise_support payee_kind person", ("payment:A2",)) in told
    assert not any("payee_kind" in about and "payment:A1" in numbers for about, numbers in told)
