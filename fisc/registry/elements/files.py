"""Import and export of elements: all rows of a file or none, every error named by its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import psycopg

from fisc.registry.elements import columns as cols
from fisc.registry.elements import lifecycle, sheets, table
from fisc.registry.elements.columns import COLUMNS, BadCell, Column
from fisc.registry.elements.defining import define
from fisc.registry.elements.items import (
    PAYEE_ACCOUNTS,
    PAYEES,
    AccountOfPayee,
    Key,
    Kind,
    Payee,
    PayeeAccount,
    Record,
)
from fisc.registry.elements.problems import NAMED, bad_call
from fisc.registry.errors import BadElement, RegistryError

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row of a file; `row` counts from 1, the headings being row 1."""

    row: int
    column: str
    problem: str


class ImportRefused(RegistryError):
    """A file with errors: nothing of it was recorded. `errors` names every row."""

    def __init__(self, path: Path, errors: Sequence[RowError]) -> None:
        rows = len({error.row for error in errors})
        shown = "；".join(f"第 {e.row} 行 {e.column} {e.problem}".replace("  ", " ") for e in errors[:NAMED])
        more = f"；等共 {len(errors)} 处" if len(errors) > NAMED else ""
        super().__init__(
            f"{path.name} 有 {rows} 行不能导入，全部未登记：{shown}{more}",
            rule="要素导入整批成功或整批不入",
            hint="请按行更正后重新导入",
            details={"refused": rows, "errors": [asdict(error) for error in errors]},
        )
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import recorded: rows read, elements that are new, elements disabled as the file says."""

    kind: str
    rows: int
    new: int
    disabled: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a file as fields; `row` is its number there."""

    row: int
    fields: Mapping[str, Any]


def import_file(conn: Connection, path: Path, kind: str, *, by: str, on: date) -> Imported:
    """Record the elements of a .csv or .xlsx file; the same file again changes nothing.

    Headings are national element names (or their Chinese). Rows with is_enabled 2 are recorded and
    disabled, with the day and reason they give; other rows do not enable what is disabled. Raises
    ImportRefused naming every row that is wrong, BadElement where the file is no such table.
    """
    of = lifecycle.kind_named(kind)
    lines = _read(path, of)
    items, rows = _items(of, lines)
    with conn.transaction():
        is_new, problems = define(conn, of, items, by=by, on=on)
        if problems:
            errors = [
                RowError(rows[p.position][p.part], _column_name(of, p.column), p.words) for p in problems
            ]
            raise ImportRefused(path, sorted(errors, key=lambda error: error.row))
        disabled = _disable(conn, of, lines, by)
    return Imported(kind, len(lines), sum(is_new), disabled)


def export_file(conn: Connection, path: Path, kind: str, fiscal_year: int, mof_div_code: str = "") -> int:
    """Write a year's elements, disabled ones too, to a .csv or .xlsx file; returns how many rows.

    `mof_div_code` '' is every region. What is written can be imported again.
    """
    of = lifecycle.kind_named(kind)
    shown = _columns(of)
    found = table.records(conn, of, fiscal_year, mof_div_code=mof_div_code, codes=None, enabled_only=False)
    fields = _payee_rows(conn, found, fiscal_year) if of is PAYEES else map(_fields, found)
    rows = ([cols.cell_of(column, each.get(column.field)) for column in shown] for each in fields)
    return sheets.write_rows(path, [column.name for column in shown], rows)


def _columns(kind: Kind) -> tuple[Column, ...]:
    if kind.name not in COLUMNS:
        raise bad_call(f"{kind.label}不单独成文件", "收款账户随收款人（payees）导入导出")
    return COLUMNS[kind.name]


def _column_name(kind: Kind, field: str) -> str:
    return next((c.name for c in _columns(kind) if field in (c.field, c.name)), field)


# ---- reading


def _read(path: Path, kind: Kind) -> list[_Line]:
    rows = sheets.read_rows(path)
    places = _heading_places(path, kind, next(rows, []))
    lines, errors = [], []
    for number, row in enumerate(rows, 2):
        if any(row):
            fields, wrong = _fields_of(number, row, places)
            lines.append(_Line(number, fields))
            errors += wrong
    if errors:
        raise ImportRefused(path, errors)
    if not lines:
        raise bad_call(f"{path.name} 没有数据行", "请在表头之下逐行填写要素")
    return lines


def _heading_places(path: Path, kind: Kind, headings: Sequence[str]) -> list[tuple[Column, int]]:
    """The known columns and where they stand."""
    known = cols.by_heading(_columns(kind))
    places = [(known[text], place) for place, text in enumerate(headings) if text in known]
    names = [column.name for column, _ in places]
    missing = [c.name for c in _columns(kind) if c.is_required and c.name not in names]
    unknown = [text for text in headings if text and text not in known]
    if missing or unknown or len(names) != len(set(names)):
        faults = [*(f"缺少 {name}" for name in missing), *(f"不认识 {text}" for text in unknown)]
        raise BadElement(
            f"{path.name} 的表头不对：{'、'.join(faults) or '有重复的列'}",
            rule="表头用国家要素名",
            hint=f"可用的列：{'、'.join(c.name for c in _columns(kind))}",
        )
    return places


def _fields_of(
    number: int, row: Sequence[str], places: Sequence[tuple[Column, int]]
) -> tuple[dict[str, Any], list[RowError]]:
    fields, errors = {}, []
    for column, place in places:
        text = row[place] if place < len(row) else ""
        try:
            if text == sheets.LOST_DIGITS:
                raise BadCell(f"{column.heading}以数字存放，超过 15 位的末位已丢失，请把该列改为文本再填")
            fields[column.field] = cols.value_of(column, text)
        except BadCell as error:
            errors.append(RowError(number, column.name, str(error)))
    for prefix in ("", "acct_"):
        said = (fields.get(f"{prefix}disabled_on"), fields.get(f"{prefix}disable_reason"))
        if fields.get(f"{prefix}is_enabled") is False and not all(said):
            errors.append(RowError(number, f"{prefix}is_enabled", "停用须有停用日期和停用原因"))
    return fields, errors


def _items(kind: Kind, lines: Sequence[_Line]) -> tuple[list[Any], list[list[int]]]:
    """Items, and for each the rows it (and each of its accounts) came from."""
    if kind is PAYEES:
        return _payees(lines)
    names = kind.columns
    made = [kind.item(**{f: v for f, v in line.fields.items() if f in names}) for line in lines]
    return made, [[line.row] for line in lines]


def _payees(lines: Sequence[_Line]) -> tuple[list[Any], list[list[int]]]:
    """One payee of all the rows that name it alike, with their accounts."""
    grouped: dict[tuple[Any, ...], list[_Line]] = {}
    for line in lines:
        named = tuple(line.fields[field] for field in ("payee_code", "name", "kind", "fiscal_year"))
        grouped.setdefault(named, []).append(line)
    held = [[line for line in group if line.fields.get("acct_no")] for group in grouped.values()]
    items = [
        Payee(code, name, kind, tuple(map(_account, having)), year)
        for (code, name, kind, year), having in zip(grouped, held, strict=True)
    ]
    named_in = zip(held, grouped.values(), strict=True)
    return items, [[line.row for line in having or group] for having, group in named_in]


def _account(line: _Line) -> PayeeAccount:
    fields = line.fields
    return PayeeAccount(fields["acct_no"], fields.get("bank_no", ""), fields.get("acct_name", ""))


def _disable(conn: Connection, kind: Kind, lines: Sequence[_Line], by: str) -> int:
    """Disable what the rows say is disabled, one call for each day and reason; returns how many now."""
    said: dict[tuple[str, date, str], dict[Key, None]] = {}
    for line in lines:
        fields = line.fields
        if fields.get("is_enabled") is False:
            key = Key(fields["fiscal_year"], _code(kind, fields), fields.get("mof_div_code", ""))
            because = (kind.name, fields["disabled_on"], fields["disable_reason"])
            said.setdefault(because, {})[key] = None
        if fields.get("acct_is_enabled") is False and fields.get("acct_no"):
            because = (PAYEE_ACCOUNTS.name, fields["acct_disabled_on"], fields["acct_disable_reason"])
            said.setdefault(because, {})[Key(fields["fiscal_year"], fields["acct_no"])] = None
    return sum(
        sum(lifecycle.disable(conn, name, list(keys), by=by, on=day, reason=reason))
        for (name, day, reason), keys in said.items()
    )


def _code(kind: Kind, fields: Mapping[str, Any]) -> str:
    return str(fields[kind.code])


# ---- writing


def _fields(record: Record) -> dict[str, Any]:
    return {
        **asdict(record.item),
        "is_enabled": record.is_enabled,
        "disabled_on": record.disabled_on,
        "disable_reason": record.disable_reason,
    }


def _payee_rows(conn: Connection, payees: Sequence[Record], fiscal_year: int) -> Iterator[dict[str, Any]]:
    """A row for each account; a payee that has none has a row of its own."""
    accounts: dict[str, list[Record]] = defaultdict(list)
    for held in table.records(
        conn, PAYEE_ACCOUNTS, fiscal_year, mof_div_code="", codes=None, enabled_only=False
    ):
        accounts[cast("AccountOfPayee", held.item).payee_code].append(held)
    for payee in payees:
        fields = {**_fields(payee), "acct_is_enabled": True}
        own = accounts[cast("Payee", payee.item).payee_code]
        yield from ({**fields, **_account_fields(held), "acct_name": fields["name"]} for held in own)
        if not own:
            yield fields


def _account_fields(held: Record) -> dict[str, Any]:
    account = cast("AccountOfPayee", held.item)
    return {
        "acct_no": account.acct_no,
        "bank_no": account.bank_no,
        "acct_is_enabled": held.is_enabled,
        "acct_disabled_on": held.disabled_on,
        "acct_disable_reason": held.disable_reason,
    }
