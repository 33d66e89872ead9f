"""Numbers of law: dated, sourced, asked for by name."""

from __future__ import annotations

import pytest

from fisc.registry.limits import UnknownLimit, limit, limits, lookup


@pytest.mark.parametrize(
    ("code", "value", "article"),
    [
        ("reserve_share_min_bp", 100, "第四十条"),
        ("reserve_share_max_bp", 300, "第四十条"),
        ("working_capital_share_max_bp", 100, "第四十九条"),
        ("issue_department_days", 20, "第五十二条"),
        ("issue_unit_days", 15, "第五十二条"),
        ("publish_budget_days", 20, "第十四条"),
        ("transfer_pass_on_days", 30, "第五十二条"),
        ("transfer_special_days", 60, "第五十二条"),
        ("early_notice_general_bp", 9000, "第四十八条"),
        ("early_notice_special_bp", 7000, "第四十八条"),
        ("carry_over_years", 2, "第五十条"),
        ("adjustment_draft_days", 30, "第六十九条"),
        ("treasury_execute_days", 0, "第六十六条"),
    ],
)
def test_each_number_names_its_article(code: str, value: int, article: str) -> None:
    for year in (2021, 2022, 2024):
        assert limit(code, year) == value
        assert article in lookup(code, year).rule


def test_a_number_holds_only_in_its_years() -> None:
    assert lookup("budget_change_last_month_day", 2022).is_verified
    assert not lookup("budget_change_last_month_day", 2023).is_verified
    with pytest.raises(UnknownLimit, match="2010"):
        limit("reserve_share_min_bp", 2010)


def test_an_unknown_number_says_where_to_add_it() -> None:
    with pytest.raises(UnknownLimit, match=r"legal_limits\.csv"):
        limit("no_such_limit", 2022)


def test_units_are_what_names_say() -> None:
    for row in limits():
        ending = row.code.rsplit("_", 1)[-1]
        assert {
            "bp": "bp",
            "days": "day",
            "years": "year",
            "day": "month_day",
            "total": "point",
            "yuan": "yuan",
            "times": "times",
        }[ending] == row.unit
