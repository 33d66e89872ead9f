"""The documents of a year's end: the next round, made and posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import psycopg

from fisc.closing.kinds import YEAR_END
from fisc.closing.papers import entry_keys
from fisc.documents import RuleBroken, advance, make, read, select, taken
from fisc.documents.refusals import refuse_each
from fisc.kernel import Entry, settle
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

Conn = psycopg.Connection[Any]
#: What a kind of year's end looks at.
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class YearEndResult:
    """What a year's end did in a region: whether this call posted, and its entries' natural keys."""

    mof_div_code: str
    fiscal_year: int
    is_new: bool
    entry_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearEndPaper:
    """A document of a year's end: its kind (`PAPER_NAMES`), its round, who drew it up and who signed it."""

    kind: str
    round: int
    made_by: str
    signed_by: str
    signed_on: date
    entry_count: int


@dataclass(frozen=True, slots=True)
class Ending(Generic[T]):
    """A kind of year's end: whether what stands leaves it anything to do, and what it posts of that.

    `require` raises where regions (of a year) may not take it; `look` is what stands, region by region.
    """

    kind: str
    is_due: Callable[[Sequence[T]], bool]
    entries_of: Callable[[YearEnd, Sequence[T]], Sequence[Entry]]
    require: Callable[[Conn, Sequence[str], int], None]
    look: Callable[[Conn, Sequence[str], int], Mapping[str, Sequence[T]]]


class _Due(Protocol):
    """Something that stands at a year's end."""

    @property
    def is_due(self) -> bool:
        """Whether the year's end has anything to do with it."""
        ...


def any_is_due(standing: Sequence[_Due]) -> bool:
    """Whether the year's end has anything to do with what stands."""
    return any(one.is_due for one in standing)


def draft(
    conn: Conn, ending: Ending[Any], regions: Sequence[str], fiscal_year: int, *, by: str, on: date
) -> dict[str, bool]:
    """Draft the next round where a region's balances leave it anything to do: number -> whether it is new.

    A round that stands drafted is that round still. Raises what `ending.require` does, MissingDuty.
    """

    def work() -> dict[str, bool]:
        standing = _standing(conn, ending, regions, fiscal_year)
        due = [region for region in dict.fromkeys(regions) if ending.is_due(standing[region])]
        rows = [_row(conn, region, fiscal_year, ending.kind) for region in due]
        is_new = make(conn, YEAR_END, rows, by=by, on=on)
        return {str(row["doc_key"]): one for row, one in zip(rows, is_new, strict=True)}

    return in_transaction(conn, work)


def sign(
    conn: Conn, endings: Mapping[str, Ending[Any]], doc_keys: Sequence[str], *, by: str, on: date
) -> list[bool]:
    """Put drafted rounds in force and post what balances leave them to do now: True where posted now.

    Raises NotFound, WrongState, FourEyes, MissingDuty, RuleBroken where nothing is left to do, and what the
    ending's `require` and `entries_of` raise; then none is posted.
    """

    def work() -> list[bool]:
        documents = read(conn, YEAR_END, doc_keys)
        entries = _entries(conn, endings, [one for one in documents if one.state == YEAR_END.flow.initial])
        keys = [
            _keys(entries[one.doc_key]) if one.doc_key in entries else one.entry_keys for one in documents
        ]
        moved = advance(
            conn, YEAR_END, doc_keys, "post", by=by, on=on,
            changes={"entry_keys": keys}, posts=lambda one: entries[one.doc_key],
        )  # fmt: skip
        return taken(doc_keys, moved)

    return in_transaction(conn, work)


def end_each(
    conn: Conn,
    ending: Ending[Any],
    regions: Sequence[str],
    fiscal_year: int,
    *,
    by: str,
    signed_by: str,
    on: date,
) -> list[YearEndResult]:
    """Draft and sign a kind of year's end in each region, in one transaction: all or none."""

    def work() -> list[YearEndResult]:
        drafted = draft(conn, ending, regions, fiscal_year, by=by, on=on)
        sign(conn, {ending.kind: ending}, list(drafted), by=signed_by, on=on)
        posted = {one.mof_div_code: tuple(one.entry_keys) for one in read(conn, YEAR_END, list(drafted))}
        return [_result(conn, region, fiscal_year, ending.kind, posted) for region in regions]

    return in_transaction(conn, work)


def _result(
    conn: Conn, region: str, fiscal_year: int, kind: str, posted: Mapping[str, tuple[str, ...]]
) -> YearEndResult:
    if region in posted:
        return YearEndResult(region, fiscal_year, True, posted[region])
    return YearEndResult(region, fiscal_year, False, entry_keys(conn, region, fiscal_year, kind))


def _standing(
    conn: Conn, ending: Ending[T], regions: Sequence[str], fiscal_year: int
) -> Mapping[str, Sequence[T]]:
    """What stands in regions' years, which nothing changes until the transaction ends."""
    for region in sorted(set(regions)):
        settle(conn, region)  # nothing slips in between reading and booking
    ending.require(conn, regions, fiscal_year)
    return ending.look(conn, regions, fiscal_year)


def _row(conn: Conn, region: str, fiscal_year: int, kind: str) -> dict[str, object]:
    """The round that stands drafted, or the next one."""
    where: Final = "where mof_div_code = %s and fiscal_year = %s and kind = %s order by round"
    before = select(conn, YEAR_END, where, [region, fiscal_year, kind])
    drafted = [one.round for one in before if one.state == YEAR_END.flow.initial]
    number = drafted[0] if drafted else len(before) + 1
    return {
        "doc_key": f"{region}-{fiscal_year}-{kind}-{number}", "mof_div_code": region,
        "fiscal_year": fiscal_year, "kind": kind, "round": number, "entry_keys": [],
    }  # fmt: skip


def _entries(
    conn: Conn, endings: Mapping[str, Ending[Any]], drafted: Sequence[YearEnd]
) -> dict[str, Sequence[Entry]]:
    """What each drafted round posts, by its number."""
    together: dict[tuple[str, int], list[YearEnd]] = defaultdict(list)
    for one in drafted:
        together[one.kind, one.fiscal_year].append(one)
    found: dict[str, Sequence[Entry]] = {}
    for (kind, year), documents in together.items():
        ending = endings[kind]
        standing = _standing(conn, ending, [one.mof_div_code for one in documents], year)
        refuse_each(_nothing_left(one) for one in documents if not ending.is_due(standing[one.mof_div_code]))
        found |= {one.doc_key: ending.entries_of(one, standing[one.mof_div_code]) for one in documents}
    return found


def _keys(entries: Sequence[Entry]) -> list[str]:
    return [entry.natural_key for entry in entries]


def _nothing_left(document: YearEnd) -> RuleBroken:
    return RuleBroken(
        f"年终结账单 {document.doc_key}：已没有可办理的余额",
        rule="年终结账按审核时的余额办理（财库〔2015〕192号）",
        hint="请作废这份年终结账单",
    )
