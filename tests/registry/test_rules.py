"""Accounts and posting rules: every rule has its accounts, each entry is shown, years choose the set."""

from __future__ import annotations

import pytest

from fisc.registry import rules, tables
from fisc.registry.errors import RegistryError, UnknownRule

FIN, BUD = "treasury_2022_financial", "treasury_2022_budget"


def pairs(event: str, year: int, fund: str = "", **choices: str) -> list[tuple[str, str, str]]:
    return [(p.book, p.debit, p.credit) for p in rules.accounts_for(event, year, fund, **choices)]


def test_every_rule_of_192_is_there_and_resolves_to_accounts_of_its_chart() -> None:
    rows = [row for row in tables.rule_rows() if row.rule_set == "treasury_2015"]
    expected = {f"192-T{n:02d}" for n in range(1, 40)} | {f"192-C{n:02d}" for n in range(1, 6)}
    assert expected <= {row.rule_code for row in rows}
    for row in rows:
        for code in (row.debit, row.credit):
            assert rules.account(f"{row.book}:{code}") is not None, row
    law = [row for row in rows if row.rule_code in expected]
    assert all(row.is_verified and row.source == "财库〔2015〕192号" for row in law)


@pytest.mark.parametrize(
    "row", tables.rule_rows(), ids=lambda r: f"{r.rule_code}-{r.event}-{r.debit}-{r.credit}"
)
def test_each_rule_is_reached_by_its_own_choices(row: tables.RuleRow) -> None:
    choices = {key: values[0] for key, values in row.selector}
    assert row in _rules_with(row, choices)


def _rules_with(row: tables.RuleRow, choices: dict[str, str]) -> list[tables.RuleRow]:
    """The event's rules under these choices; what the refusal says is still open is chosen too."""
    given = dict(choices)
    fund = given.pop("fund", "")
    try:
        return rules.rules_for(row.event, row.valid_to_year or 2025, fund, **given)
    except UnknownRule as refused:
        offered = (one.partition("=") for one in refused.details["offered"])
        key, _, values = next(one for one in offered if one[0] not in choices)
        return _rules_with(row, {**choices, key: values.split("|")[0]})


ENTRIES_2022 = [
    ("tax_received", "111", {}, [("1001", "4001")]),
    ("nontax_received", "111", {}, [("1001", "4001")]),
    ("nontax_received", "121", {}, [("1001", "4002")]),
    ("nontax_received", "13", {}, [("1001", "4003")]),
    ("transfer_in_received", "111", {}, [("1001", "4011")]),
    ("transfer_out_paid", "121", {}, [("5011", "1001")]),
    ("upload_received", "111", {}, [("1001", "4012")]),
    ("upload_paid", "111", {}, [("5012", "1001")]),
    ("expenditure_paid", "111", {}, [("5001", "1001")]),
    ("expenditure_paid", "121", {}, [("5002", "1001")]),
    ("expenditure_paid", "13", {"eco": "507"}, [("5003", "1001")]),
    ("debt_onlent_in", "111", {}, [("1001", "4042"), ("3082", "2026")]),
    ("debt_onlent_out", "111", {}, [("5042", "1001"), ("1041", "3081")]),
    ("principal_repaid", "121", {}, [("5041", "1001"), ("2026", "3082")]),
    ("interest_paid", "121", {}, [("5002", "1001")]),
    ("interest_paid", "121", {"accrued": "yes"}, [("5002", "1001"), ("2026", "3082")]),
    ("capital_injected", "13", {}, [("5003", "1001"), ("1071", "3081")]),
    ("stabilisation_drawn", "111", {}, [("3031", "4031")]),
    ("stabilisation_set_aside", "111", {}, [("5031", "3031")]),
    ("fund_transfer", "111", {}, [("5021", "4021")]),
    ("working_capital_set", "111", {}, [("3001", "3033")]),
]


@pytest.mark.parametrize(("event", "fund", "choices", "entry"), ENTRIES_2022)
def test_entries_of_2022(
    event: str, fund: str, choices: dict[str, str], entry: list[tuple[str, str]]
) -> None:
    assert pairs(event, 2022, fund, **choices) == [("treasury_2015", *pair) for pair in entry]


ENTRIES_2025 = [
    ("tax_received", "111", {}, [(FIN, "1001", "4001"), (BUD, "804101", "6001")]),
    ("nontax_received", "121", {}, [(FIN, "1001", "4002"), (BUD, "804101", "6002")]),
    ("transfer_in_received", "111", {}, [(FIN, "1001", "2012"), (BUD, "804101", "804105"),
                                         (FIN, "2012", "4004"), (BUD, "804105", "6011")]),
    ("transfer_out_paid", "111", {}, [(FIN, "1032", "1001"), (BUD, "804105", "804101"),
                                      (FIN, "5021", "1032"), (BUD, "7011", "804105")]),
    ("expenditure_paid", "111", {}, [(FIN, "5008", "1001"), (BUD, "7001", "804101")]),
    ("expenditure_paid", "121", {"eco": "502"}, [(FIN, "5001", "1001"), (BUD, "7002", "804101")]),
    ("expenditure_paid", "111", {"eco": "503"}, [(FIN, "5007", "1001"), (BUD, "7001", "804101")]),
    ("capital_injected", "13", {}, [(FIN, "1061", "1001"), (BUD, "7003", "804101")]),
    ("debt_onlent_in", "121", {}, [(FIN, "1001", "2031"), (BUD, "804101", "6042")]),
    ("principal_repaid", "111", {}, [(FIN, "2031", "1001"), (BUD, "7041", "804101")]),
    ("stabilisation_drawn", "111", {}, [(FIN, "3021", "3001"), (BUD, "8031", "6031")]),
    ("opening_balance", "121", {}, [(FIN, "1001", "3001"), (BUD, "804101", "8002")]),
    ("opening_balance", "14", {}, [("social_insurance", "1003", "3001")]),
    ("budget_source_approved", "111", {"source": "transfer"}, [("quota", "9102", "9200")]),
    ("budget_spending_approved", "111", {"use": "own"}, [("quota", "9200", "9201")]),
    ("debt_drawn", "111", {}, [("debt_register", "D110", "D200")]),
]  # fmt: skip


@pytest.mark.parametrize(("event", "fund", "choices", "entry"), ENTRIES_2025)
def test_entries_of_2025(
    event: str, fund: str, choices: dict[str, str], entry: list[tuple[str, str, str]]
) -> None:
    assert pairs(event, 2025, fund, **choices) == entry


def test_the_close_of_the_general_budget_under_192() -> None:
    income = {p.debit for p in rules.accounts_for("year_close_income", 2022, "111")}
    outlay = {p.credit for p in rules.accounts_for("year_close_outlay", 2022, "111")}
    assert income == {"4001", "4011", "4012", "4013", "4021", "4031", "4041", "4042"}
    assert outlay == {"5001", "5011", "5012", "5013", "5021", "5031", "5041", "5042"}
    assert {p.rule_code for p in rules.accounts_for("year_close_outlay", 2022, "111")} == {"192-C02"}


def test_a_refund_is_written_in_red_under_192_only() -> None:
    assert [row.is_red for row in rules.rules_for("revenue_refunded", 2022, "111")] == [True]
    assert {row.is_red for row in rules.rules_for("revenue_refunded", 2025, "111")} == {False}


@pytest.mark.parametrize("year", range(2021, 2027))
def test_each_year_has_one_treasury_rule_set(year: int) -> None:
    expected = ("treasury_2015",) if year <= 2022 else (FIN, BUD)
    assert rules.treasury_books(year) == expected
    sets = {s.rule_set for book in expected if (s := rules.rule_set_for(year, book))}
    assert len(sets) == 1


def test_a_year_without_a_rule_set_is_refused() -> None:
    with pytest.raises(RegistryError, match="2015"):
        rules.treasury_books(2015)


def test_bonds_follow_their_budget() -> None:
    assert pairs("expenditure_paid", 2022, "122") == pairs("expenditure_paid", 2022, "121")


@pytest.mark.parametrize(
    ("event", "fund", "year"),
    [("no_such_event", "111", 2025), ("tax_received", "121", 2025), ("tax_received", "111", 2015)],
)
def test_an_event_without_a_rule_is_refused(event: str, fund: str, year: int) -> None:
    with pytest.raises(UnknownRule, match=event):
        rules.accounts_for(event, year, fund)


@pytest.mark.parametrize(
    ("event", "fund"), [("nontax_received", ""), ("nontax_received", "14"), ("quota_added", "111")]
)
def test_half_an_entry_is_refused(event: str, fund: str) -> None:
    with pytest.raises(UnknownRule, match="选定"):
        rules.accounts_for(event, 2025, fund)


@pytest.mark.parametrize(
    ("kind", "code", "fund", "stage", "event", "choices"),
    [
        ("rev_func", "10101", "111", "execution", "tax_received", {}),
        ("rev_func", "1030148", "121", "budget", "budget_source_approved", {"source": "own"}),
        ("rev_func", "11002", "111", "budget", "budget_source_approved", {"source": "transfer"}),
        ("rev_func", "11008", "121", "execution", "opening_balance", {}),
        ("rev_func", "105", "121", "execution", "debt_onlent_in", {}),
        ("exp_func", "2010101", "111", "execution", "expenditure_paid", {}),
        ("exp_func", "2320301", "111", "execution", "interest_paid", {}),
        ("exp_func", "2320411", "121", "execution", "interest_paid", {}),
        ("exp_func", "2300401", "121", "budget", "budget_spending_approved", {"use": "transfer"}),
        ("exp_func", "231", "111", "execution", "principal_repaid", {}),
    ],
)
def test_what_a_published_code_posts(
    kind: str, code: str, fund: str, stage: str, event: str, choices: dict[str, str]
) -> None:
    assert rules.postings_for(kind, code, fund, stage) == (event, choices)


def test_a_year_end_balance_posts_nothing() -> None:
    assert rules.postings_for("exp_func", "23009", "111", "execution") is None


@pytest.mark.parametrize("year", [2022, 2025])
@pytest.mark.parametrize("stage", ["budget", "execution"])
def test_every_code_that_posts_has_an_entry(year: int, stage: str) -> None:
    for row in tables.code_events():
        for fund in [row.fund] if row.fund else ["111", "121", "13"]:
            posting = rules.postings_for(row.kind, row.code_prefix, fund, stage)
            if posting is not None:
                assert rules.accounts_for(posting.event, year, fund, **posting.choices), row


def test_control_accounts() -> None:
    controlled = {row.code for row in rules.accounts("quota") if row.floor_fen == 0}
    assert controlled == {
        "9200", "9201", "9202", "9203", "9301", "9302", "9303", "9304", "9305", "9401", "9402",
    }  # fmt: skip
    limit = rules.account("debt_register:D110")
    assert limit is not None and (limit.floor_fen, limit.normal_side) == (0, -1)
