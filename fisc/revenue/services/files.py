"""Statistics and rules of sharing from a file, with the paper they rest on: every row, or none.

A row that cannot be taken names itself (row 1 is the headings), its column and what is wrong; then the
whole file is refused. The same file again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from fisc.documents import RuleBroken
from fisc.documents.refusals import LISTED
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, regions
from fisc.registry.elements import sheets
from fisc.revenue.services.common import Conn, Source
from fisc.revenue.services.receipts import SharingOrder, confirm_sharing, record_sharing
from fisc.revenue.services.statistics import (
    StatisticEntry,
    base_value,
    confirm_statistics,
    content,
    division_named,
    item_codes,
    item_named,
    record_statistics,
    recorded,
    require_part,
)
from fisc.revenue.sharing import LEVELS, OWN, require_whole

Fields = Mapping[str, str]
T = TypeVar("T")
#: Heading -> field; a field may be written in Chinese or by its name.
_STATISTIC = {"指标": "item", "区划": "mof_div_code", "年度": "fiscal_year", "细目": "of", "数值": "value",
              "单位": "unit", "版次": "revision"}  # fmt: skip
_SHARING = {"适用区划": "jurisdiction", "收入科目": "rev_func_code", "起始日期": "valid_from",
            "级次": "level", "比例": "percent"}  # fmt: skip
_OPTIONAL = frozenset({"of", "revision"})
_LEVEL_NAMES = {"中央": "centre", "自治区": "region", "市": "city", "旗县": "county", "征收级": OWN}
_BP = 100


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a row of a file; rows count from 1, the headings being row 1."""

    row: int
    column: str
    problem: str


class RowsRefused(RuleBroken):
    """A file with faults: nothing of it was recorded. `faults` names every one."""

    def __init__(self, path: Path, faults: Sequence[RowFault]) -> None:
        named = [f"第 {f.row} 行 {f.column}：{f.problem}" for f in faults[:LISTED]]
        more = f"；等共 {len(faults)} 处" if len(faults) > LISTED else ""
        super().__init__(
            f"{path.name} 有 {len({f.row for f in faults})} 行不能导入，全部未登记：{'；'.join(named)}{more}",
            rule="外来数据整批成功或整批不入，逐行说明（会计法第十四条：原始凭证须真实、完整）",
            hint="请按行更正后重新导入",
            details={"refused": len(faults), "faults": [asdict(f) for f in faults]},
        )
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class FileTaken:
    """What a file brought: rows read, documents in it, how many are confirmed now, the paper."""

    rows: int
    documents: int
    confirmed: int
    source: Source


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
    conn: Conn, path: Path, source: Source, *, by: str, reviewed_by: str, on: date
) -> FileTaken:
    """Record and confirm the published figures of a .csv or .xlsx file, all or none.

    Headings: 指标、区划、年度、数值、单位, and 细目、版次 where needed. Raises RowsRefused naming every row
    that is wrong, BadElement where the file is no such table, FourEyes where both officers are one.
    """
    lines = _read(path, _STATISTIC)

    def work() -> FileTaken:
        entries, faults = _each(lines, _entry(source, on))
        _refuse(path, [*faults, *_not_once(conn, entries)])
        given = list(dict.fromkeys(entry for _, entry in entries))
        keys = record_statistics(conn, given, by=by, on=on)
        done = confirm_statistics(conn, keys, by=reviewed_by, on=on)
        return FileTaken(len(lines), len(keys), done, source)

    return in_transaction(conn, work)


def import_sharing(
    conn: Conn, path: Path, source: Source, *, region: str, by: str, reviewed_by: str, on: date
) -> FileTaken:
    """Record and bring into force the rules of sharing of a file, all or none; `region` is whose they are.

    Headings: 适用区划、收入科目、起始日期、级次、比例 (per cent), one level a row. Raises as
    `import_statistics`.
    """
    lines = _read(path, _SHARING)

    def work() -> FileTaken:
        shares, faults = _each(lines, _share)
        orders, more = _orders(shares, source)
        _refuse(path, [*faults, *more])
        keys = record_sharing(conn, orders, region=region, by=by, on=on)
        done = confirm_sharing(conn, keys, by=reviewed_by, on=on)
        return FileTaken(len(lines), len(keys), done, source)

    return in_transaction(conn, work)


# ---- rows


def _read(path: Path, headings: Mapping[str, str]) -> list[tuple[int, Fields]]:
    rows = list(sheets.read_rows(path))
    titles = [headings.get(text, text) for text in (rows[0] if rows else [])]
    fields = set(headings.values())
    missing = [name for name, field in headings.items() if field not in titles and field not in _OPTIONAL]
    unknown = [title for title in titles if title and title not in fields]
    if missing or unknown or len(set(titles)) < len(titles):
        told = [*(f"缺少 {name}" for name in missing), *(f"不认识 {title}" for title in unknown)]
        raise RuleBroken(
            f"{path.name} 的表头不对：{'、'.join(told) or '有重复的列'}",
            rule="导入文件的第一行是表头",
            hint=f"表头为 {'、'.join(headings)}",
        )
    found: list[tuple[int, Fields]] = [
        (number, dict(zip(titles, row, strict=False))) for number, row in enumerate(rows[1:], 2) if any(row)
    ]
    if not found:
        raise RuleBroken(f"{path.name} 没有数据行", rule="导入文件逐行填写", hint="请在表头之下填写")
    return found


def _each(
    lines: Sequence[tuple[int, Fields]], read: Callable[[Fields], T]
) -> tuple[list[tuple[int, T]], list[RowFault]]:
    """Each row as `read` reads it, and what is wrong with the others."""
    found, faults = [], []
    for number, fields in lines:
        try:
            found.append((number, read(fields)))
        except _Wrong as wrong:
            faults.append(RowFault(number, wrong.column, wrong.problem))
        except FiscError as refusal:
            faults.append(RowFault(number, "数值", f"{refusal.message}（{refusal.hint}）"))
    return found, faults


def _refuse(path: Path, faults: Sequence[RowFault]) -> None:
    if faults:
        raise RowsRefused(path, sorted(faults, key=lambda fault: fault.row))


def _entry(source: Source, on: date) -> Callable[[Fields], StatisticEntry]:
    def read(fields: Fields) -> StatisticEntry:
        item = item_named(fields["item"])
        if item is None:
            raise _Wrong("指标", f"没有登记统计指标“{fields['item']}”；可用 {'、'.join(item_codes())}")
        entry = StatisticEntry(
            item, _division(fields["mof_div_code"]), _year(fields["fiscal_year"]), fields["value"],
            fields["unit"], on, source, fields.get("of", ""), _whole("版次", fields.get("revision") or "1"),
        )  # fmt: skip
        base_value(entry.item, entry.value, entry.unit)
        _with_part(entry)
        return entry

    return read


def _with_part(entry: StatisticEntry) -> None:
    try:
        require_part(entry)
    except RuleBroken as refusal:
        raise _Wrong("细目", f"{refusal.message}（{refusal.hint}）") from None


def _division(text: str) -> str:
    found = division_named(text)
    if found is None:
        raise _Wrong("区划", f"“{text}”既不是本地区的区划，也不是同级盟市")
    return found


def _year(text: str) -> int:
    year = _whole("年度", text)
    if not 1990 <= year <= 2100:
        raise _Wrong("年度", f"“{text}”不是四位年度")
    return year


def _whole(column: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise _Wrong(column, f"“{text}”不是正整数")
    return int(text)


def _not_once(conn: Conn, entries: Sequence[tuple[int, StatisticEntry]]) -> Iterator[RowFault]:
    """No key twice with other content, in the file or beside what is registered: that is a new revision."""
    before = recorded(conn, [entry.key for _, entry in entries])
    seen: dict[str, StatisticEntry] = {}
    for row, entry in entries:
        told = before.get(entry.key)
        if told is not None and told != content(entry):
            yield RowFault(row, "数值", f"已登记为 {told.words}；更正请用更高的版次")
        elif seen.setdefault(entry.key, entry) != entry:
            yield RowFault(row, "数值", "同一指标、区划、年度在文件中有两个数")


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
        raise _Wrong("级次", f"“{fields['level']}”不是 {'、'.join(_LEVEL_NAMES)} 之一")
    return _Share(
        _jurisdiction(fields["jurisdiction"]), _code(fields["rev_func_code"]), _day(fields["valid_from"]),
        level, _basis_points(fields["percent"]),
    )  # fmt: skip


def _jurisdiction(text: str) -> str:
    known = regions.by_name(text)
    digits = known.mof_div_code[:6] if known else text
    if not digits.isdigit() or not any(r.mof_div_code.startswith(digits) for r in regions.regions()):
        raise _Wrong("适用区划", f"没有以“{text}”开头的区划")
    return digits


def _code(text: str) -> str:
    if not classifications.years_of("rev_func", text):
        raise _Wrong("收入科目", f"没有收入科目“{text}”")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Wrong("起始日期", f"“{text}”不是 2022-01-01 这样的日期") from None


def _basis_points(text: str) -> int:
    try:
        share = Decimal(text.removesuffix("%")) * _BP
    except InvalidOperation:
        raise _Wrong("比例", f"“{text}”不是百分数") from None
    if not share.is_finite() or share <= 0 or share != int(share):
        raise _Wrong("比例", f"“{text}”不是正的、最多两位小数的百分数")
    return int(share)


def _orders(
    shares: Sequence[tuple[int, _Share]], source: Source
) -> tuple[list[SharingOrder], list[RowFault]]:
    """Rows of one jurisdiction, code and day are one rule; it must be a whole."""
    groups: dict[tuple[Any, ...], list[tuple[int, _Share]]] = {}
    for row, s in shares:
        groups.setdefault((s.jurisdiction, s.rev_func_code, s.valid_from), []).append((row, s))
    found, faults = [], []
    for (jurisdiction, code, first), members in groups.items():
        try:
            whole = require_whole((s.level, s.share_bp) for _, s in members)
            found.append(SharingOrder(jurisdiction, code, first, whole, source))
        except RuleBroken as refusal:
            faults += [RowFault(row, "比例", refusal.message) for row, _ in members]
    return found, faults
