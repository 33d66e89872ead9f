"""Documents in files and as JSON: columns follow from the kind; `fisc.sheets` reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fisc.documents.detail import Detail
from fisc.documents.kind import KEY_COLUMNS, Kind, is_told
from fisc.documents.words import without_unit
from fisc.sheets import Column, Source, Table, read_table, write_table
from fisc.sheets.columns import Form

if TYPE_CHECKING:
    from django.db.models import Field


@cache
def file_columns(kind: Kind[Any], *, is_given: bool = False) -> tuple[Column, ...]:
    """The columns of a kind's files: its lists' columns; with `is_given` those that making takes."""
    fields = {str(f.column): f for f in kind.model._meta.concrete_fields}
    wanted = ("doc_key", "mof_div_code", "fiscal_year", *kind.content) if is_given else kind.columns
    return tuple(_column(kind, name, fields[name], is_given) for name in wanted if is_told(name))


def _column(kind: Kind[Any], name: str, field: Field[Any, Any], is_given: bool) -> Column:
    label = without_unit(str(field.verbose_name))
    required = is_given and not field.blank and not field.null
    called = kind.number if name == "doc_key" else name
    return Column(called, label, _form(name, field), required, field=name, longest=_longest(field))


def _longest(field: Field[Any, Any]) -> int:
    return field.max_length or 0 if field.get_internal_type() == "CharField" else 0


def _form(name: str, field: Field[Any, Any]) -> Form:
    by_type: dict[str, Form] = {
        "DateField": "date", "BooleanField": "truth", "DecimalField": "decimal", "ArrayField": "codes",
        "IntegerField": "integer", "SmallIntegerField": "integer", "BigIntegerField": "integer",
    }  # fmt: skip
    if name.endswith("_fen"):
        return "amount_fen"
    if name.endswith("_bp"):
        return "rate_bp"
    if name in ("fiscal_year", "first_year", "last_year"):
        return "year"
    if name in ("doc_key", *KEY_COLUMNS) or name.endswith(("_code", "_no", "_id", "_key")):
        return "code"
    return by_type.get(field.get_internal_type(), "text")


def write_documents(
    path: Path, kind: Kind[Any], documents: Iterable[Any], *, in_chinese: bool = False, notice: str = ""
) -> int:
    """Write documents to .xlsx or .csv under the names of their elements; returns how many.

    `notice` is what their ledger has to say on each page (`kernel.simulation.notice_of`). Raises FileRefused
    for another type of file.
    """
    rows = (_shown(kind, document) for document in documents)
    return write_table(path, file_columns(kind), rows, sheet=kind.name, in_chinese=in_chinese, notice=notice)


def _shown(kind: Kind[Any], document: Any) -> dict[str, Any]:
    return {column: getattr(document, column) for column in kind.columns} | {
        "state": kind.states.get(document.state, document.state)
    }


def read_documents(given: str | Path | bytes | Source, kind: Kind[Any]) -> Table:
    """The documents of a file as `make` takes them (rows' `values`), and every fault with its place.

    Raises FileRefused for a file that is no good.
    """
    return read_table(given, file_columns(kind, is_given=True))


def as_json(kind: Kind[Any], document: Any) -> dict[str, Any]:
    """A document under the names of its elements: amounts in fen, dates as YYYY-MM-DD."""
    found = {name: plain(getattr(document, name)) for name in kind.columns if name != "doc_key"}
    return {kind.number: document.doc_key, **found}


def detail_as_json(found: Detail[Any]) -> dict[str, Any]:
    """A document whole, with its lines, steps, entries and related documents."""
    return {
        "kind": found.kind.prefix,
        "document": as_json(found.kind, found.document),
        "lines": [_line(vars(line)) for line in found.lines],
        "trail": [_line(step._asdict()) for step in found.trail],
        "entries": [
            {"voucher_no": entry_id, "natural_key": e.natural_key, "business_date": str(e.business_date),
             "period": e.period, "rule_code": e.rule_code, "summary": e.summary,
             "lines": [
                 {"side": ln.side, "account": ln.account, "amount_fen": ln.amount_fen} for ln in e.lines
             ]}
            for entry_id, e in found.entries.items()
        ],
        "up": [related._asdict() for related in found.up],
        "down": [related._asdict() for related in found.down],
    }  # fmt: skip


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items() if is_told(name)}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
