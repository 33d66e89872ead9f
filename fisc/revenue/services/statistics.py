"""Statistics published by others, entered with their paper; the region's place among its peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from fisc.documents import NotFound, RuleBroken, advance, make, select, taken
from fisc.documents.editions import current, fresh
from fisc.documents.store import By
from fisc.kernel import Document, record_documents
from fisc.kernel.money import MAX_FEN
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, regions
from fisc.registry.areas import peers
from fisc.registry.tables import read_table
from fisc.revenue.kinds import STATISTIC
from fisc.revenue.services.common import Conn, Source, require_sources
from fisc.sheets import columns

if TYPE_CHECKING:
    from fisc.revenue.models import Statistic

#: Words for powers of ten before a unit: 万头只, 亿斤, 亿元.
_SCALES = {"": Decimal(1), "百": Decimal(100), "千": Decimal(1000), "万": Decimal(10_000),
           "百万": Decimal(10) ** 6, "千万": Decimal(10) ** 7, "亿": Decimal(10) ** 8,
           "万亿": Decimal(10) ** 12}  # fmt: skip
_FEN = 100


@dataclass(frozen=True, slots=True)
class StatisticEntry:
    """One published figure: item and unit as in `statistic_items.csv`, `value` and `unit` as printed.

    `of` tells parts of an item apart (a month: 2019-03; of a total of the year the month it runs to, nothing
    for the whole year); a higher `revision` replaces the lower.
    """

    item: str
    mof_div_code: str
    fiscal_year: int
    value: str
    unit: str
    published_on: date
    source: Source
    of: str = ""
    revision: int = 1

    @property
    def key(self) -> str:
        """The natural key: what, whose, when, which revision."""
        named = [self.item, self.mof_div_code, str(self.fiscal_year), self.of]
        return "-".join([part for part in named if part]) + f"/{self.revision}"


@dataclass(frozen=True, slots=True)
class Published:
    """A confirmed figure in the item's own unit (fen for money), as it was printed, and its paper."""

    value: Decimal
    printed: str
    source_name: str
    source_no: str
    source_sha256: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A region's place among its peers in a year: 1 is the greatest. `values` are peer -> value.

    Growth of a peer whose base is zero or below, or missing, has no place: it is in `missing`.
    """

    measure: str
    place: int | None
    values: Mapping[str, Decimal]
    missing: tuple[str, ...]


def record_statistics(conn: Conn, entries: Sequence[StatisticEntry], *, by: By, on: date) -> dict[str, bool]:
    """Record published figures, in order: key -> whether it is new. They count once another confirms them.

    Raises RuleBroken without a paper, for items, units or parts not known or values that are no number;
    UnknownRegion for divisions that there are not; DuplicateConflict.
    """
    require_sources((e.key, e.source) for e in entries)
    _require_regions(entries)
    for entry in entries:
        require_part(entry)
    rows = [
        {"doc_key": e.key, "mof_div_code": e.mof_div_code, "fiscal_year": e.fiscal_year, "item": e.item,
         "of": e.of, "value": str(base_value(e.item, e.value, e.unit)), "printed": f"{e.value}{e.unit}",
         "revision": e.revision, **e.source.columns()}
        for e in entries
    ]  # fmt: skip
    rows = fresh(conn, STATISTIC, rows)
    is_new = make(conn, STATISTIC, rows, by=by, on=on)
    return {str(row["doc_key"]): one for row, one in zip(rows, is_new, strict=True)}


def confirm_statistics(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Let recorded figures count: they become documents of the ledger that figures open to.

    True where now. Raises NotFound, WrongState, FourEyes; then none counts.
    """

    def work() -> list[bool]:
        numbers = current(conn, STATISTIC, doc_keys)
        moved = advance(conn, STATISTIC, numbers, "confirm", by=by, on=on)
        ordered = sorted(moved, key=lambda statistic: statistic.revision)
        record_documents(conn, [_statistic_paper(statistic, on) for statistic in ordered])
        return taken(numbers, moved)

    return in_transaction(conn, work)


def published(conn: Conn, item: str, years: Sequence[int]) -> dict[tuple[str, int, str], Published]:
    """Confirmed figures of an item by (division, year, part) with their papers, the latest revisions."""
    where: Final = (
        "where item = %s and fiscal_year = any(%s) and state = 'confirmed' "
        "order by mof_div_code, fiscal_year, of, revision"
    )
    return {  # of several revisions the last one stays
        (s.mof_div_code, s.fiscal_year, s.of): Published(
            s.value, s.printed, s.source_name, s.source_no, s.source_sha256
        )
        for s in select(conn, STATISTIC, where, [item, list(years)])
    }


def statistics(conn: Conn, item: str, years: Sequence[int]) -> dict[tuple[str, int, str], Decimal]:
    """Confirmed values of an item by (division, year, part), the latest revision of each."""
    return {key: found.value for key, found in published(conn, item, years).items()}


def standings(conn: Conn, item: str, mof_div_code: str, fiscal_year: int) -> list[Standing]:
    """The place of a league or city among its region's by total, increment and growth of an item.

    A place is only given when every peer's figure is there; `missing` names those that are not.
    """
    found = statistics(conn, item, (fiscal_year, fiscal_year - 1))
    names = ranked_with(mof_div_code)
    now = {p: found[p, fiscal_year, ""] for p in names if (p, fiscal_year, "") in found}
    before = {p: found[p, fiscal_year - 1, ""] for p in names if (p, fiscal_year - 1, "") in found}
    increment = {p: now[p] - before[p] for p in now if p in before}
    growth = {p: increment[p] / before[p] for p in increment if before[p] > 0}
    measures = (("总量", now), ("增量", increment), ("增速", growth))
    return [_standing(name, values, names, mof_div_code) for name, values in measures]


def ranked_with(mof_div_code: str) -> tuple[str, ...]:
    """The leagues and cities of the same province, the given one among them. Raises NotFound for others."""
    same = peers(mof_div_code)
    if mof_div_code not in same:
        raise NotFound(
            f"{mof_div_code} 不是盟市本级，没有可比的同级地区",
            rule="位次按全省（区）盟市排列",
            hint="请用盟市本级的九位代码（末五位 00000）",
            details={"keys": [mof_div_code]},
        )
    return same


def require_part(entry: StatisticEntry) -> None:
    """Raises RuleBroken for a part that the item does not have: a month of its year, a revenue code."""
    row = _items().get(entry.item, {})
    kind, year = row.get("part", ""), entry.fiscal_year
    is_month = any(entry.of == f"{year}-{month:02d}" for month in range(1, 13))
    is_month |= kind == "through" and not entry.of
    is_code = not entry.of or classifications.lookup("rev_func", entry.of, year) is not None
    if (kind in ("month", "through") and not is_month) or (kind == "rev_func" and not is_code):
        raise RuleBroken(
            f"{row['name']}（{year} 年）的细目“{entry.of}”不成立",
            rule="月份写作 年-月，与年度一致；全年数细目为空，年内累计数写截至的月份；任务的细目为收入分类",
            hint="请用当年的收入分类代码，或留空" if kind == "rev_func" else f"例如 {year}-03",
        )


def base_value(item: str, value: str, unit: str) -> Decimal:
    """A printed value in the item's own unit (fen for money). Raises RuleBroken for other units."""
    row = _items().get(item)
    if row is None:
        raise RuleBroken(
            f"没有登记统计指标 {item}", rule="统计指标先登记后使用", hint="可用：" + "、".join(_items())
        )
    scale = _SCALES.get(unit.removesuffix(row["unit"])) if unit.endswith(row["unit"]) else None
    try:
        number = columns.decimal(value, row["name"])
    except columns.BadCell:
        number = None
    found = (
        None if scale is None or number is None else number * scale * (_FEN if row["kind"] == "money" else 1)
    )
    if found is None or abs(found) > MAX_FEN:
        scales = "、".join(word for word in _SCALES if word)
        raise RuleBroken(
            f"{row['name']}“{value}{unit}”不是以{row['unit']}计的数",
            rule=f"{row['name']}的单位为{row['unit']}，可加{scales}；数字照印出的写，不用科学计数",
            hint=f"例如 1.5 万{row['unit']}",
        )
    if found < 0 and row["may_be_negative"] != "yes":
        raise RuleBroken(
            f"{row['name']}不能是负数：{value}{unit}", rule=f"{row['name']}不小于零",
            hint="请核对来源文件上的数；增减数不在此登记",
        )  # fmt: skip
    return found.normalize() + 0


def _standing(
    measure: str, values: Mapping[str, Decimal], names: Sequence[str], mof_div_code: str
) -> Standing:
    missing = tuple(p for p in names if p not in values)
    if missing:
        return Standing(measure, None, values, missing)
    place = 1 + sum(1 for value in values.values() if value > values[mof_div_code])
    return Standing(measure, place, values, ())


def _require_regions(entries: Sequence[StatisticEntry]) -> None:
    for code in sorted({entry.mof_div_code for entry in entries}):
        regions.require(code)


@dataclass(frozen=True, slots=True)
class Content:
    """What a recorded figure says: its printed value and its paper."""

    printed: str
    source: Source

    @property
    def words(self) -> str:
        """In one phrase."""
        return f"{self.printed}（{self.source.name} {self.source.number}".rstrip() + "）"


def content(entry: StatisticEntry) -> Content:
    """What an entry says, to be compared with what is recorded under its key."""
    return Content(f"{entry.value}{entry.unit}", entry.source)


def recorded(conn: Conn, keys: Sequence[str]) -> dict[str, Content]:
    """What is recorded under these keys, confirmed or not."""
    rows = conn.execute(
        "select doc_key, printed, source_name, source_no, source_sha256 from revenue_statistic "
        "where doc_key = any(%s)",
        [list(keys)],
    ).fetchall()
    return {key: Content(printed, Source(*source)) for key, printed, *source in rows}


def item_codes() -> tuple[str, ...]:
    """The items that statistics may be entered for."""
    return tuple(_items())


def item_named(text: str) -> str | None:
    """The item of a code or a Chinese name, or None."""
    return next((code for code, row in _items().items() if text in (code, row["name"])), None)


def division_named(text: str) -> str | None:
    """The division of a code or name that statistics may be entered for, or None."""
    is_code = text.isascii() and text.isdigit() and len(text) in (6, 9)
    known = regions.lookup(text) if is_code else regions.by_name(text)
    return known.mof_div_code if known else None


def item_names() -> dict[str, str]:
    """Code -> name of the items that statistics may be entered for."""
    return {code: row["name"] for code, row in _items().items()}


@cache
def _items() -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in read_table("statistic_items.csv")}


def _statistic_paper(statistic: Statistic, on: date) -> Document:
    """A confirmed figure as the ledger keeps it: what figures are read from and open to."""
    name, of = _items()[statistic.item]["name"], statistic.of
    payload = {"item": statistic.item, "of": of, "value": f"{statistic.value.normalize():f}",
               "printed": statistic.printed, "source_no": statistic.source_no}  # fmt: skip
    return Document(
        f"revenue_statistic:{statistic.doc_key}", "statistic", statistic.mof_div_code,
        statistic.fiscal_year, on, doc_no=statistic.doc_key, title=f"{name}{of and '（' + of + '）'}",
        source_name=statistic.source_name, source_sha256=statistic.source_sha256, payload=payload,
    )  # fmt: skip
