"""Whatever is handed in is read or refused in words; no row is lost without being named."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.kernel.errors import FiscError
from fisc.sheets import Column, Table, read_table, write_table
from tests.sheets.makers import COLUMNS, HEADER, SHEET, with_part, workbook

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FIELD = st.one_of(
    ANY_TEXT, st.sampled_from(["", '"', '"a', 'a"b', "a,b", "\n", "合计", "#N/A", "=1", "1e3", "12.5"])
)


def read_or_refuse(content: bytes) -> Table | None:
    try:
        table = read_table(content, COLUMNS)
    except FiscError as refusal:
        assert refusal.message and refusal.hint
        return None
    assert all(fault.problem and fault.remedy for fault in table.faults)
    told = {row.number for row in table.rows} | {fault.row for fault in table.faults}
    assert told - {*table.totals, *table.subtotals} == set(table.numbers)
    return table


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    read_or_refuse(content)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"]))
def test_any_bytes_below_a_header(content: bytes, encoding: str) -> None:
    read_or_refuse(",".join(HEADER).encode(encoding) + "\n".encode(encoding) + content)


@settings(max_examples=300)
@given(st.lists(st.lists(FIELD, min_size=1, max_size=5), max_size=6), st.sampled_from([",", "\t", ";", "|"]))
def test_every_row_of_a_well_written_text_is_read_or_named(rows: list[list[str]], delimiter: str) -> None:
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows([HEADER, *rows])
    table = read_or_refuse(made.getvalue().encode())
    if table is not None:
        said = {n for n, row in enumerate(rows, 2) if any(text and not text.isspace() for text in row)}
        totals = {n for n in said if any("计" in text for text in rows[n - 2][:4])}
        assert said - totals <= set(table.numbers)


@settings(max_examples=300)
@given(st.lists(st.lists(FIELD, min_size=1, max_size=5), max_size=6))
def test_text_without_any_quoting_never_breaks(rows: list[list[str]]) -> None:
    read_or_refuse("\n".join(",".join(row) for row in [HEADER, *rows]).encode())


@cache
def _book() -> bytes:
    rows: list[list[Any]] = [[f"00{n}", f"名称{n}", n / 4] for n in range(1, 5)]
    return workbook([HEADER, *rows, ["005", date(2022, 1, 1), None], [True, "=1+1", "#REF!"]])


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(_book())
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content[: data.draw(st.integers(1, len(content)))]))


@settings(max_examples=300)
@given(st.data())
def test_damaged_xml_in_a_whole_archive_is_read_or_refused(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from([SHEET, "xl/styles.xml", "xl/workbook.xml", "xl/sharedStrings.xml"]))

    def damage(xml: bytes) -> bytes:
        broken = bytearray(xml)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(broken) - 1))
            broken[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
        return bytes(broken)

    read_or_refuse(with_part(_book(), part, damage))


CELL = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=10),
    st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.none(), st.sampled_from(["#N/A", "#DIV/0!", "=A1"]),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5))
def test_any_values_of_a_workbook(rows: list[tuple[Any, ...]]) -> None:
    read_or_refuse(workbook([HEADER, *rows]))


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)
FORMS = (
    Column("text", "文字"), Column("code", "编码", "code"), Column("amount_fen", "金额", "amount_fen"),
    Column("count", "数", "integer"), Column("day", "日期", "date"), Column("year", "年度", "year"),
    Column("is_it", "是否", "truth"), Column("rate", "比率", "decimal"), Column("codes", "标识", "codes"),
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({
        "text": WORDS, "code": st.from_regex(r"\A[0-9]{1,20}\Z"),
        "amount_fen": st.integers(-(10**15), 10**15), "count": st.none() | st.integers(-(10**14), 10**14),
        "day": st.none() | st.dates(date(1901, 1, 1), date(2200, 1, 1)),
        "year": st.integers(1990, 2099), "is_it": st.booleans(),
        "rate": st.none() | st.decimals(-1000, 1000, places=3),
        "codes": st.lists(st.from_regex(r"\A[0-9]{1,4}\Z"), max_size=3).map(tuple),
    }),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=60)
@given(
    ROWS, st.sampled_from([".xlsx", ".csv"]), st.booleans(), st.sampled_from(["", "模拟数据，并非真实收支"])
)
def test_what_is_written_reads_as_it_was(
    rows: list[dict[str, Any]], suffix: str, in_chinese: bool, notice: str
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        assert write_table(path, FORMS, rows, in_chinese=in_chinese, notice=notice) == len(rows)
        table = read_table(path, FORMS, only_known=True)
    assert not table.faults
    wanted = [{**row, "text": _tidied(row["text"])} for row in rows]
    assert [row.values for row in table.rows] == wanted


def _tidied(text: str) -> str:
    from fisc.sheets.text import tidy

    return tidy(text)
