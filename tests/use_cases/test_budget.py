"""A budget at the desk: from the project library to the quotas of units, by commands alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.kinds import ISSUE, LIBRARY_PROJECT, NEED
from fisc.budget.services.needs import Need
from fisc.documents.listing import counts
from tests.budget import region
from tests.budget.region import CITY, EDUCATION, HEALTH, WAN, YEAR, education, health
from tests.conftest import _copy_of, _furnished
from tests.use_cases.desk import Desk
from tests.use_cases.papers import as_csv, as_json, as_xlsx

AUTUMN, JANUARY, ADOPTED = ["--on", "2021-09-01"], ["--on", "2022-01-10"], ["--on", "2022-02-20"]
ISSUED, PASSED = ["--on", "2022-03-10"], ["--on", "2022-03-20"]
PLACE = ["--region", "150600", "--year", "2022"]


def _settle(conn: psycopg.Connection) -> None:
    region.settle(conn, (YEAR, YEAR + 1))


def _settled(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_settled", _settle)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, said)


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city with officers and units, before any budget."""
    yield from _settled(server_dsn, monkeypatch, capsys)


def by_all(desk: Desk, steps: list[tuple[str, str]], numbers: list[str], on: list[str]) -> None:
    """Each step by its officer, of all numbers at once; the same again changes nothing."""
    for officer, verb in steps:
        taken = ["budget", verb, *numbers, *on]
        assert desk.new(officer, *taken) == [True] * len(numbers), verb
        assert desk.new(officer, *taken) == [False] * len(numbers), verb


PROPOSED = [("dept", "submit-proposals"), ("office", "review-proposals"), ("reviewer", "accept-proposals")]


def project(pro_code: str = "P1") -> list[str]:
    return [
        "budget", "declare-projects", *PLACE, "--pro-code", pro_code, "--name", "校舍维修",
        "--agency-code", "101001", "--dept-code", EDUCATION, "--pro-kind-code", "经常性项目", "--pro-class",
        "specific", "--fund-type-code", "111", "--exp-func-code", "2050202", "--apply-up", "1,000,000",
        *AUTUMN,
    ]  # fmt: skip


def test_a_project_comes_into_the_library_with_its_goals(desk: Desk, tmp_path: Path) -> None:
    key = f"{CITY}-{YEAR}-P1"
    assert "岗位" in desk.refused("office", *project())
    assert desk.told("unit", *project(), "--dry-run") == [{"number": key, "is_new": True}]
    assert counts(desk.conn, LIBRARY_PROJECT) == {}
    assert [desk.new("unit", *project()) for _ in range(2)] == [[True], [False]]
    assert "绩效目标不完整" in desk.refused("dept", "budget", "review-projects", key, *AUTUMN)
    back = ["budget", "send-projects-back", key, "--note", "请补绩效目标", *AUTUMN]
    assert desk.new("dept", *back) == [True]
    file = as_json(tmp_path / "again.json", [region.declaration(name="校舍维修")])
    assert desk.new("unit", "budget", "redeclare-projects", "--file", file, *AUTUMN) == [True]
    assert desk.new("dept", "budget", "review-projects", key, *AUTUMN) == [True]
    over = ["budget", "audit-projects", key, "--fin-audit", "1000000.01", *AUTUMN]
    assert "不超过申报金额" in desk.refused("office", *over)
    due = ["budget", "audit-projects", key, "--fin-audit", "900000", *AUTUMN]
    assert desk.new("office", *due) == [True]
    assert desk.new("reviewer", "budget", "enter-projects", key, *AUTUMN) == [True]
    [shown] = desk.told("", "budget", "show-projects", key)
    assert shown["document"]["fin_audit_fen"] == 90 * WAN
    assert [step["officer"] for step in shown["trail"]][-3:] == ["dept", "office", "reviewer"]
    assert "已入库" in desk.shown("", "budget", "list-projects", *PLACE, "--state", "已入库")
    again = ["budget", "roll-over-projects", "--region", "鄂尔多斯市", "--from-year", "2022", *AUTUMN]
    told = desk.told("unit", *again, "--pro-code", "P1", "--amount", "800000")
    assert told == [{"number": f"{CITY}-{YEAR + 1}-P1", "is_new": True}]


def test_projects_by_file_name_the_cell_that_is_wrong(desk: Desk, tmp_path: Path) -> None:
    row: dict[str, object] = {
        "财政区划": "150600", "预算年度": 2022, "项目代码": "P1", "项目名称": "维修", "单位": "101001",
        "部门": EDUCATION, "项目期限": "002", "项目类别": "specific", "资金性质": "111",
        "支出功能分类": "2050202", "申报": 1000,
    }  # fmt: skip
    rows = [row, {**row, "项目代码": "P2", "项目期限": "永久"}]
    bad = ["budget", "declare-projects", *AUTUMN, "--file", as_xlsx(tmp_path / "bad.xlsx", rows)]
    said = desk.refused("unit", *bad)
    assert "G3" in said
    assert "永久" in said
    good = as_xlsx(tmp_path / "good.xlsx", [row, {**row, "项目代码": "P2", "申报": "2,000.50"}])
    assert desk.new("unit", "budget", "declare-projects", "--file", good, *AUTUMN) == [True, True]
    told = desk.told("", "budget", "list-projects", *PLACE)
    assert [one["apply_up_fen"] for one in told] == [100_000, 200_050]


def test_needs_are_entered_by_one_and_bind_by_another(desk: Desk, tmp_path: Path) -> None:
    row = {"mof_div_code": "150600", "fiscal_year": 2022, "tag": "003001", "测算需求（元）": "10,000,000",
           "dept_code": EDUCATION}  # fmt: skip
    file = as_csv(tmp_path / "needs.csv", [row])
    key = Need(CITY, YEAR, "003001", 1, EDUCATION).doc_key
    assert desk.told("maker", "budget", "enter-needs", "--file", file, *AUTUMN) == [
        {"number": key, "is_new": True}
    ]
    assert desk.told("", "budget", "show-coverage", *PLACE) == []
    by_all(desk, [("reviewer", "review-needs")], [key], AUTUMN)
    [told] = desk.told("", "budget", "show-coverage", *PLACE)
    assert (told["need_fen"], told["gap_fen"]) == (1_000 * WAN, 1_000 * WAN)
    assert desk.new("reviewer", "budget", "send-needs-back", key, "--note", "请重算以后再报", *AUTUMN) == [
        True
    ]
    assert counts(desk.conn, NEED) == {"returned": 1}


def _up(desk: Desk, tmp_path: Path, round_no: int) -> None:
    proposals = [education(round_no), health(round_no)]
    file = as_json(tmp_path / f"up{round_no}.json", proposals)
    assert desk.new("unit", "budget", "make-proposals", "--file", file, *AUTUMN) == [True, True]
    by_all(desk, PROPOSED, [p.doc_key for p in proposals], AUTUMN)


def _controls(desk: Desk, tmp_path: Path) -> None:
    rows = [
        {"财政区划": "150600", "预算年度": 2022, "部门": dept, "资金性质": "111",
         "支出功能分类（类）": region.FUNC[dept][:3], "金额": fen // 100}
        for dept, fen in ((EDUCATION, 1_300 * WAN), (HEALTH, 500 * WAN))
    ]  # fmt: skip
    file = as_csv(tmp_path / "controls.csv", rows)
    assert desk.new("maker", "budget", "make-controls", "--file", file, *AUTUMN) == [True, True]
    keys = [f"{CITY}-{YEAR}-{dept}-control" for dept in (EDUCATION, HEALTH)]
    by_all(desk, [("reviewer", "review-controls"), ("approver", "issue-controls")], keys, AUTUMN)


def _approved(desk: Desk, tmp_path: Path) -> None:
    region.into_library(desk.conn, [region.declaration()])
    region.enter_needs(desk.conn, [Need(CITY, YEAR, "003001", 1_000 * WAN, EDUCATION)])
    _up(desk, tmp_path, 1)
    _controls(desk, tmp_path)
    _up(desk, tmp_path, 2)
    assert all(row["is_passed"] for row in desk.told("", "budget", "check-proposals", education(2).doc_key))
    drafted = as_json(tmp_path / "draft.json", [region.budget()])
    assert desk.new("maker", "budget", "make-draft", "--file", drafted, *JANUARY) == [True]
    key = region.budget().doc_key
    by_all(desk, [("reviewer", "review-draft"), ("approver", "submit-draft")], [key], JANUARY)
    resolved = [
        "budget", "approve-budgets", *PLACE, "--resolution-no", "鄂人决〔2022〕3号", "--title",
        "关于批准2022年预算的决议", "--adopted-on", "2022-02-20", *ADOPTED,
    ]  # fmt: skip
    assert "岗位" in desk.refused("approver", *resolved)
    assert desk.told("congress", *resolved) == [{"number": key, "is_new": True}]


def test_a_budget_is_prepared_approved_and_issued_to_units(desk: Desk, tmp_path: Path) -> None:
    made = ["budget", "make-issues", *PLACE, "--dept-code", EDUCATION, "--doc-no"]
    assert "尚未经人代会批准" in desk.refused("maker", *made, "鄂财预〔2022〕1号", *ISSUED)
    _approved(desk, tmp_path)
    key = f"{CITY}-{YEAR}-{EDUCATION}-issue"
    assert desk.told("maker", *made, "错号", *ISSUED) == [{"number": key, "is_new": True}]
    assert desk.new("office", "budget", "send-issues-back", key, "--note", "文号有误", *ISSUED) == [True]
    revised = ["budget", "revise-issues", *PLACE, "--dept-code", EDUCATION, "--doc-no", "鄂财预〔2022〕1号"]
    assert desk.new("maker", *revised, *ISSUED) == [True]
    by_all(desk, [("office", "review-issues")], [key], ISSUED)
    desk.refused("office", "budget", "issue-to-departments", key, *ISSUED)
    by_all(desk, [("approver", "issue-to-departments")], [key], ISSUED)
    told = desk.told("", "budget", "list-quotas", *PLACE)
    assert sum(row["pending_fen"] for row in told) == 1_300 * WAN
    hands = desk.conn.execute(
        "select jsonb_path_query_array(trail, '$[*][2]') from budget_quota_document where doc_no = %s",
        ["鄂财预〔2022〕1号"],
    ).fetchone()
    assert hands == (["maker", "office", "approver"],)
    assert "尚未批复所属单位" in desk.refused("maker", "budget", "make-unit-quotas", key, *PASSED)
    passed = ["budget", "issue-to-units", *PLACE, "--dept-code", EDUCATION, "--doc-no", "教预〔2022〕1号"]
    assert desk.new("dept", *passed, *PASSED) == [True]
    [row] = desk.told("maker", "budget", "make-unit-quotas", key, *PASSED)
    document = [row["value"]]
    by_all(desk, [("office", "review-quotas"), ("approver", "approve-quotas")], document, PASSED)
    told = desk.told("", "budget", "list-quotas", *PLACE, "--agency-code", "101001")
    assert sum(row["executable_fen"] for row in told) == 800 * WAN
    assert [one["bgt_id"] for one in told] == [
        quota.bgt_id for quota in budget.list_quotas(desk.conn, CITY, YEAR, agency_code="101001")
    ]
    assert counts(desk.conn, ISSUE) == {"units_issued": 1}
    published = ["budget", "publish", *PLACE, "--published-on", "2022-03-12", "--place", "政府网站"]
    early = ["2099-01-01" if word == "2022-03-12" else word for word in published]
    assert "公开日期 2099-01-01 晚于业务日期" in desk.refused("maker", *early, *PASSED)
    assert desk.new("maker", *published, *PASSED) == [True]


def test_who_approves_an_issue_sees_what_the_department_has_now(desk: Desk, tmp_path: Path) -> None:
    _approved(desk, tmp_path)
    key = f"{CITY}-{YEAR}-{EDUCATION}-issue"
    made = [budget.DepartmentIssue(CITY, YEAR, EDUCATION, "鄂财预〔2022〕1号")]
    budget.make_issues(desk.conn, made, by="maker", on=date(2022, 3, 10))
    budget.review_issues(desk.conn, [key], by="office", on=date(2022, 3, 10))
    before = "2022-02-19"
    assert "尚未经人代会批准" in desk.refused(
        "approver", "budget", "issue-to-departments", key, "--on", before
    )
    desk.conn.execute("set session_replication_role = replica")
    desk.conn.execute("update budget_proposal_line set amount_fen = amount_fen + 1 where side = 'outlay'")
    said = desk.refused("approver", "budget", "issue-to-departments", key, *ISSUED)
    assert "与批复稿的金额不同" in said
