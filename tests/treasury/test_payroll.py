"""Payroll from a file to applications: proposed, accepted, proven by the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from cryptography.hazmat.primitives import hashes

from fisc.documents import RuleBroken
from fisc.kernel import LedgerError, QuotaShortfall
from fisc.kernel.errors import translate
from fisc.kernel.verify import verify_within
from fisc.sheets import FileRefused
from fisc.treasury.services import PaymentApplication, apply, payment, review
from fisc.treasury.services.payroll import (
    Payee,
    PayItem,
    Proposal,
    Roster,
    Share,
    accept,
    enroll,
    propose,
)
from fisc.treasury.services.payroll.proposals import as_dict
from fisc.treasury.services.withdrawals import withdraw
from tests.budget import quota_world as world
from tests.conftest import _world
from tests.treasury import desk
from tests.treasury.desk import CITY, DAY, left, results, workbook

Conn = psycopg.Connection[Any]
LONG = ["单位代码", "人员编号", "姓名", "工资项目", "应发金额", "工资账号"]
WIDE = ["单位代码", "人员编号", "姓名", "工资账号", "基本工资（元）", "津贴补贴", "住房公积金", "备注"]
PAYEE = Payee("工资代发户", "62220099")


def _furnish(conn: Conn) -> None:
    desk.furnish(conn)
    personnel = {"gov_bgt_eco_code": "50501", "is_unified_pay": "1"}
    world.entered(
        conn,
        world.line("S1", 10_000, pro_code="Q3", dep_bgt_eco_code="30101", **personnel),
        world.line("S2", 2_000, pro_code="Q3", dep_bgt_eco_code="30102", **personnel),
        world.line("S3", 500, pro_code="Q3", dep_bgt_eco_code="30103", **personnel),
        doc_no="鄂财指〔2022〕2号",
    )


@pytest.fixture(scope="module")
def _with_salaries(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_payroll", _furnish) as connection:
        yield connection


@pytest.fixture
def conn(_with_salaries: Conn) -> Iterator[Conn]:
    """A connection to a city with quotas for salaries, inside a transaction that is rolled back."""
    with _with_salaries.transaction(force_rollback=True):
        yield _with_salaries


def person(number: int, item: str, yuan: Any, agency: str = "101001") -> list[Any]:
    return [agency, f"R{number}", f"职工{number}", item, yuan, f"6217000{number}"]


def read(conn: Conn, path: Path, month: str = "2022-03") -> Proposal:
    return propose(conn, path, region=CITY, pay_month=month)


def take(conn: Conn, proposal: Proposal, **given: Any) -> Any:
    return accept(conn, proposal, **{"payee": PAYEE, "by": "unit", "on": DAY, **given})


def lines(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute(
        "select per_code, item_name, l.amount_fen, p.bgt_id, p.amount_fen from rosters_line l "
        "join treasury_payment p on p.doc_key = l.batch_no order by l.id"
    ).fetchall()


def test_a_proposal_holds_nothing_and_accepting_it_pays_each_line(conn: Conn, tmp_path: Path) -> None:
    rows = [person(1, "基本工资", 4000), person(1, "津贴补贴", 1500), person(2, "岗位工资", 3000)]
    proposal = read(conn, workbook(tmp_path / "a.xlsx", rows, LONG))
    assert proposal.is_whole and left(conn, "S1") == 10_000 and lines(conn) == []
    accepted = take(conn, proposal)
    assert accepted.is_new == (True, True) and accepted.amount_fen == 850_000
    assert lines(conn) == [
        ("R1", "基本工资", 400_000, "S1", 700_000), ("R2", "岗位工资", 300_000, "S1", 700_000),
        ("R1", "津贴补贴", 150_000, "S2", 150_000),
    ]  # fmt: skip
    assert (left(conn, "S1"), left(conn, "S2")) == (3000, 500) and verify_within(conn).ok
    assert take(conn, proposal).is_new == (False, False) and len(lines(conn)) == 3


@pytest.mark.usefixtures("own_threshold")
def test_the_roster_is_what_shows_why_a_large_batch_is_paid(conn: Conn, tmp_path: Path) -> None:
    conn.execute("update registry_payment_check set value = '5000' where rule_id = 'R13'")
    for month, name in (("2022-03", "三月 工资.xlsx"), ("2022-04", "四月.xlsx")):
        place = workbook(tmp_path / name, [person(1, "基本工资", 40), person(2, "津贴补贴", 30)], LONG)
        accepted = take(conn, read(conn, place, month))
        assert accepted.is_new == (True, True)
        digest = hashes.Hash(hashes.SM3())
        digest.update(place.read_bytes())
        kept = [payment(conn, number)["attachments"] for number in accepted.pay_app_nos]
        assert kept == [[f"{name.replace(' ', '-')}:{digest.finalize().hex()}"]] * 2


def test_a_wide_sheet_is_a_line_for_each_amount(conn: Conn, tmp_path: Path) -> None:
    rows = [
        ["101001", "R1", "甲", "621", 4000, 0, "", "x"],
        ["101001", "R2", "乙", "622", 3000, "500.50", None, ""],
    ]
    proposal = read(conn, workbook(tmp_path / "a.xlsx", rows, WIDE))
    items = [share.item for share in proposal.matching.shares]
    assert [(i.per_name, i.dep_bgt_eco_code, i.amount_fen) for i in items] == [
        ("甲", "30101", 400_000), ("乙", "30101", 300_000), ("乙", "30102", 50_050),
    ]  # fmt: skip


def test_a_wide_sheet_loses_nobody_s_pay_without_a_word(conn: Conn, tmp_path: Path) -> None:
    rows = [
        ["101001", "R1", "甲", "621", 4000, 500, 10, 7, "x", 1],
        ["101001", "R2", "乙", "622", None, 500, 10, 7, "", 2],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, [*WIDE[:7], "高温费", "备注", "序号"])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("E2:E3")
    book.active.column_dimensions["F"].hidden = True
    book.save(path)
    proposal = read(conn, path)
    assert set(proposal.sheet.faults) == {2, 3} and not proposal.is_whole
    assert all("E2:E3 是合并单元格" in fault.problem for fault in proposal.faults)
    hidden, unread, unknown = (told := as_dict(proposal))["notes"]
    assert "列“津贴补贴”被隐藏" in hidden and "列“高温费”有数" in unknown
    assert "高温费、备注、序号" in unread and told["unread"] == ["高温费", "备注", "序号"]


def test_the_totals_of_a_wide_sheet_are_read_too(conn: Conn, tmp_path: Path) -> None:
    rows = [
        ["101001", "R1", "甲", "621", 4000, 500, 10, ""],
        ["101001", "R2", "乙", "622", None, 5, None, ""],
    ]
    whole = read(conn, workbook(tmp_path / "a.xlsx", [*rows, ["合计", *[None] * 3, 4000, 505, 10, ""]], WIDE))
    assert not whole.sheet.faults and len(whole.sheet.items) == 4
    unread = read(
        conn, workbook(tmp_path / "b.xlsx", [*rows, ["合计", *[None] * 3, "#REF!", 505, "", ""]], WIDE)
    )
    assert set(unread.sheet.faults) == {4} and not unread.is_whole
    assert "E4" in unread.faults[0].problem and "#REF!" in unread.faults[0].problem
    with pytest.raises(FileRefused, match=r"合计 506元.*F4"):
        read(conn, workbook(tmp_path / "c.xlsx", [*rows, ["合计", *[None] * 3, 4000, 506, 10, ""]], WIDE))


def test_what_is_left_over_is_explained_in_its_row(conn: Conn, tmp_path: Path) -> None:
    rows = [person(1, "津贴补贴", 1500), person(2, "津贴补贴", 900), person(3, "住房公积金", 100)]
    proposal = read(conn, workbook(tmp_path / "a.xlsx", rows, LONG))
    assert [i.per_code for i in proposal.matching.residual] == ["R2", "R3"]
    said = results(proposal.write())
    assert said[0] == "津贴补贴 → 指标 S2（规则 3）"
    assert "S2 余 500.00 元，差 400.00 元" in said[1] and "S3 经济分类是 30103 奖金" in said[2]
    texts = [s.text for s in proposal.suggestions]
    assert texts[0] == "由指标 S1（可用 10,000.00 元）调剂 400.00 元到指标 S2" and "新的指标" in texts[1]
    with pytest.raises(RuleBroken, match=r"2 行共 1,000\.00 元没有指标"):
        take(conn, proposal)
    assert take(conn, proposal, matched_only=True).line_count == 1
    assert as_dict(proposal)["residual"][0]["trials"][1]["short_fen"] == 40_000


def test_the_rest_is_paid_when_it_is_funded_and_nobody_twice(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [person(1, "津贴补贴", 1500), person(2, "津贴补贴", 900)], LONG)
    take(conn, read(conn, path), matched_only=True)
    world.entered(
        conn, world.line("S4", 900, pro_code="Q4", dep_bgt_eco_code="30102", gov_bgt_eco_code="50501"),
        doc_no="鄂财指〔2022〕3号",
    )  # fmt: skip
    again = read(conn, path)
    assert [one.item.per_code for one in again.paid_before] == ["R1"] and again.is_whole
    take(conn, again)
    assert [row[:4] for row in lines(conn)][1] == ("R2", "津贴补贴", 90_000, "S4")
    assert read(conn, path).matching.shares == []


def test_a_person_is_known_however_the_number_is_typed(conn: Conn, tmp_path: Path) -> None:
    take(conn, read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG)))
    for code in ("r1", "ｒ1", "Ｒ１"):
        again = person(1, "基本工资", 10)
        again[1] = code
        proposal = read(conn, workbook(tmp_path / "b.xlsx", [again], LONG))
        assert len(proposal.paid_before) == 1 and proposal.matching.shares == []
    twice = [person(1, "奖金", 10), [*person(1, "奖金", 10)[:1], "r1", *person(1, "奖金", 10)[2:]]]
    assert "重复" in read(conn, workbook(tmp_path / "c.xlsx", twice, LONG)).faults[0].problem


def test_another_amount_than_was_applied_for_is_refused_by_its_row(conn: Conn, tmp_path: Path) -> None:
    first = read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG))
    (number,) = take(conn, first).pay_app_nos
    other = [person(1, "基本工资", 11), person(2, "基本工资", 5)]
    proposal = read(conn, workbook(tmp_path / "b.xlsx", other, LONG))
    assert not proposal.is_whole and proposal.paid_before == []
    assert "先前已办理" not in results(proposal.write())[0]
    said = rf"第 2 行.*11\.00 元，与已发金额不符：支付申请 {number} 已发 10\.00 元"
    with pytest.raises(RuleBroken, match=said):
        take(conn, proposal)
    assert take(conn, proposal, matched_only=True).line_count == 1
    assert [row[:3] for row in lines(conn)] == [("R1", "基本工资", 1000), ("R2", "基本工资", 500)]


def test_another_name_or_account_than_was_applied_for_is_refused_by_its_row(
    conn: Conn, tmp_path: Path
) -> None:
    take(conn, read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG)))
    for at, value, said in ((2, "改", "姓名不符"), (5, "62179999", "账号 62179999 与已申请的不符")):
        row = person(1, "基本工资", 10)
        row[at] = value
        proposal = read(conn, workbook(tmp_path / "b.xlsx", [row], LONG))
        assert said in proposal.sheet.faults[2][0] and proposal.paid_before == []
        with pytest.raises(RuleBroken, match="第 2 行"):
            take(conn, proposal)


def test_one_account_gets_an_item_of_a_month_under_one_person(conn: Conn, tmp_path: Path) -> None:
    """A spreadsheet that drops leading zeros makes another person of the same one."""
    dropped = person(1, "基本工资", 10)
    dropped[1] = "0R1"
    both = read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10), dropped], LONG))
    assert list(both.sheet.faults) == [3] and "第 2 行" in both.sheet.faults[3][0]
    stale = read(conn, workbook(tmp_path / "b.xlsx", [dropped], LONG))
    (number,) = take(
        conn, read(conn, workbook(tmp_path / "c.xlsx", [person(1, "基本工资", 10)], LONG))
    ).pay_app_nos
    proposal = read(conn, workbook(tmp_path / "b.xlsx", [dropped], LONG))
    assert f"职工1（R1）（支付申请 {number}）同一账号 62170001" in proposal.sheet.faults[2][0]
    assert "前面的零" in proposal.sheet.faults[2][0]
    with pytest.raises(RuleBroken, match="职工1（0R1）基本工资 已经发放"):
        take(conn, stale)
    withdraw(conn, [number], by="unit", on=DAY)
    assert take(conn, stale).line_count == 1


def test_a_stale_proposal_pays_nobody_twice(conn: Conn, tmp_path: Path) -> None:
    """Two officers match the same month from two files; the second one is refused by name."""
    first = read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG))
    other = read(
        conn, workbook(tmp_path / "b.xlsx", [person(1, "基本工资", 10), person(2, "基本工资", 5)], LONG)
    )
    take(conn, first)
    with pytest.raises(RuleBroken, match="职工1（R1）基本工资 已经发放"):
        take(conn, other)
    assert left(conn, "S1") == 9990 and len(lines(conn)) == 1


def test_withdrawn_pay_may_be_applied_for_again(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG)
    (number,) = take(conn, read(conn, path)).pay_app_nos
    withdraw(conn, [number], by="unit", on=DAY)
    assert left(conn, "S1") == 10_000
    (second,) = take(conn, read(conn, path)).pay_app_nos
    assert second != number and left(conn, "S1") == 9990


def test_money_taken_meanwhile_refuses_all(conn: Conn, tmp_path: Path) -> None:
    proposal = read(
        conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 9000), person(2, "津贴补贴", 5)], LONG)
    )
    take(conn, read(conn, workbook(tmp_path / "b.xlsx", [person(3, "基本工资", 5000)], LONG)))
    with pytest.raises(QuotaShortfall):
        take(conn, proposal)
    assert len(lines(conn)) == 1 and left(conn, "S2") == 2000


def test_bad_rows_are_said_and_block_unless_left_out(conn: Conn, tmp_path: Path) -> None:
    rows = [
        person(1, "基本工资", 10), person(1, "基本工资", 20), person(2, "基本工资", -5),
        person(3, "神秘津贴", 5), ["", "R4", "丁", "奖金", 1, "6"],
    ]  # fmt: skip
    proposal = read(conn, workbook(tmp_path / "a.xlsx", rows, LONG))
    said = [proposal.sheet.faults[n][0] for n in (3, 4, 5, 6)]
    assert (
        "与第 2 行重复" in said[0]
        and "扣款" in said[1]
        and "神秘津贴" in said[2]
        and "缺少预算单位代码" in said[3]
    )
    assert [s.item.row_no for s in proposal.matching.shares] == [2]
    with pytest.raises(RuleBroken, match="4 行有误"):
        take(conn, proposal)


def test_the_database_refuses_lines_that_do_not_add_up(conn: Conn, tmp_path: Path) -> None:
    take(conn, read(conn, workbook(tmp_path / "a.xlsx", [person(1, "基本工资", 10)], LONG)))
    for statement in (
        "insert into rosters_line (entry_id, account_id, coding_id, amount_fen, line_key, round_no, "
        "batch_no, mof_div_code, period, agency_code, per_code, per_name, item_name, dep_bgt_eco_code, "
        "payee_acct_no, rule_step, file_sha256, row_no) "
        "select entry_id, account_id, coding_id, 1, 'other', 0, batch_no, mof_div_code, "
        "period, agency_code, per_code, per_name, item_name, dep_bgt_eco_code, "
        "payee_acct_no, rule_step, file_sha256, row_no from rosters_line",
        "update rosters_line set amount_fen = 1",
        "delete from rosters_line",
    ):
        with pytest.raises(psycopg.Error) as refusal, conn.transaction():
            conn.execute(statement)
        assert isinstance(translate(refusal.value), LedgerError)


def test_no_items_and_no_month(conn: Conn, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [["101001", "R1", "甲", "6"]], ["单位代码", "人员编号", "姓名", "工资账号"]
    )
    with pytest.raises(FileRefused, match="没有工资项目"):
        read(conn, path)
    with pytest.raises(RuleBroken, match="不是 年-月"):
        read(conn, path, "2022/3")
    ok = workbook(tmp_path / "b.xlsx", [person(1, "基本工资", 10)], LONG)
    with pytest.raises(RuleBroken, match="没有登记"):
        take(conn, read(conn, ok), payee=Payee("某户", "000"))


def _application(number: str, bgt_id: str, yuan: int) -> PaymentApplication:
    return PaymentApplication(
        number, bgt_id, yuan * 100, "payroll", PAYEE.name, PAYEE.acct_no, "", f"{number} 工资", CITY
    )


def _lines(number: str, bgt_id: str, *yuan: int) -> Roster:
    items = [
        PayItem(f"{number}:{n}", n, "101001", f"R{n}", f"职工{n}", "基本工资", "30101", "2010101", one * 100)
        for n, one in enumerate(yuan, 1)
    ]
    return Roster(number, "2022-03", "f" * 64, [Share(item, bgt_id, 1) for item in items])


def test_pay_without_its_persons_leaves_no_draft(conn: Conn) -> None:
    apply(conn, [_application("G1", "S1", 100)], by="unit", on=DAY)
    with pytest.raises(RuleBroken, match="没有逐人名册"):
        review(conn, ["G1"], by="chief", on=DAY)
    with pytest.raises(psycopg.Error, match="没有逐人名册"), conn.transaction():
        conn.execute(
            "update treasury_payment set state = 'unit_reviewed', trail = trail || "
            "jsonb_build_array(jsonb_build_array('review', 1, 'chief', %s::text, '')) where doc_key = 'G1'",
            [DAY],
        )
    assert withdraw(conn, ["G1"], by="unit", on=DAY) == [True]


def test_persons_are_put_below_the_draft_that_pays_them_and_no_other(conn: Conn) -> None:
    apply(conn, [_application("G1", "S1", 100), _application("G2", "S1", 70)], by="unit", on=DAY)
    with pytest.raises(LedgerError, match="明细合计 9000 分"), conn.transaction():
        enroll(conn, [_lines("G1", "S1", 60, 30)])
    enroll(conn, [_lines("G1", "S1", 60, 40)])
    assert review(conn, ["G1"], by="chief", on=DAY) == [True]
    lines = (
        "insert into rosters_line select * from jsonb_populate_record(null::rosters_line, "
        "(select to_jsonb(l) || jsonb_build_object('id', 900, 'line_key', 'x', 'amount_fen', 7000, {}) "
        "from rosters_line l limit 1))"
    )
    of_two = "'entry_id', (select e.id from ledger.entry e where e.natural_key = 'pay_app:G2:applied')"
    for said in (of_two, f"{of_two}, 'batch_no', 'nobody'"):
        with pytest.raises(psycopg.Error, match="名册明细不是这笔"), conn.transaction():
            conn.execute(lines.format(said).encode())
    conn.execute(lines.format(f"{of_two}, 'batch_no', 'G2'").encode())
    assert review(conn, ["G2"], by="chief", on=DAY) == [True]
