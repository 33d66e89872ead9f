"""A table's rows as columns of text: what each cell says, exactly, whatever type it was saved as."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from fisc.kernel.errors import FiscError
from fisc.kernel.money import FEN_PER_UNIT, parse_amount
from fisc.treasury.services.imports.files import Cell, FileRefused
from fisc.treasury.services.imports.headers import RESULT_COLUMN, Table

#: Spreadsheets keep 15 digits of a number; what is longer has lost its end.
_EXACT_BELOW = 10**15

_TOTALS = frozenset({"合计", "总计", "共计"})
_SUBTOTALS = frozenset({"小计"})
_TOTAL_STARTS = frozenset({word[0] for word in _TOTALS | _SUBTOTALS} | {" ", "\u3000"})
_WORD_WITHIN = 4


@dataclass(frozen=True, slots=True)
class Column:
    """An element's texts, row by row, and where a number was too long for the sheet to keep."""

    texts: list[str]
    is_cut: list[bool]


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a table that say something, without totals. `numbers` are the file's row numbers."""

    numbers: list[int]
    rows: list[Sequence[Cell]]
    totals: list[tuple[int, Sequence[Cell]]]


def body(table: Table) -> Body:
    """The rows below the header. Raises FileRefused when there is none."""
    found = Body([], [], [])
    result = table.result_column
    for number, row in enumerate(table.rows[table.header_row :], table.header_row + 1):
        if not any(_says(cell) and place != result for place, cell in enumerate(row)):
            continue
        kind = _total_word(row)
        if kind in _TOTALS:
            found.totals.append((number, row))
        elif not kind:
            found.numbers.append(number)
            found.rows.append(row)
    if not found.rows:
        raise FileRefused(
            f"文件 {table.source.path.name} 只有表头，没有数据行", "请核对是否选错了文件或工作表"
        )
    return found


def _says(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _total_word(row: Sequence[Cell]) -> str:
    """The word by which a row says that it adds up others, in one of its first cells; '' for other rows."""
    for cell in row[:_WORD_WITHIN]:
        if isinstance(cell, str) and cell[:1] in _TOTAL_STARTS:
            word = cell.replace(" ", "").replace("\u3000", "").rstrip(":：")
            if word in _TOTALS or word in _SUBTOTALS:
                return word
    return ""


def column(table: Table, rows: Body, element: str, *, is_code: bool = False) -> Column:
    """An element's column; empty texts where the table has none. `is_code`: full-width forms are folded."""
    place = table.columns.get(element)
    if place is None:
        return Column([""] * len(rows.rows), [False] * len(rows.rows))
    cells = [row[place] if place < len(row) else "" for row in rows.rows]
    texts = [text_of(cell) for cell in cells]
    if is_code:
        texts = [t if t.isascii() else unicodedata.normalize("NFKC", t).strip() for t in texts]
    return Column(texts, [isinstance(c, int | float) and abs(c) >= _EXACT_BELOW for c in cells])


def text_of(cell: Cell) -> str:
    """What a cell shows: numbers without exponent and to the 15 digits a sheet keeps."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _EXACT_BELOW:
            return str(int(cell))
        return format(Decimal(f"{cell:.15g}"), "f")
    return str(cell)


def overlong(table: Table, rows: Body) -> list[bool]:
    """Rows with something beyond the last header: a delimiter too many shifts what follows it."""
    return [any(str(c).strip() for c in row[table.width :]) for row in rows.rows]


def check_totals(table: Table, rows: Body, element: str, fen: Sequence[int | None]) -> None:
    """A printed grand total must be the sum of the rows, where all of them are amounts.

    Raises FileRefused naming both. Rows that are no amount are reported one by one instead.
    """
    place = table.columns.get(element)
    if place is None or None in fen:
        return
    total = sum(value for value in fen if value is not None)
    for number, row in rows.totals:
        text = text_of(row[place]) if place < len(row) else ""
        try:
            printed = parse_amount(text, table.unit) if text else total
        except FiscError:
            continue
        if printed != total:
            raise FileRefused(
                f"第 {number} 行合计 {text}{table.unit}，与各行之和 {Decimal(total) / 100:,.2f} 元不符",
                "请核对有无漏行、重行或改动后未更新的合计",
            )


def fen_of(texts: pl.Series, unit: str) -> pl.DataFrame:
    """Columns `fen` (null where `fault` is set) and `fault`, one row per text.

    `fault` is one of missing, negative, not_amount, decimals, zero, too_large, or null.
    """
    digits = len(str(FEN_PER_UNIT[unit])) - 1
    clean = pl.col("text").str.replace_all(r"[\s￥¥]", "").str.replace(r"元$", "")
    plain = pl.col("clean").str.replace_all(",", "")
    whole = plain.str.extract(r"^(\d*)", 1).fill_null("").str.strip_chars_start("0")
    part = plain.str.extract(r"\.(\d*)$", 1).fill_null("").str.strip_chars_end("0")
    is_amount = pl.col("clean").str.contains(r"^(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?$") & plain.str.contains(r"\d")
    fault = (
        pl.when(pl.col("clean") == "").then(pl.lit("missing"))
        .when(pl.col("clean").str.contains(r"^[-－−(（]")).then(pl.lit("negative"))
        .when(~is_amount).then(pl.lit("not_amount"))
        .when(part.str.len_chars() > digits).then(pl.lit("decimals"))
        .when(whole.str.len_chars() + digits > 17).then(pl.lit("too_large"))
    )  # fmt: skip
    fen = (whole + part.str.pad_end(digits, "0")).str.to_integer(strict=False)
    frame = pl.DataFrame({"text": texts.cast(pl.String)}).with_columns(clean=clean).with_columns(fault=fault)
    frame = frame.with_columns(fen=pl.when(pl.col("fault").is_null()).then(fen).otherwise(None))
    return frame.select(
        "fen", fault=pl.when(pl.col("fen") == 0).then(pl.lit("zero")).otherwise(pl.col("fault"))
    )


__all__ = [
    "RESULT_COLUMN",
    "Body",
    "Column",
    "body",
    "check_totals",
    "column",
    "fen_of",
    "overlong",
    "text_of",
]
