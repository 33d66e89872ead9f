"""Help and the catalogue on a narrow screen: nothing cut off, each list once, and the files of banks."""

from __future__ import annotations

import re

import pytest

from fisc.cli import main
from fisc.cli.docs_files import bank_files, sheets
from fisc.sheets.shipped import read_shipped
from fisc.treasury.services.imports.columns import columns_of

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")


@pytest.mark.parametrize(
    "command",
    [["capital", "make-injections"], ["budget", "declare-projects"], ["banking", "receive"],
     ["findings", "list"], ["treasury", "apply"], ["revenue", "import-sharing"], ["report", "annual"],
     ["registry"]],
)  # fmt: skip
def test_help_on_a_narrow_screen_cuts_nothing_off(command: list[str], capsys: Said) -> None:
    assert main.run([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "…" not in said.replace("…998", "").replace("…000", "") and "%Y" not in said


def test_a_use_case_names_each_list_of_values_once_and_breaks_no_name(capsys: Said) -> None:
    assert main.run(["docs", "use-cases", "budget.make-draft"]) == 0
    said = capsys.readouterr().out
    assert said.count("121 政府性基金预算资金") == 1 and said.count("同“来源资金性质”") == 2
    assert "reserve_fen" in said and "mof_div_code" in said


def test_what_banks_send_is_told_field_by_field() -> None:
    said = "\n".join(bank_files())
    rows = read_shipped("fisc.banking", "fields.csv", "bankfile")
    assert rows and all(row["name"].removesuffix("（元）") in said for row in rows)
    assert all(f"`{row['layout']}`" in said for row in rows) and "camt.053.001.08" in said


def test_sheets_of_payments_and_pay_are_told_with_every_heading_that_is_read() -> None:
    said = "\n".join(sheets())
    for column in (*columns_of("payment"), *columns_of("payroll")):
        assert all(name in said for name in (column.label, column.name, *column.also))


def test_the_use_case_of_a_file_tells_its_layout(capsys: Said) -> None:
    assert main.run(["docs", "use-cases", "banking.receive"]) == 0
    assert "版式 `pipe`" in capsys.readouterr().out
    assert main.run(["docs", "use-cases", "treasury.payroll"]) == 0
    told = capsys.readouterr().out
    assert "### 工资表" in told and "### 支付明细" not in told
    first = columns_of("payroll")[0].label
    assert told.count(f"| {first} |") == 1


@pytest.mark.parametrize("asked", [["use-cases", "treasury.import"], ["use-cases", "budget.make-quotas"],
                                   ["kind", "pay_app"], ["kind", "quota_document"], ["kind"]])  # fmt: skip
def test_a_declaration_is_told_in_chinese_beside_the_names_of_programs(
    asked: list[str], capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert main.run(["docs", *asked]) == 0
    said = capsys.readouterr().out.partition("\n-- ")[0]
    lines = [line for line in said.splitlines() if re.search("[A-Za-z]", line) and "│" in line]
    assert lines and all(re.search("[\u4e00-\u9fff]", line) for line in lines)
    assert not re.search(r"│ (?:draft|sent|code|text|unit_make|amount_fen|codes) +│ *$", said, re.MULTILINE)
