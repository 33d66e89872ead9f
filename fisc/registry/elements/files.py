"""Import and export of elements: all rows of a file or none, every error named by its row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

import psycopg

from fisc.kernel.simulation import notice_of
from fisc.registry.elements import lifecycle, table
from fisc.registry.elements.accounts import records_by_payee
from fisc.registry.elements.columns import COLUMNS
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
from fisc.registry.elements.problems import bad_call
from fisc.sheets import Column, Fault, Row, RowsRefused, Table, read_table, write_table

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import recorded: rows read, elements that are new, elements disabled as the file says."""

    kind: str
    rows: int
    new: int
    disabled: int
    notes: tuple[str, ...] = ()
    """What in the file was not read."""


def import_file(
    conn: Connection, path: Path, kind: str, *, by: str, on: date, with_hidden: bool = False
) -> Imported:
    """Record the elements of a .csv or .xlsx file; the same file again changes nothing.

    Headings are national element names (or their Chinese). Rows with is_enabled 2 are recorded and
    disabled, with the day and reason they give; other rows do not enable what is disabled. Raises
    RowsRefused naming every row that is wrong, FileRefused where the file is no such table.
    """
    of = lifecycle.kind_named(kind)
    read = read_table(path, _columns(of), with_hidden=with_hidden, only_known=True)
    lines = read.rows
    read.require_clean([fault for line in lines for fault in _state_faults(read, line)])
    items, rows = _items(of, lines)
    with conn.transaction():
        is_new, problems = define(conn, of, items, by=by, on=on)
        if problems:
            faults = [
                read.fault(rows[p.position][p.part], _column_name(of, p.column), p.words) for p in problems
            ]
            raise RowsRefused(read, faults)
        disabled = _disable(conn, of, lines, by)
    return Imported(kind, len(lines), sum(is_new), disabled, tuple(read.remarks()))


def export_file(conn: Connection, path: Path, kind: str, fiscal_year: int, mof_div_code: str = "") -> int:
    """Write a year's elements, disabled ones too, to a .csv or .xlsx file; returns how many rows.

    `mof_div_code` '' is every region. What is written can be imported again, and says so where the ledger is
    a simulation's.
    """
    of = lifecycle.kind_named(kind)
    found = table.records(conn, of, fiscal_year, mof_div_code=mof_div_code, codes=None, enabled_only=False)
    fields = _payee_rows(conn, found, fiscal_year) if of is PAYEES else map(_fields, found)
    return write_table(path, _columns(of), fields, sheet="要素", notice=notice_of(conn))


def _columns(kind: Kind) -> tuple[Column, ...]:
    if kind.name not in COLUMNS:
        raise bad_call(f"{kind.label}不单独成文件", "收款账户随收款人（payees）导入导出")
    return COLUMNS[kind.name]


def _column_name(kind: Kind, field: str) -> str:
    return next((c.name for c in _columns(kind) if field in (c.key, c.name)), field)


# ---- reading


def _state_faults(read: Table, line: Row) -> Iterator[Fault]:
    """What is disabled says since when and why."""
    for prefix in ("", "acct_"):
        said = (line.values.get(f"{prefix}disabled_on"), line.values.get(f"{prefix}disable_reason"))
        if line.values.get(f"{prefix}is_enabled") is False and not all(said):
            yield read.fault(line.number, f"{prefix}is_enabled", "停用须有停用日期和停用原因", "请补填")


def _items(kind: Kind, lines: Sequence[Row]) -> tuple[list[Any], list[list[int]]]:
    """Items, and for each the rows it (and each of its accounts) came from."""
    if kind is PAYEES:
        return _payees(lines)
    names = kind.columns
    made = [kind.item(**{f: v for f, v in line.values.items() if f in names}) for line in lines]
    return made, [[line.number] for line in lines]


#: What the rows of one payee say alike.
_OF_PAYEE: Final = ("payee_code", "name", "kind", "fiscal_year", "credit_code")


def _payees(lines: Sequence[Row]) -> tuple[list[Any], list[list[int]]]:
    """One payee of all the rows that name it alike, with their accounts."""
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for line in lines:
        named = tuple(line.values.get(field, "") for field in _OF_PAYEE)
        grouped.setdefault(named, []).append(line)
    held = [[line for line in group if line.values.get("acct_no")] for group in grouped.values()]
    items = [
        Payee(code, name, kind, tuple(map(_account, having)), year, credit)
        for (code, name, kind, year, credit), having in zip(grouped, held, strict=True)
    ]
    named_in = zip(held, grouped.values(), strict=True)
    return items, [[line.number for line in having or group] for having, group in named_in]


def _account(line: Row) -> PayeeAccount:
    fields = line.values
    return PayeeAccount(fields["acct_no"], fields.get("bank_no", ""), fields.get("acct_name", ""))


def _disable(conn: Connection, kind: Kind, lines: Sequence[Row], by: str) -> int:
    """Disable what the rows say is disabled, one call for each day and reason; returns how many now."""
    said: dict[tuple[str, date, str], dict[Key, None]] = {}
    for line in lines:
        fields = line.values
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
    accounts = records_by_payee(conn, fiscal_year)
    for payee in payees:
        fields = {**_fields(payee), "acct_is_enabled": True}
        own = accounts.get(cast("Payee", payee.item).payee_code, [])
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
