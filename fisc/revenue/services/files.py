"""Statistics and rules of sharing from a file, with the paper they rest on: every row, or none.

A row that cannot be taken names itself (row 1 is the headings), its column and what is wrong; then the
whole file is refused. The same file again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from fisc.documents import RuleBroken
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, regions
from fisc.revenue.services.common import Conn, Source
from fisc.revenue.services.receipts import LevelPart, SharingOrder, record_sharing
from fisc.revenue.services.statistics import (
    StatisticEntry,
    base_value,
    content,
    division_named,
    item_codes,
    item_named,
    record_statistics,
    recorded,
    require_part,
)
from fisc.revenue.sharing import LEVELS, OWN, require_whole
from fisc.sheets import Column, Fault, Table, read_table
from fisc.sheets.columns import percent_words
from fisc.sheets.formats import plain

Fields = Mapping[str, Any]
T = TypeVar("T")
_STATISTIC: Final = (
    Column("item", "指标", is_required=True),
    Column("mof_div_code", "区划", "code", is_required=True),
    Column("fiscal_year", "年度", "year", is_required=True),
    Column("of", "细目"),
    Column("value", "数值", "decimal", is_required=True),
    Column("unit", "单位", is_required=True),
    Column("revision", "版次", "integer"),
)
_SHARING: Final = (
    Column("jurisdiction", "适用区划", "code", is_required=True),
    Column("rev_func_code", "收入分类", "code", is_required=True, also=("收入科目",)),
    Column("valid_from", "起始日期", "date", is_required=True),
    Column("level", "级次", is_required=True),
    Column("share_bp", "比例", "rate_bp", is_required=True, also=("percent",)),
)
_LEVEL_NAMES = {
    "中央": "centre", "自治区": "region", "省": "region", "市": "city", "州": "city", "旗县": "county",
    "县区": "county", "征收级": OWN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileTaken:
    """What a file brought: rows read, documents in it (number -> whether it is new), the paper."""

    rows: int
    documents: dict[str, bool]
    source: Source
    notes: tuple[str, ...] = ()
    """What in the file was not read."""


class _Wrong(Exception):
    """A cell that cannot be read: column and problem."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column, self.problem = column, problem


def paper_of(name: str, number: str = "", file: Path | None = None) -> Source:
    """The paper that figures rest on, with the digest of its file. Raises OSError for no such file."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file else ""
    return Source(name.strip(), number.strip(), digest)


def import_statistics(
    conn: Conn, path: Path, source: Source, *, by: str, on: date, with_hidden: bool = False
) -> FileTaken:
    """Record the published figures of a .csv or .xlsx file, all or none; another confirms them.

    Headings: 指标、区划、年度、数值、单位, and 细目、版次 where needed. Raises RowsRefused naming every row
    that is wrong, FileRefused where the file is no such table.
    """
    table = read_table(path, _STATISTIC, with_hidden=with_hidden, only_known=True)

    def work() -> FileTaken:
        entries, faults = _each(table, _entry(source, on))
        table.require_clean([*faults, *_not_once(conn, table, entries)])
        given = list(dict.fromkeys(entry for _, entry in entries))
        documents = record_statistics(conn, given, by=by, on=on)
        return FileTaken(len(table.rows), documents, source, tuple(table.remarks()))

    return in_transaction(conn, work)


def import_sharing(
    conn: Conn, path: Path, source: Source, *, region: str, by: str, on: date,
    with_hidden: bool = False,
) -> FileTaken:  # fmt: skip
    """Record the rules of sharing of a file, all or none; `region` is whose they are, another confirms them.

    Headings: 适用区划、收入分类、起始日期、级次、比例 (per cent), one level a row. Raises as
    `import_statistics`.
    """
    table = read_table(path, _SHARING, with_hidden=with_hidden, only_known=True)

    def work() -> FileTaken:
        shares, faults = _each(table, _share)
        orders, more = _orders(table, shares, source)
        table.require_clean([*faults, *more])
        documents = record_sharing(conn, orders, region=region, by=by, on=on)
        return FileTaken(len(table.rows), documents, source, tuple(table.remarks()))

    return in_transaction(conn, work)


# ---- rows


def _each(table: Table, read: Callable[[Fields], T]) -> tuple[list[tuple[int, T]], list[Fault]]:
    """Each row as `read` reads it, and what is wrong with the others."""
    found, faults = [], []
    for number, fields in table.rows:
        try:
            found.append((number, read(fields)))
        except _Wrong as wrong:
            faults.append(table.fault(number, wrong.column, str(wrong)))
        except FiscError as refusal:
            faults.append(table.fault(number, "value", refusal.message, refusal.hint))
    return found, faults


def _entry(source: Source, on: date) -> Callable[[Fields], StatisticEntry]:
    def read(fields: Fields) -> StatisticEntry:
        item = item_named(fields["item"])
        if item is None:
            raise _Wrong("item", f"没有登记统计指标“{fields['item']}”；可用 {'、'.join(item_codes())}")
        entry = StatisticEntry(
            item, _division(fields["mof_div_code"]), fields["fiscal_year"], plain(fields["value"]),
            fields["unit"], on, source, fields.get("of", ""), _revision(fields.get("revision")),
        )  # fmt: skip
        base_value(entry.item, entry.value, entry.unit)
        _with_part(entry)
        return entry

    return read


def _with_part(entry: StatisticEntry) -> None:
    try:
        require_part(entry)
    except RuleBroken as refusal:
        raise _Wrong("of", f"{refusal.message}（{refusal.hint}）") from None


def _division(text: str) -> str:
    found = division_named(text)
    if found is None:
        raise _Wrong("mof_div_code", f"“{text}”既不是本地区的区划，也不是同级盟市")
    return found


def _revision(given: int | None) -> int:
    revision = 1 if given is None else given
    if revision < 1:
        raise _Wrong("revision", f"“{revision}”不是正整数")
    return revision


def _not_once(conn: Conn, table: Table, entries: Sequence[tuple[int, StatisticEntry]]) -> Iterator[Fault]:
    """No key twice with other content, in the file or beside what is registered: that is a new revision."""
    before = recorded(conn, [entry.key for _, entry in entries])
    seen: dict[str, StatisticEntry] = {}
    for row, entry in entries:
        told = before.get(entry.key)
        if told is not None and told != content(entry):
            yield table.fault(row, "value", f"已登记为 {told.words}；更正请用更高的版次")
        elif seen.setdefault(entry.key, entry) != entry:
            yield table.fault(row, "value", "同一指标、区划、年度在文件中有两个数")


# ---- sharing


@dataclass(frozen=True, slots=True)
class _Share:
    jurisdiction: str
    rev_func_code: str
    valid_from: date
    level: str
    share_bp: int


def _share(fields: Fields) -> _Share:
    level = _LEVEL_NAMES.get(fields["level"], fields["level"])
    if level not in (*LEVELS, OWN):
        raise _Wrong("level", f"“{fields['level']}”不是 {'、'.join(_LEVEL_NAMES)} 之一")
    return _Share(
        _jurisdiction(fields["jurisdiction"]), _code(fields["rev_func_code"]), fields["valid_from"],
        level, _positive(fields["share_bp"]),
    )  # fmt: skip


def _jurisdiction(text: str) -> str:
    known = regions.by_name(text)
    digits = known.mof_div_code[:6] if known else text
    if not digits.isdigit() or not regions.is_jurisdiction(digits):
        raise _Wrong("jurisdiction", f"没有以“{text}”开头的区划")
    return digits


def _code(text: str) -> str:
    if not classifications.years_of("rev_func", text):
        raise _Wrong("rev_func_code", f"没有收入科目“{text}”")
    return text


def _positive(share_bp: int) -> int:
    if share_bp <= 0:
        raise _Wrong("share_bp", f"“{percent_words(share_bp)}”不是正数")
    return share_bp


def _orders(
    table: Table, shares: Sequence[tuple[int, _Share]], source: Source
) -> tuple[list[SharingOrder], list[Fault]]:
    """Rows of one jurisdiction, code and day are one rule; it must be a whole."""
    groups: dict[tuple[Any, ...], list[tuple[int, _Share]]] = {}
    for row, s in shares:
        groups.setdefault((s.jurisdiction, s.rev_func_code, s.valid_from), []).append((row, s))
    found, faults = [], []
    for (jurisdiction, code, first), members in groups.items():
        try:
            whole = require_whole((s.level, s.share_bp) for _, s in members)
            found.append(
                SharingOrder(jurisdiction, code, first, tuple(LevelPart(*part) for part in whole), source)
            )
        except RuleBroken as refusal:
            faults += [table.fault(row, "share_bp", refusal.message) for row, _ in members]
    return found, faults
