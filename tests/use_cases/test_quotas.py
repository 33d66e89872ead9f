"""Quotas at the desk: entered, changed, advanced against and adjusted, each step by its own officer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.kinds import ADJUSTMENT, ADVANCE, QUOTA_DOCUMENT
from fisc.documents.listing import counts
from tests.budget import quota_world
from tests.budget.quota_world import CITY, QUOTAS, YEAR, YUAN, class_left, document, left, line
from tests.conftest import _copy_of, _furnished
from tests.papers import with_cash
from tests.use_cases.desk import Desk
from tests.use_cases.papers import as_csv, as_json, as_xlsx

ON = ["--on", "2022-03-01"]
PLACE = ["--region", "150600", "--year", "2022", "--dated-on", "2022-03-01", "--title", "试"]
REVIEWED = [("office", "review-quotas"), ("head", "approve-quotas")]


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city with an approved budget and no quota yet."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_quotas", quota_world.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)


def key(doc_no: str) -> str:
    return budget.quota_document_key(CITY, YEAR, doc_no)


def made(verb: str, doc_no: str, bgt_id: str, yuan: str, *more: str) -> list[str]:
    return [
        "budget",
        f"make-{verb}",
        *PLACE,
        "--doc-no",
        doc_no,
        "--bgt-id",
        bgt_id,
        "--amount",
        yuan,
        *more,
        *ON,
    ]


def in_force(desk: Desk, *given: str) -> None:
    """A document of one line: made, reviewed and approved."""
    [told] = desk.told("maker", *given)
    for officer, verb in REVIEWED:
        assert desk.new(officer, "budget", verb, told["number"], *ON) == [True]


def entered(desk: Desk, *bgt_ids: str) -> None:
    """Quotas of 1,000 yuan each."""
    for bgt_id in bgt_ids:
        elements = ["--fund-type-code", "111", "--agency-code", "101001", "--dept-code", "101", "--pro-code",
                    bgt_id, "--exp-func-code", "2050202", "--gov-bgt-eco-code", "50502", "--dep-bgt-eco-code",
                    "30201"]  # fmt: skip
        in_force(desk, *made("quotas", f"指{bgt_id}", bgt_id, "1,000", *elements))


def test_a_quota_document_goes_through_three_hands(desk: Desk, tmp_path: Path) -> None:
    file = as_json(
        tmp_path / "two.json", [document("甲", line("Q1", 300), line("Q2", 200, is_executable=False))]
    )
    making = ["budget", "make-quotas", "--file", file, *ON]
    assert "岗位" in desk.refused("office", *making)
    assert desk.told("maker", *making, "--dry-run") == [{"number": key("甲"), "is_new": True}]
    assert counts(desk.conn, QUOTA_DOCUMENT) == {}
    assert [desk.new("maker", *making) for _ in range(2)] == [[True], [False]]
    assert "草稿" in desk.refused("head", "budget", "approve-quotas", key("甲"), *ON)
    assert desk.new("office", "budget", "review-quotas", key("甲"), *ON) == [True]
    back = ["budget", "send-quotas-back", key("甲"), "--note", "要素有误", *ON]
    assert desk.new("head", *back) == [True]
    assert desk.new("office", "budget", "review-quotas", key("甲"), *ON) == [True]
    assert desk.told("", "budget", "list-quotas", "--region", "150600", "--year", "2022") == []
    approving = ["budget", "approve-quotas", key("甲"), *ON]
    assert [desk.new("head", *approving) for _ in range(2)] == [[True], [False]]
    shown = desk.told("", "budget", "show-quotas", "Q1", "Q2")
    balances = budget.quota_balances(desk.conn, ["Q1", "Q2"])
    assert [(row["executable_fen"], row["pending_fen"]) for row in shown] == [
        (balances[q].executable_fen, balances[q].pending_fen) for q in ("Q1", "Q2")
    ]
    assert left(desk.conn, "Q1") == {"executable": 300}
    assert class_left(desk.conn) == 1_000_000 - 500
    listed = desk.shown("", "budget", "list-quotas", "--region", "150600", "--year", "2022")
    assert all(word in listed for word in ("Q1", "Q2", "300.00", "200.00"))


def test_a_base_is_one_of_a_few_and_left_blank_it_is_not_said(desk: Desk, tmp_path: Path) -> None:
    blank, odd = (
        as_json(tmp_path / f"{number}.json", [document("甲", line("Q1", 300), base=base)])
        for number, base in enumerate(("", "other"))
    )
    making = ["budget", "make-quotas", *ON, "--file"]
    assert "base：可用 approved、added、received、reserve " in desk.refused("maker", *making, odd)
    assert desk.new("maker", *making, blank) == [True]


def test_more_than_the_budget_is_drafted_and_never_approved(desk: Desk) -> None:
    elements = ["--fund-type-code", "111", "--agency-code", "101001", "--pro-code", "Q1", "--exp-func-code",
                "2050202", "--gov-bgt-eco-code", "50502", "--dep-bgt-eco-code", "30201"]  # fmt: skip
    desk.told("maker", *made("quotas", "多", "Q1", "1000000.01", *elements))
    desk.told("office", "budget", "review-quotas", key("多"), *ON)
    assert "余额不足" in desk.refused("head", "budget", "approve-quotas", key("多"), *ON)
    desk.told("head", "budget", "send-quotas-back", key("多"), "--note", "超过批准的预算", *ON)
    assert desk.new("maker", "budget", "discard-quotas", key("多"), *ON) == [True]
    assert counts(desk.conn, QUOTA_DOCUMENT) == {"discarded": 1}


def test_rows_of_a_file_are_lines_of_their_documents(desk: Desk, tmp_path: Path) -> None:
    row: dict[str, object] = {
        "本级指标文号": "乙", "财政区划": "鄂尔多斯市", "预算年度": 2022, "文件日期": "2022-03-01",
        "标题": "试",
        "指标": "Q1", "金额": "100.00", "资金性质": "111", "单位代码": "101001", "部门": "101",
        "项目代码": "Q1",
        "支出功能分类": "2050202", "政府经济分类": "50502", "部门经济分类": "30201",
    }  # fmt: skip
    rows = [
        row,
        {**row, "指标": "Q2", "项目代码": "Q2"},
        {**row, "本级指标文号": "丙", "指标": "Q3", "项目代码": "Q3"},
    ]
    bad = [*rows, {**row, "指标": "Q4", "金额": "一百"}]
    said = desk.refused("maker", "budget", "make-quotas", "--file", as_csv(tmp_path / "bad.csv", bad), *ON)
    assert "G5" in said
    file = as_xlsx(tmp_path / "good.xlsx", rows)
    told = desk.told("maker", "budget", "make-quotas", "--file", file, *ON)
    assert told == [{"number": key(doc_no), "is_new": True} for doc_no in ("乙", "丙")]
    [first, _] = desk.told("", "budget", "show-quota-documents", key("乙"), key("丙"))
    assert [one["bgt_id"] for one in first["lines"]] == ["Q1", "Q2"]


def test_who_gives_no_number_to_what_they_make_is_told_that_it_is_theirs_to_give(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "quotas.csv"
    row = {
        "本级指标文号": "x1",
        "财政区划": "150600",
        "预算年度": YEAR,
        "金额": 1,
        "文件日期": "2022-03-01",
        "标题": "试",
    }
    as_csv(file, [{**row, "指标": ""}])
    said = desk.refused("maker", "budget", "make-quotas", "--file", file, *ON)
    assert "编号由经办人自定" in said


def test_quotas_change_by_documents_of_their_own(desk: Desk) -> None:
    entered(desk, *QUOTAS[:2])
    in_force(desk, *made("freezes", "冻", "Q1", "100"))
    in_force(desk, *made("unfreezes", "解", "Q1", "40"))
    in_force(desk, *made("reservations", "采", "Q1", "200"))
    in_force(desk, *made("releases", "放", "Q1", "50"))
    in_force(desk, *made("cuts", "减", "Q1", "10"))
    in_force(desk, *made("take-backs", "收", "Q1", "20"))
    in_force(desk, *made("budget-cuts", "压", "Q1", "30", "--base", "1000", "--scope", "一般性支出"))
    assert left(desk.conn, "Q1") == {"executable": 730, "frozen": 60, "reserved": 150}
    [cut] = desk.told("", "budget", "show-budget-cuts", "压", "--region", "150600", "--year", "2022")
    assert (cut["cut_fen"], cut["cut_rate_bp"]) == (30 * YUAN, 300)


def test_a_swap_is_a_file_of_changes(desk: Desk, tmp_path: Path) -> None:
    entered(desk, *QUOTAS[:2])
    row = {
        "doc_no": "调",
        "mof_div_code": "150600",
        "fiscal_year": 2022,
        "dated_on": "2022-03-01",
        "title": "试",
    }
    rows = [{**row, "bgt_id": bgt_id, "金额（元）": yuan} for bgt_id, yuan in (("Q1", -300), ("Q2", 300))]
    desk.told("maker", "budget", "make-swaps", "--file", as_csv(tmp_path / "swap.csv", rows), *ON)
    for officer, verb in REVIEWED:
        assert desk.new(officer, "budget", verb, key("调"), *ON) == [True]
    assert (left(desk.conn, "Q1"), left(desk.conn, "Q2")) == ({"executable": 700}, {"executable": 1300})


def _advanced(desk: Desk, yuan: str, doc_no: str = "预1") -> list[str]:
    return ["budget", "make-advances", "--region", "150600", "--year", "2022", "--doc-no", doc_no,
            "--agency-code",
            "101001", "--fund-type-code", "111", "--exp-func-code", "2050202", "--amount", yuan, "--purpose",
            "开学", "--basis-doc-no", "鄂府发〔2022〕2号", "--on", "2022-01-20"]  # fmt: skip


def test_what_was_advanced_is_charged_once(desk: Desk) -> None:
    entered(desk, "Q1")
    with_cash(desk.conn, CITY, funds=["111"])
    number, on = key("预1"), ["--on", "2022-01-20"]
    assert desk.told("maker", *_advanced(desk, "400")) == [{"number": number, "is_new": True}]
    desk.told("office", "budget", "review-advances", number, *on)
    assert desk.new("head", "budget", "approve-advances", number, *on) == [True]
    [told] = desk.told("", "budget", "list-open-advances", "--region", "150600", "--year", "2022")
    assert (told["doc_key"], told["left_fen"]) == (number, 400 * YUAN)
    for doc_no in ("核1", "核2"):  # both are drafted while the advance covers either
        desk.told("maker", *made("settlements", doc_no, "Q1", "250", "--advance", number))
        desk.told("office", "budget", "review-quotas", key(doc_no), *ON)
    assert desk.new("head", "budget", "approve-quotas", key("核1"), *ON) == [True]
    assert "核销超过预拨" in desk.refused("head", "budget", "approve-quotas", key("核2"), *ON)
    assert budget.outstanding_advances(desk.conn, [number]) == {number: 150 * YUAN}


def test_an_advance_beyond_last_years_level_names_its_case_of_law(desk: Desk) -> None:
    number, on = key("预1"), ["--on", "2022-01-20"]
    desk.told("maker", *_advanced(desk, "1,000.01"))
    desk.told("office", "budget", "review-advances", number, *on)
    approving = ["budget", "approve-advances", number, *on]
    with_cash(desk.conn, CITY, funds=["111"])
    assert "尚未经人代会批准" in desk.refused("head", *approving)
    assert desk.new("head", *approving, "--early-kind", "emergency") == [True]
    [early] = desk.told("", "budget", "list-early-spending", "--region", "150600", "--year", "2022")
    assert (early["kind"], early["amount_fen"]) == ("emergency", 100_001)


def test_an_advance_asked_for_in_error_is_given_up(desk: Desk) -> None:
    desk.told("maker", *_advanced(desk, "1"))
    desk.told("office", "budget", "review-advances", key("预1"), *ON)
    assert desk.new("head", "budget", "send-advances-back", key("预1"), "--note", "已经没有必要", *ON) == [
        True
    ]
    assert desk.new("maker", "budget", "discard-advances", key("预1"), *ON) == [True]
    assert counts(desk.conn, ADVANCE) == {"discarded": 1}


def test_only_a_resolution_puts_an_adjustment_in_force(desk: Desk, tmp_path: Path) -> None:
    plan = {
        "doc_no": "调1", "mof_div_code": "150600", "fiscal_year": 2022, "dated_on": "2022-03-01",
        "session_on": "2022-03-01", "title": "增加支出",
    }  # fmt: skip
    rows: list[dict[str, object]] = [
        {**plan, "part": "来源", "fund_type_code": "111", "rev_func_code": "1010101", "exp_func_code": "",
         "增减（元）": "500"},
        {**plan, "part": "支出", "fund_type_code": "111", "rev_func_code": "", "exp_func_code": "2050202",
         "增减（元）": "500"},
    ]  # fmt: skip
    file = as_csv(tmp_path / "plan.csv", rows)
    number = budget.adjustment_key(CITY, YEAR, "调1")
    assert desk.told("maker", "budget", "make-adjustments", "--file", file, *ON) == [
        {"number": number, "is_new": True}
    ]
    desk.told("checker", "budget", "review-adjustments", number, *ON)
    resolved = ["budget", "resolve-adjustments", number, "--resolution-doc-no", "鄂人常〔2022〕5号", *ON]
    assert "岗位" in desk.refused("checker", *resolved)
    assert [desk.new("congress", *resolved) for _ in range(2)] == [[True], [False]]
    assert class_left(desk.conn, source_type_code="2") == 500
    assert counts(desk.conn, ADJUSTMENT) == {"resolved": 1}


def test_what_is_unspent_goes_on_to_the_next_year(desk: Desk) -> None:
    entered(desk, "Q1")
    [told] = desk.told("", "budget", "list-unspent", "--region", "150600", "--year", "2022")
    assert (told["bgt_id"], told["amount_fen"], told["may_carry"]) == ("Q1", 1_000 * YUAN, True)
    january = ["--on", "2023-01-05"]
    carried = [
        "budget", "make-carry-overs", "--region", "150600", "--year", "2023", "--dated-on", "2023-01-05",
        "--doc-no", "结1", "--title", "结转", "--basis-doc-no", "鄂财〔2023〕1号", "--bgt-id", "Q1",
        "--amount",
        "600", *january,
    ]  # fmt: skip
    [made_now] = desk.told("maker", *carried)
    for officer, verb in REVIEWED:
        assert desk.new(officer, "budget", verb, made_now["number"], *january) == [True]
    assert left(desk.conn, "Q1-J") == {"executable": 600}
    unknown = [*carried[:-1], january[1]]
    unknown[unknown.index("Q1")] = "Q8"
    unknown[unknown.index("结1")] = "结2"
    assert "没有指标 Q8" in desk.refused("maker", *unknown)


def test_a_quota_document_entered_wrongly_is_entered_again_under_its_own_number(desk: Desk) -> None:
    entered(desk, "Q1")
    for yuan, is_kept in (("7", False), ("8", True)):
        assert desk.new("maker", *made("freezes", "冻1", "Q1", yuan)) == [True]
        if not is_kept:
            assert desk.new("maker", "budget", "discard-quotas", "冻1", *ON) == [True]
    assert desk.new("maker", *made("freezes", "冻1", "Q1", "8")) == [False]
    for officer, verb in REVIEWED:
        assert [desk.new(officer, "budget", verb, "冻1", *ON) for _ in range(2)] == [[True], [False]]
    assert left(desk.conn, "Q1")["frozen"] == 8
    listed = desk.told("", "budget", "list-quota-documents", "--region", CITY, "--year", str(YEAR))
    assert [one["state"] for one in listed if one["doc_no"] == "冻1"] == ["discarded", "issued"]
    [shown] = desk.told("", "budget", "show-quota-documents", "冻1")
    assert (shown["document"]["doc_no"], shown["document"]["total_fen"]) == ("冻1", 8 * YUAN)


def test_a_draft_of_a_number_entered_again_is_sent_back_and_revised(desk: Desk) -> None:
    entered(desk, "Q1")
    desk.told("maker", *made("freezes", "冻1", "Q1", "7"))
    desk.told("maker", "budget", "discard-quotas", "冻1", *ON)
    desk.told("maker", *made("freezes", "冻1", "Q1", "8"))
    desk.told("office", "budget", "review-quotas", "冻1", *ON)
    desk.told("head", "budget", "send-quotas-back", "冻1", "--note", "金额少报一笔", *ON)
    revised = made("freezes", "冻1", "Q1", "9")
    revised[1] = "revise-freezes"
    assert desk.new("maker", *revised) == [True]
    for officer, verb in REVIEWED:
        desk.told(officer, "budget", verb, "冻1", *ON)
    assert left(desk.conn, "Q1")["frozen"] == 9


def test_an_advance_entered_again_is_paid_and_charged_by_its_own_number(desk: Desk) -> None:
    entered(desk, "Q1")
    with_cash(desk.conn, CITY, funds=["111"])
    desk.told("maker", *_advanced(desk, "4"))
    desk.told("maker", "budget", "discard-advances", "预1", *ON)
    assert desk.new("maker", *_advanced(desk, "400")) == [True]
    desk.told("office", "budget", "review-advances", "预1", *ON)
    assert desk.new("head", "budget", "approve-advances", "预1", *ON) == [True]
    desk.told("maker", *made("settlements", "核1", "Q1", "400", "--advance", key("预1")))
    for officer, verb in REVIEWED:
        desk.told(officer, "budget", verb, "核1", *ON)
    assert desk.told("", "budget", "list-open-advances", "--region", CITY, "--year", str(YEAR)) == []


def test_an_adjustment_entered_again_is_resolved_by_its_own_number(desk: Desk, tmp_path: Path) -> None:
    def plan(yuan: int) -> str:
        paper: dict[str, object] = {
            "doc_no": "调1", "mof_div_code": "150600", "fiscal_year": 2022, "dated_on": "2022-03-01",
            "session_on": "2022-03-01", "title": "增加支出", "fund_type_code": "111", "增减（元）": yuan,
        }  # fmt: skip
        return as_csv(tmp_path / f"{yuan}.csv", [
            {**paper, "part": "来源", "rev_func_code": "1010101", "exp_func_code": ""},
            {**paper, "part": "支出", "rev_func_code": "", "exp_func_code": "2050202"},
        ])  # fmt: skip

    desk.told("maker", "budget", "make-adjustments", "--file", plan(5), *ON)
    desk.told("maker", "budget", "discard-adjustments", "调1", *ON)
    assert desk.new("maker", "budget", "make-adjustments", "--file", plan(500), *ON) == [True]
    desk.told("checker", "budget", "review-adjustments", "调1", *ON)
    resolved = ["budget", "resolve-adjustments", "调1", "--resolution-doc-no", "鄂人常〔2022〕5号"]
    assert desk.new("congress", *resolved, *ON) == [True]
    assert class_left(desk.conn, source_type_code="2") == 500
