"""What screens show of rows: lines by name, nothing that does not apply, and what a list was asked for."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from fisc.cli import main, use_case_view
from fisc.cli.registry_words import HEADINGS
from fisc.cli.told_rows import asked_for, for_people
from fisc.registry.shapes import SHAPES
from fisc.use_cases import use_case

LINES = [["1010101", "111", 250], ["1010102", "111", -50]]


def test_lines_that_a_table_keeps_without_names_have_those_of_who_makes_them() -> None:
    case = use_case("revenue.list-daily-reports")
    [row] = for_people(case, [{"doc_key": "R", "lines": LINES}])
    assert row["lines"][1] == {"rev_func_code": "1010102", "fund_type_code": "111", "amount_fen": -50}
    [whole] = for_people(
        use_case("revenue.show-daily-reports"), [{"document": {"doc_key": "R", "lines": LINES}, "lines": []}]
    )
    assert (whole["document"], len(whole["lines"])) == ({"doc_key": "R"}, 2)
    other = [["1010101", 1]]
    assert for_people(case, [{"lines": other}]) == [{"lines": other}]


def test_a_list_tells_how_many_lines_a_document_has_and_no_fen(capsys: pytest.CaptureFixture[str]) -> None:
    case = use_case("revenue.list-daily-reports")
    rows = for_people(case, [{"doc_key": name, "lines": [*LINES, *LINES]} for name in ("R1", "R2")])
    use_case_view.show(case, rows, rows, as_json=False, is_dry=False, of={"mof_div_code": "150600000"})
    said = capsys.readouterr().out
    assert "国库收入日报清单：鄂尔多斯市" in said and "4 行" in said and "250" not in said


def test_an_amount_that_a_document_does_not_have_is_no_zero() -> None:
    case = use_case("budget.list-quota-documents")
    none, cut = for_people(case, [{"base_fen": 0, "scope": ""}, {"base_fen": 0, "scope": "general"}])
    assert ("base_fen" in none, cut["base_fen"]) == (False, 0)


def test_a_list_says_what_it_was_asked_for() -> None:
    case = use_case("books.balances")
    said = {"region": "150602000", "fiscal_year": 2022, "month": 6, "from_month": 1}
    assert asked_for(case, said) == "科目余额表：东胜区 2022 年 1—6 月"
    assert asked_for(case, {**said, "from_month": 6}) == "科目余额表：东胜区 2022 年 6 月"
    assert asked_for(case, {**said, "from_month": 0}) == "科目余额表：东胜区 2022 年 年初至 6 月"
    whole = {"region": "150602000", "fiscal_year": 2022, "account": "1001", "from_month": 1, "month": 13}
    assert asked_for(use_case("books.ledger"), whole) == "明细账：东胜区 2022 年 科目 1001"


def test_tables_of_the_registry_are_read_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    columns = {column for shape in SHAPES.values() for column in shape.columns}
    assert columns - HEADINGS.keys() == set()
    assert main.run(["registry", "list", "gov_bgt_eco", "--code", "508"]) == 0
    said = capsys.readouterr().out
    assert "对企业资本性支出" in said and "上级" in said and re.findall("[A-Za-z]+", said) == []


def test_what_is_built_after_a_command_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["registry", "list", "gov_bgt_eco", "--code", "508"]) == 0
    assert "define-regions" in get_command(main.build("registry")).commands["registry"].commands  # type: ignore[attr-defined]
