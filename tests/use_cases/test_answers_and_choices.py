"""What use cases take and tell, whatever the domain: fields of few values, bytes, answers with lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest

from fisc.cli import output, told_cells, use_case_view
from fisc.documents import RuleBroken
from fisc.documents.inputs import OneOf
from fisc.documents.item_files import from_file
from fisc.documents.items import from_json, from_texts
from fisc.documents.told import told
from fisc.documents.use_case import UseCase
from fisc.documents.words import values_in
from fisc.sheets import FileRefused, RowsRefused

KINDS = {"lent": "借出", "repaid": "收回"}


@dataclass(frozen=True)
class Given:
    code: str
    reason: Annotated[str, OneOf(lambda: KINDS)] = "lent"


def take(conn: Any, items: Sequence[Given], *, by: str, on: date, file: bytes = b"") -> list[bool]:
    """A service."""
    return [True for _ in items]


CASE = UseCase("toy.take", take, name="试", duty="unit_make")


@pytest.mark.parametrize("said", ["repaid", "收回"])
def test_a_value_of_few_is_given_by_its_code_or_its_name(said: str, tmp_path: Path) -> None:
    made = Given("R1", "repaid")
    assert from_texts(CASE, {"code": "R1", "reason": said}) == made
    path = tmp_path / "rows.csv"
    path.write_text(f"编号,原因\nR1,{said}\nR2,\n", "utf8")
    assert from_file(CASE, path).items == [made, Given("R2")]


def test_another_value_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match=r"没有“gift”（可用：lent（借出）、repaid（收回））"):
        from_texts(CASE, {"code": "R1", "reason": "gift"})
    path = tmp_path / "rows.csv"
    path.write_text("编号,原因\nR1,gift\n", "utf8")
    with pytest.raises(RowsRefused) as refused:
        from_file(CASE, path)
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [(2, "原因")]
    with pytest.raises(RuleBroken, match="可用 lent、repaid"):
        from_json(CASE, {"code": "R1", "reason": "gift"})


def test_bytes_are_a_file_of_their_own() -> None:
    assert [field.is_bytes for field in CASE.options] == [True]


class Pair(NamedTuple):
    name: str
    amount_fen: int


@dataclass(frozen=True)
class Whole:
    day: date
    lines: tuple[Pair, ...]


@pytest.mark.parametrize(
    ("result", "numbers", "rows"),
    [
        ([True, False], ["A", "B"], [{"number": "A", "is_new": True}, {"number": "B", "is_new": False}]),
        (["PZA"], ["A"], [{"number": "A", "value": "PZA"}]),
        (["P1", "P2"], [], [{"number": "P1"}, {"number": "P2"}]),
        ({"B", "A"}, [], [{"number": "A"}, {"number": "B"}]),
        (Pair("x", 1), [], [{"name": "x", "amount_fen": 1}]),
        ([Pair("x", 1)], [], [{"name": "x", "amount_fen": 1}]),
        ({"A": Pair("x", 1)}, [], [{"number": "A", "name": "x", "amount_fen": 1}]),
        (7, ["A"], [{"value": 7}]),
        (None, ["A"], []),
        ([], [], []),
    ],
)
def test_an_answer_is_rows(result: Any, numbers: list[str], rows: list[dict[str, Any]]) -> None:
    assert told(result, numbers) == rows


def test_an_answer_with_lists_shows_each_under_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    output.begin()
    whole = Whole(date(2022, 3, 1), (Pair("甲", 100), Pair("乙", 250)))
    use_case_view.show(CASE, whole, told(whole, []), as_json=False, is_dry=False, of={})
    said = capsys.readouterr().out
    assert "日期  2022-03-01" in said
    assert all(word in said for word in ("明细（2）", "名称", "甲", "2.50"))
    assert "Pair" not in said


def test_an_exact_ratio_is_read_in_percent() -> None:
    assert told_cells.cell(CASE, "growth", Decimal(30) / 360) == "8.3%"
    assert told_cells.cell(CASE, "value", Decimal("12.50")) == "12.5"


@dataclass(frozen=True)
class Line:
    amount_fen: int


@dataclass(frozen=True)
class Held:
    code: str
    mof_div_code: str
    duties: Annotated[tuple[str, ...], OneOf({"make": "经办", "check": "复核"})]
    sources: Sequence[Line] = ()
    transfers: Sequence[Line] = ()


def hold(conn: Any, items: Sequence[Held], *, by: str, on: date) -> list[bool]:
    """A service of items with two lists."""
    return [True for _ in items]


HOLD = UseCase("toy.make-held", hold, name="编制试单", duty="unit_make")


def test_several_values_of_few_are_given_by_codes_or_names(tmp_path: Path) -> None:
    texts = {"code": "1", "mof_div_code": "150600", "duties": "经办，check"}
    assert from_texts(HOLD, texts).duties == ("make", "check")
    with pytest.raises(RuleBroken, match="没有“出纳”"):
        from_texts(HOLD, texts | {"duties": "经办、出纳"})
    with pytest.raises(RuleBroken):
        from_json(HOLD, texts | {"duties": ["出纳"]})


def test_a_file_without_regions_is_of_who_gives_it_and_says_which_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("编号,岗位,明细类别,金额\n1,经办,来源,3\n1,经办,对下转移支付,2\n", "utf8")
    assert from_file(HOLD, path, "150600000").items == [
        Held("1", "150600000", ("make",), (Line(300),), (Line(200),))
    ]
    with pytest.raises(FileRefused, match="财政区划"):
        from_file(HOLD, path)
    path.write_text("编号,岗位,明细类别,金额\n1,经办,收入,3\n1,经办,支出,2\n", "utf8")
    with pytest.raises(RowsRefused, match=r"第 2 行 明细类别没有“收入”.*可用：sources（来源）.*\n第 3 行"):
        from_file(HOLD, path, "150600000")


def test_a_list_names_the_values_that_are_taken_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    freeze = UseCase(
        "toy.order-held", hold, name="编制冻结单", duty="unit_make", fixed={"operation": "freeze"}
    )
    listed = UseCase("toy.list-held", lambda conn: [], name="清单")
    monkeypatch.setattr("fisc.use_cases.of_group", lambda group: [HOLD, freeze, listed])
    assert told_cells.names_of_values(listed, "duties") == {"make": "经办", "check": "复核"}
    assert told_cells.names_of_values(listed, "operation") == {"freeze": "冻结单"}
    assert values_in("可执行标志（1 可执行、2 待分）") == ("可执行标志", {"1": "可执行", "2": "待分"})
    assert values_in("批次（支付申请编号）") == ("批次（支付申请编号）", {})
