"""What a use case takes is read off its service, whatever the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pytest

from fisc.documents import RuleBroken
from fisc.documents.item_files import from_file
from fisc.documents.items import from_json, from_texts, options_from_texts
from fisc.documents.use_case import UseCase
from fisc.kernel import Coding
from fisc.sheets import RowsRefused
from fisc.use_cases import use_cases

DAY = date(2022, 3, 1)


@dataclass(frozen=True)
class Entry:
    """A line: an amount on a coding block."""

    amount_fen: int
    coding: Coding
    reason: str = ""


@dataclass(frozen=True)
class Paper:
    """An item that may be without lines, with a number made of what it says."""

    mof_div_code: str
    fiscal_year: int
    name: str
    rev_func_code: str = ""
    note: Literal["one", "two"] = "one"
    lines: tuple[Entry, ...] = ()

    @property
    def doc_key(self) -> str:
        """Its number."""
        return f"{self.mof_div_code}-{self.name}"


def _many(conn: Any, papers: Sequence[Paper], *, by: str, on: date) -> list[Paper]:
    return list(papers)


def _one(conn: Any, paper: Paper, *, on: date) -> Paper:
    return paper


def _of_number(conn: Any, doc_key: str, *, on: date) -> str:
    return doc_key


def _of_regions(conn: Any, regions: Sequence[str], year: int) -> tuple[Sequence[str], int]:
    return regions, year


def case(work: Any) -> UseCase:
    return UseCase("toy.make", work, name="试", duty="budget_make")


def test_an_item_may_be_without_lines_that_it_need_not_have() -> None:
    told = {"mof_div_code": "150600", "fiscal_year": "2022", "name": "甲"}
    assert from_texts(case(_many), told) == Paper("150600000", 2022, "甲")
    [line] = from_texts(case(_many), {**told, "amount_fen": "1.5", "fund_type_code": "111"}).lines
    assert line == Entry(150, Coding(2022, "150600000", "111"))


@pytest.mark.parametrize("limit", ["0", "-5"])
def test_a_list_is_not_asked_for_nothing(limit: str) -> None:
    for code in ("treasury.list-payments", "budget.list-quotas"):
        told = {"mof_div_code": "150600", "fiscal_year": "2022", "limit": limit}
        with pytest.raises(RuleBroken, match="不得小于 1"):
            options_from_texts(use_cases()[code], told)


def test_a_coding_block_takes_its_place_and_nothing_else_from_the_item() -> None:
    told = {
        "mof_div_code": "150600", "fiscal_year": "2022", "name": "甲", "rev_func_code": "11002",
        "amount_fen": "1", "fund_type_code": "111",
    }  # fmt: skip
    made = from_texts(case(_many), told)
    assert (made.rev_func_code, made.lines[0].coding.rev_func_code) == ("11002", "")


def test_a_value_that_is_none_of_few_is_refused_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "papers.csv"
    path.write_text("mof_div_code,fiscal_year,name,note\n150600,2022,甲,two\n150600,2022,乙,three\n", "utf8")
    with pytest.raises(RowsRefused, match=r"说明没有“three”，可用：one、two（D3）"):
        from_file(case(_many), path)
    with pytest.raises(RuleBroken, match="没有“three”（可用：one、two）"):
        from_texts(
            case(_many), {"mof_div_code": "150600", "fiscal_year": "2022", "name": "乙", "note": "three"}
        )


def test_what_is_made_is_known_by_its_number() -> None:
    assert case(_many).numbers_of([Paper("150600000", 2022, "甲")]) == ["甲"]
    numbered = UseCase("toy.make", _many, _KindOfPapers(), "make")  # type: ignore[arg-type]
    assert numbered.numbers_of([Paper("150600000", 2022, "甲")]) == ["150600000-甲"]


class _KindOfPapers:
    """As much of a kind as numbers need."""

    number, name, lines, all_columns, names = "doc_key", "文", (), (), MappingProxyType({})


def test_who_takes_one_takes_no_other_beside_it() -> None:
    one, papers = case(_one), [Paper("150600000", 2022, name) for name in "甲乙"]
    assert one.run(None, papers[:1], {}, by="", on=DAY) == papers[0]  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="一次只办一项，这里有 2 项"):
        one.run(None, papers, {}, by="", on=DAY)  # type: ignore[arg-type]


def test_a_service_of_one_number_takes_it_as_a_number() -> None:
    one = case(_of_number)
    assert one.number is not None
    assert not one.options
    assert one.run(None, from_json(one, ["A-1"]), {}, by="", on=DAY) == "A-1"  # type: ignore[arg-type]


def test_regions_are_said_by_name_or_by_six_digits() -> None:
    of_regions = case(_of_regions)
    assert of_regions.subject == ""
    told = {"mof_div_codes": "150602,鄂尔多斯市", "fiscal_year": "2022"}
    assert options_from_texts(of_regions, told) == {"regions": ("150602000", "150600000"), "year": 2022}


@pytest.mark.parametrize(
    "text",
    [
        "[]", "[null]", '[["A1"]]', "[5]", '[""]', '[{"x": "A1"}]', '[{"doc_key": "A1", "x": 1}]',
        '{"items": ["A1"], "on": "2022-03-01"}', '{"items": 5}', "5", "[" * 100_000,
        '[{"doc_key": "A1", "doc_key": "A2"}]',
    ],
)  # fmt: skip
def test_json_that_names_no_documents_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(text, "utf8")
    with pytest.raises(RuleBroken):
        from_file(case(_of_number), path)


@pytest.mark.parametrize("text", ['["A1"]', '[{"doc_key": "A1"}]', '{"doc_key": "A1"}', '{"items": ["A1"]}'])
def test_documents_are_named_in_json_by_their_numbers(tmp_path: Path, text: str) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(text, "utf8")
    assert from_file(case(_of_number), path).items == ["A1"]


def test_rows_of_one_item_stand_together(tmp_path: Path) -> None:
    path = tmp_path / "papers.csv"
    head = "mof_div_code,fiscal_year,name,amount_fen,fund_type_code\n"
    rows = ["150600,2022,甲,1,111\n", "150600,2022,乙,2,111\n", "150600,2022,甲,3,111\n"]
    path.write_text(head + "".join(sorted(rows, reverse=True)), "utf8")
    assert [len(one.lines) for one in from_file(case(_many), path).items] == [2, 1]
    path.write_text(head + "".join(rows), "utf8")
    with pytest.raises(RowsRefused, match=r"第 4 行 “150600000、2022、甲”的各行没有排在一起"):
        from_file(case(_many), path)


def _with_note(conn: Any, papers: Sequence[Paper], *, by: str, on: date, evidence: str) -> list[str]:
    return [f"{one.name}：{evidence}" for one in papers]


def test_what_is_said_of_all_may_stand_in_the_file(tmp_path: Path) -> None:
    one, path = case(_with_note), tmp_path / "papers.csv"
    head = "mof_div_code,fiscal_year,name,note,证据\n"
    path.write_text(head + "150600,2022,甲,one,急\n150600,2022,乙,two,急\n", "utf8")
    read = from_file(one, path)
    said = options_from_texts(one, {}, "", read.said)
    assert one.run(None, read.items, said, by="", on=DAY, is_judged=True) == ["甲：急", "乙：急"]  # type: ignore[arg-type]
    assert read.places == ["第 2 行", "第 3 行"]
    with pytest.raises(RuleBroken, match="证据在文件里写了，又另外写了一次"):
        options_from_texts(one, {"evidence": "缓"}, "", read.said)
    path.write_text(head + "150600,2022,甲,one,急\n150600,2022,乙,two,缓\n", "utf8")
    with pytest.raises(RowsRefused, match=r"证据 与第 2 行的不同，.*（E3）"):
        from_file(one, path)
    path = tmp_path / "papers.json"
    paper = '{"mof_div_code": "150600", "fiscal_year": 2022, "name": "甲"}'
    path.write_text(f'{{"items": [{paper}], "evidence": "急"}}', "utf8")
    assert from_file(one, path).said == {"evidence": "急"}
    path.write_text(f'{{"items": [{paper}], "evidance": "急"}}', "utf8")
    with pytest.raises(RuleBroken, match="evidance"):
        from_file(one, path)


def test_every_fault_of_a_file_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "papers.csv"
    rows = "150600,2022,甲,1,111\n999999,2022,乙,2,111\n150600,2022,丙,,111\n无此地,2022,丁,2,111\n"
    path.write_text("mof_div_code,fiscal_year,name,amount_fen,fund_type_code\n" + rows, "utf8")
    with pytest.raises(RowsRefused) as refused:
        from_file(case(_many), path)
    assert [(one.row, one.cell) for one in refused.value.faults] == [(3, "A3"), (5, "A5")]
    path.write_text(path.read_text("utf8").replace("999999", "150600").replace("无此地", "150600"), "utf8")
    with pytest.raises(RowsRefused, match="第 4 行 没有填写"):
        from_file(case(_many), path)
