"""What a service refuses of a file is told by the rows of the file: all that one pass can know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents import RuleBroken
from fisc.documents.apart import Items, named_apart
from tests.signing import sign_in
from tests.treasury.conftest import paying_db, paying_template
from tests.use_cases.desk import Desk
from tests.use_cases.test_treasury import HEAD, applied, desk, table

__all__ = ["desk", "paying_db", "paying_template"]

ON = ["--on", "2022-03-01"]


def given(path: Path, *rows: list[Any]) -> list[object]:
    return ["treasury", "apply", "--file", table(path, [HEAD, *rows]), *ON]


def test_one_number_on_two_rows_is_told_by_both(desk: Desk, tmp_path: Path) -> None:
    said = desk.refused("unit", *given(tmp_path / "a.csv", applied("A1"), applied("A2"), applied("A1", "30")))
    assert "支付申请 A1 在这一批里出现不止一次，内容各不相同（第 2 行、第 4 行）" in said
    assert "已经编制" not in said


def test_each_refused_row_is_named_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    rows = [applied("A1"), applied("A2"), applied("A3"), applied("A4", "900,000")]
    rows[1][1] = "没有的指标"
    rows[2][5] = ""
    rows[2][3] = "没有的方式"
    said = desk.refused("unit", *given(tmp_path / "a.csv", *rows))
    assert "第 4 行" in said  # a cell that is wrong is told before the service is asked
    rows[2] = applied("A3")
    said = desk.refused("unit", *given(tmp_path / "a.xlsx", *rows))
    assert "4 项里 2 项不能办理，全部未办理" in said
    assert "工作表“Sheet”第 3 行：" in said and "没有的指标" in said
    assert "工作表“Sheet”第 5 行：" in said and "超过可执行指标" in said
    assert desk.told("unit", "treasury", "list-payments", "--region", "150600", "--year", "2022") == []


def test_of_two_thousand_rows_the_first_refused_are_told(desk: Desk, tmp_path: Path) -> None:
    rows = [applied(f"A{n}") for n in range(60)]
    for row in rows[10:40]:
        row[1] = "没有的指标"
    said = desk.refused("unit", *given(tmp_path / "a.csv", *rows))
    assert "60 项里不能办理的多于 20 项，全部未办理；先列 20 项" in said and "第 12 行、第 13 行" in said


def test_a_set_that_is_refused_by_one_name_after_another_is_told_as_a_set(desk: Desk) -> None:
    numbers = [f"A{number}" for number in range(1_100)]

    def serve(some: Sequence[str]) -> None:
        """Each may go alone, and none beside another."""
        if len(some) > 1:
            raise RuleBroken("不能一起办", rule="逐项办理", hint="请分开", details={"keys": [some[0]]})

    told = named_apart(desk.conn, RuleBroken("不能一起办"), Items(numbers, numbers), serve)
    assert (told.message, "items" in told.details) == ("不能一起办", False)


def test_machines_are_told_the_rows_too(desk: Desk, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    sign_in(desk.conn, monkeypatch, "unit")
    rows = [applied("A1"), applied("A2", "900,000,000")]
    arguments = [*map(str, given(tmp_path / "a.csv", *rows)), "--json"]
    assert run(arguments) == ExitCode.REFUSED
    error = json.loads(capsys.readouterr().out)["error"]
    assert [(one["place"], one["number"]) for one in error["details"]["items"]] == [("第 3 行", "A2")]


def test_item_by_item_a_row_that_cannot_be_read_is_told_and_the_others_are_done(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [applied("A1"), applied("A2", "二十"), applied("A3", "900,000,000"), applied("A4")]
    rows[3][8] = "没有的区划"
    file = given(tmp_path / "a.csv", *rows, applied("A5"))
    told = desk.faulty("unit", *file, "--each")
    assert [(row["number"], row["is_new"]) for row in told] == [
        ("A1", True), ("A3", None), ("A5", True), ("第 3 行", None), ("第 5 行", None)
    ]  # fmt: skip
    assert "不是金额" in str(told[3]["refusal"]) and "没有的区划" in str(told[4]["refusal"])
    assert "不是金额" in desk.refused("unit", *file)
    assert "不是金额" in desk.refused("unit", *given(tmp_path / "b.csv", rows[1]), "--each")


def test_who_lacks_the_duty_is_refused_what_was_done_before(desk: Desk, tmp_path: Path) -> None:
    asked = given(tmp_path / "a.csv", applied("A1"))
    assert desk.new("unit", *asked) == [True]
    assert "没有本区划的岗位“单位经办”" in desk.refused("signer", *asked)


def test_a_number_that_ends_as_one_entered_anew_is_nobodys(desk: Desk, tmp_path: Path) -> None:
    said = desk.refused("unit", *given(tmp_path / "a.csv", applied("A1~2")))
    assert "编号“A1~2”不能用" in said and "由系统加上" in said
