"""A year's end at the desk: drafted, signed by another by the balances of that moment, given up, locked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fisc.closing import services as closing
from fisc.closing.kinds import YEAR_END
from fisc.documents import Officer, define_officers
from fisc.documents.listing import counts
from fisc.kernel import close_periods
from tests.budget import quota_world
from tests.closing.world import (
    BANNER,
    CITY,
    OTHER,
    YEAR,
    a_year,
    account_sums,
    booked,
    decide,
    furnish,
    post,
    say_why_unproven,
)
from tests.closing.world import YEAR_END as YEAR_END_DAY
from tests.transfers.world import passed_on
from tests.use_cases.desk import Desk

MAKER, SIGNER = f"gm-{CITY}", f"gs-{CITY}"
ON = ["--on", f"{YEAR + 1}-01-20"]
WHERE = ["--region", CITY, "--year", YEAR]
PAPER = f"{CITY}-{YEAR}-close-1"


@pytest.fixture
def desk(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city with a year of books, and officers who act for it and for all its banners."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        furnish(conn)
        a_year(conn)
        define_officers(conn, [
            Officer("all-m", "编制", "", frozenset({"treasury_make"})),
            Officer("all-s", "签章", "", frozenset({"treasury_sign"})),
        ])  # fmt: skip
        yield Desk(conn, monkeypatch, capsys)


def test_nothing_is_closed_until_another_officer_signs(desk: Desk) -> None:
    drafted = ["year-end", "close", *WHERE, *ON]
    assert "岗位" in desk.refused(SIGNER, *drafted)
    assert desk.told(MAKER, *drafted, "--dry-run") == [{"number": PAPER, "is_new": True}]
    assert counts(desk.conn, YEAR_END) == {}
    assert [desk.told(MAKER, *drafted)[0]["is_new"] for _ in range(2)] == [True, False]
    [state] = closing.year_end_states(desk.conn, [CITY], YEAR)
    assert state.papers == ()
    assert desk.refused(MAKER, "year-end", "sign", PAPER, *ON)
    assert [desk.new(SIGNER, "year-end", "sign", PAPER, *ON) for _ in range(2)] == [[True], [False]]
    [whole] = desk.told("", "year-end", "show-papers", PAPER)
    assert [step["officer"] for step in whole["trail"]] == [MAKER, SIGNER]
    assert len(whole["entries"]) == len(whole["document"]["entry_keys"]) > 0


def test_what_came_between_draft_and_signature_is_closed_too(desk: Desk) -> None:
    desk.told(MAKER, "year-end", "close", *WHERE, *ON)
    post(desk.conn, [booked("tax_received", 7, month=12, rev_func_code="1010101")])
    desk.told(SIGNER, "year-end", "sign", PAPER, *ON)
    left = account_sums(desk.conn, CITY, YEAR * 100, YEAR * 100 + 13)
    assert not [account for account in left if account.startswith(("4", "5"))]
    assert desk.shown(MAKER, "year-end", "close", *WHERE, *ON).endswith("没有可办的")


def test_a_draft_given_up_leaves_the_year_open_and_the_next_takes_its_place(desk: Desk) -> None:
    desk.told(MAKER, "year-end", "close", *WHERE, *ON)
    assert desk.new(MAKER, "year-end", "discard", PAPER, *ON) == [True]
    assert "作废" in desk.refused(SIGNER, "year-end", "sign", PAPER, *ON)
    [told] = desk.told(MAKER, "year-end", "close", *WHERE, *ON)
    assert told == {"number": f"{CITY}-{YEAR}-close-2", "is_new": True}
    listed = desk.told("", "year-end", "list-papers", *WHERE)
    assert [one["state"] for one in listed] == ["discarded", "drafted"]


def test_a_draft_that_has_nothing_left_to_do_is_not_signed(desk: Desk) -> None:
    desk.told(MAKER, "year-end", "close", *WHERE, *ON)
    closing.sign_year_ends(desk.conn, [PAPER], by=SIGNER, on=YEAR_END_DAY)
    [second] = _drafted_after_a_late_entry(desk)
    post(desk.conn, [booked("tax_received", -7, month=12, rev_func_code="1010101")])
    assert "没有可办理的余额" in desk.refused(SIGNER, "year-end", "sign", second, *ON)
    assert desk.new(MAKER, "year-end", "discard", second, *ON) == [True]


def _drafted_after_a_late_entry(desk: Desk) -> list[str]:
    post(desk.conn, [booked("tax_received", 7, month=12, rev_func_code="1010101")])
    return [row["number"] for row in desk.told(MAKER, "year-end", "close", *WHERE, *ON)]


def test_a_whole_area_is_closed_opened_and_locked_by_who_act_for_all_of_it(desk: Desk) -> None:
    for region in (BANNER, OTHER):
        a_year(desk.conn, region)
    area = ["--region", "150600998", "--year", YEAR]
    assert "岗位" in desk.refused(MAKER, "year-end", "close", *area, *ON)
    for command in ("close", "open-next"):
        numbers = [row["number"] for row in desk.told("all-m", "year-end", command, *area, *ON)]
        assert len(numbers) == 3
        assert desk.new("all-s", "year-end", "sign", *numbers, *ON) == [True] * 3
    assert "岗位" in desk.refused(SIGNER, "year-end", "lock", *area)
    assert "还没有结清" in desk.refused("all-s", "year-end", "lock", "--region", CITY, "--year", YEAR + 1)
    say_why_unproven(desk.conn, [CITY, BANNER, OTHER], YEAR)
    decide(desk.conn, [CITY, BANNER, OTHER], YEAR)
    regions = [row["mof_div_code"] for row in desk.told("all-s", "year-end", "lock", *area)]
    assert set(regions) == {CITY, BANNER, OTHER}


def test_questions_are_answered_by_the_services_of_the_whole_year(desk: Desk) -> None:
    assert desk.told("", "year-end", "quotas", *WHERE) == []
    area = closing.year_end_status(desk.conn, "150600998", YEAR)
    assert {CITY, BANNER} <= {one.mof_div_code for one in area.states} and area.is_sound
    assert closing.settlement_of_year(desk.conn, CITY, YEAR).claims == ()
    made = closing.statements_of_year(desk.conn, CITY, YEAR)
    assert made.is_sound and made.statements[0].title == "资产负债表"
    assert closing.final_accounts_of(desk.conn, CITY, YEAR).tables


@pytest.mark.parametrize("command", ["statements", "final-accounts"])
def test_a_year_in_which_nothing_was_posted_has_no_statements(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    out = tmp_path / "年.xlsx"
    empty = ["year-end", command, "--region", BANNER, "--year", YEAR, "--out", out]
    assert "没有可以" in desk.refused("", *empty)
    assert not out.exists()
    closed = ["year-end", command, "--region", CITY, "--year", 2015, "--out", out]
    assert "没有 2015 年度的账" in desk.refused("", *closed)


def test_quotas_left_at_the_end_are_carried_by_three_officers(
    desk: Desk,
) -> None:
    quota_world.furnish(desk.conn)
    quota_world.entered(desk.conn, quota_world.line("Q1", 300), quota_world.line("Q2", 200))
    region, year = quota_world.CITY, quota_world.YEAR
    by, reviewer, approver = (quota_world.SIGNED[name] for name in ("by", "reviewed_by", "approved_by"))
    on = ["--on", f"{year + 1}-01-05"]
    assert "指标账仍有余额" in _unfinished(desk, region, year)
    drafted = ["year-end", "carry", "--doc-no", "结1", "--region", region, "--year", year, "--dated-on",
               f"{year + 1}-01-05", "--title", "结转", "--basis-doc-no", "鄂财〔2023〕1号", *on]  # fmt: skip
    assert "岗位" in desk.refused(reviewer, *drafted)
    [paper] = desk.told(by, *drafted)
    assert [
        one["amount_fen"] for one in desk.told("", "year-end", "quotas", "--region", region, "--year", year)
    ]
    desk.told(reviewer, "budget", "review-quotas", paper["number"], *on)
    desk.told(approver, "budget", "approve-quotas", paper["number"], *on)
    left = desk.told("", "year-end", "quotas", "--region", region, "--year", year)
    assert left and all("close-quotas" in one["hint"] for one in left)
    assert "指标账未结账" in _unfinished(desk, region, year)
    [closed] = desk.told("all-m", "year-end", "close-quotas", "--region", region, "--year", year, *on)
    desk.told("all-s", "year-end", "sign", closed["number"], *on)
    assert desk.told("", "year-end", "quotas", "--region", region, "--year", year) == []
    assert "指标账未结账" not in _unfinished(desk, region, year)
    assert "指标账仍有余额" not in _unfinished(desk, region, year)
    assert desk.told(by, *drafted) == []
    assert quota_world.left(desk.conn, "Q1-J") == {"executable": 300}


def _unfinished(desk: Desk, region: str, year: int) -> set[str]:
    """What the status of a region's year-end names."""
    return {one.name for one in closing.year_end_status(desk.conn, region, year).affairs}


def test_what_the_locking_refuses_the_status_names(desk: Desk) -> None:
    define_officers(desk.conn, [Officer("locks", "封账", "", frozenset({"treasury_sign"}))])
    assert "还没有结清" in desk.refused("locks", "year-end", "lock", *WHERE)
    assert _unfinished(desk, CITY, YEAR) == {
        "往来款项有余额", "账簿仍有余额", "结余须由本级政府决定", "银行存款未对平",
    }  # fmt: skip
    for command in ("close", "open-next"):
        [drafted] = desk.told(MAKER, "year-end", command, *WHERE, *ON)
        desk.told(SIGNER, "year-end", "sign", drafted["number"], *ON)
    assert _unfinished(desk, CITY, YEAR) == {
        "结余须由本级政府决定",
        "银行存款未对平",
    }  # no quotas are kept here
    assert f"{YEAR} 年到 {YEAR}-12-31 还没有过完" in desk.refused(
        "locks", "year-end", "lock", *WHERE, "--on", f"{YEAR}-12-31"
    )
    assert "没有登记国库账户" in desk.refused("locks", "year-end", "lock", *WHERE, *ON)
    define_officers(desk.conn, [
        Officer("tallies", "对账", "", frozenset({"reconcile"})),
        Officer("checks", "疑点审核", "", frozenset({"finding_review"})),
    ])  # fmt: skip
    note = ["banking", "make-unproven-notes", "--note-no", "W1", *WHERE, "--reason", "还没有开户"]
    assert "还没有过完" in desk.refused("tallies", *note, "--on", f"{YEAR}-12-31")
    assert desk.new("tallies", *note, *ON) == [True]
    assert "没有登记国库账户" in desk.refused("locks", "year-end", "lock", *WHERE, *ON)
    assert "岗位" in desk.refused("tallies", "banking", "approve-unproven-notes", "W1", *ON)
    assert desk.new("checks", "banking", "approve-unproven-notes", "W1", *ON) == [True]
    assert _unfinished(desk, CITY, YEAR) == {"结余须由本级政府决定", "银行存款未对平，已说明"}
    refused = desk.refused("locks", "year-end", "lock", *WHERE, *ON)
    assert "一般公共预算的年末结转结余还有" in refused and "由本级政府决定" in refused
    decide(desk.conn, [CITY], YEAR)
    desk.told("locks", "year-end", "lock", *WHERE, *ON)
    assert _unfinished(desk, CITY, YEAR) == {"结余须由本级政府决定（已封账）"}  # other funds


def test_a_banner_and_its_city_answer_alike_where_their_books_disagree(desk: Desk) -> None:
    post(desk.conn, [booked("upload_paid", 5, BANNER)])
    city, banner = (closing.settlement_of_year(desk.conn, region, YEAR) for region in (CITY, BANNER))
    assert banner.differences and city.differences == banner.differences
    assert closing.settlement_of_year(desk.conn, OTHER, YEAR).differences == ()


def test_what_has_no_books_is_refused_and_what_has_nothing_to_do_says_so(desk: Desk) -> None:
    for asked in (["books", "balances", "--month", 1], ["books", "periods"], ["year-end", "status"],
                  ["year-end", "quotas"]):  # fmt: skip
        said = desk.refused("", *asked, "--region", CITY, "--year", 2031)
        assert f"books open-year --region {CITY} --year 2031" in said
    assert "books open-year" in desk.refused(
        "", "treasury", "cash-position", "--region", CITY, "--on", "2019-01-05"
    )
    settled = desk.shown(MAKER, "year-end", "settle", *WHERE, *ON)
    assert settled.endswith("没有可办的")


def test_december_is_closed_when_nothing_is_left_that_belongs_in_it(desk: Desk) -> None:
    define_officers(desk.conn, [Officer("keeper", "账簿", "", frozenset({"books_keep"}))])
    passed_on(desk.conn, [(BANNER, 900)])
    for region in (BANNER, CITY):
        close = ["books", "close-month", "--region", region, "--year", YEAR, "--month"]
        for month in range(1, 12):
            assert desk.new("keeper", *close, month) == [True]
        said = desk.refused("keeper", *close, 12)
        assert "已下达未拨付也未挂账的补助" in said and "year-end settle" in said
    december = ["--on", f"{YEAR}-12-31"]
    numbers = [row["number"] for row in desk.told("all-m", "year-end", "settle", *WHERE, *december)]
    assert all(desk.new("all-s", "year-end", "sign-settlement", *numbers, *december))
    assert desk.new("keeper", *close, 12) == [True]
    assert desk.new("keeper", *close, 12) == [False]


def test_what_levels_owe_each_other_is_not_settled_into_a_december_that_is_closed(desk: Desk) -> None:
    """`books close-month` refuses while something is owed; whoever closed otherwise is told so."""
    passed_on(desk.conn, [(BANNER, 900)])
    close_periods(desk.conn, [CITY, BANNER, OTHER], [YEAR * 100 + month for month in range(1, 13)])
    numbers = [row["number"] for row in desk.told("all-m", "year-end", "settle", *WHERE, *ON)]
    words = desk.refused("all-s", "year-end", "sign-settlement", *numbers, *ON)
    assert f"会计期间 {YEAR * 100 + 12} 已结账" in words
