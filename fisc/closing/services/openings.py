"""First books begin with balances (年初余额): entered by one officer, posted by another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.closing.balances import balances_of, books_of
from fisc.closing.kinds import OPENING, OPENING_LINES
from fisc.closing.rules.opening import OpeningLine, as_meant, faults, opening_entries
from fisc.closing.tables import CONVERSION_YEAR
from fisc.documents import RuleBroken, advance, lines_of, make, taken, write_lines
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.fitting import refuse as refuse_misfits
from fisc.documents.lines import digest
from fisc.documents.refusals import lines_at, listed
from fisc.documents.store import By
from fisc.documents.voucher import document_key
from fisc.kernel import post
from fisc.kernel.posting import in_transaction
from fisc.registry import elements
from fisc.registry import regions as divisions
from fisc.registry.fit_types import State
from fisc.registry.fitting import Misfit, income_misfit

if TYPE_CHECKING:
    from fisc.closing import models

Conn = psycopg.Connection[Any]
_RULE: Final = "年初余额按上年决算分科目登记，借贷相等，预算会计与财务会计相符（财库〔2022〕41号）"
#: Of years before the two books.
_RULE_BEFORE: Final = "年初余额按上年决算分科目登记，借贷相等（财库〔2015〕192号）"


@dataclass(frozen=True, slots=True)
class Opening:
    """Balances of a region's first year, by the paper `doc_no`; `basis` is what they were taken from."""

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    basis: str
    lines: tuple[OpeningLine, ...]

    @property
    def doc_key(self) -> str:
        """Its number here."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


def make_openings(conn: Conn, openings: Sequence[Opening], *, by: By, on: date) -> list[bool]:
    """Draft opening balances of regions' first years: True for each that is new; another officer posts them.

    Raises RuleBroken for lines that say no balance, books that do not balance or agree, balances that other
    openings brought already, years after the first and those whose first month is closed; MissingDuty.
    """

    def work() -> list[bool]:
        given = [
            replace(one, lines=tuple(as_meant(x, one.fiscal_year) for x in one.lines)) for one in openings
        ]
        for one in given:
            divisions.require(one.mof_div_code)
        rows = fresh(conn, OPENING, [_row(one) for one in given])
        is_new = make(conn, OPENING, rows, by=by, on=on)
        for one, row, new in zip(given, rows, is_new, strict=True):
            if new:
                _require_sound(conn, str(row["doc_key"]), one, one.lines)
                _write(conn, str(row["doc_key"]), one.lines)
        return is_new

    return in_transaction(conn, work)


def post_openings(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Post drafted opening balances into the opening period: True where posted now. Raises as the drafts."""

    def work() -> list[bool]:
        numbers = current(conn, OPENING, doc_keys)
        moved = advance(conn, OPENING, numbers, "post", by=by, on=on)
        found = lines_of(conn, OPENING_LINES, moved)
        for one in moved:
            lines = [_said(line) for line in found[one.doc_key]]
            _require_sound(conn, one.doc_key, one, lines)
            post(conn, opening_entries(one, lines))
        return taken(numbers, moved)

    return in_transaction(conn, work)


def discard_openings(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Give drafted opening balances up: True where now. Raises NotFound, WrongState, MissingDuty."""
    return move_last(conn, OPENING, doc_keys, "discard", by=by, on=on)


def _row(one: Opening) -> dict[str, object]:
    return OPENING.row(one, doc_key=one.doc_key, lines_digest=digest(one.lines))


def _write(conn: Conn, doc_key: str, lines: Sequence[OpeningLine]) -> None:
    rows = ({"doc_key": doc_key, "line_no": n, **asdict(line)} for n, line in enumerate(lines, 1))
    write_lines(conn, OPENING_LINES, rows)


def _said(line: models.OpeningLine) -> OpeningLine:
    """A line as it was handed in."""
    return OpeningLine(**{f.name: getattr(line, f.name) for f in fields(OpeningLine)})


def _require_sound(
    conn: Conn, number: str, given: Opening | models.Opening, lines: Sequence[OpeningLine]
) -> None:
    """Raise RuleBroken naming what is wrong with the lines of opening balances, twenty at most."""
    words = list(faults(lines, given.fiscal_year))
    if not words:
        refuse_misfits(_misfits(conn, given, lines))
        words = _standing(conn, given, lines)
    if words:
        raise RuleBroken(
            f"年初余额单 {number}：{listed(words, most=_SHOWN, unit='处', mark='；')}",
            rule=_RULE if given.fiscal_year >= CONVERSION_YEAR else _RULE_BEFORE,
            hint="请按上年决算核对各行后重新提交", details={"key": number, "faults": words},
        )  # fmt: skip


_SHOWN: Final = 20


def _misfits(
    conn: Conn, given: Opening | models.Opening, lines: Sequence[OpeningLine]
) -> list[tuple[str, Misfit]]:
    """Lines whose elements do not fit together, with what does not."""
    codings = [line.coding(given.mof_div_code, given.fiscal_year) for line in lines]
    found = elements.misfits_of(conn, ((coding, State.BALANCE) for coding in codings))
    return [
        (lines_at(n), misfit)
        for n, (line, coding) in enumerate(zip(lines, codings, strict=True), 1)
        for misfit in (*found.get((coding, State.BALANCE), ()), *_income(line, given.fiscal_year))
        if not misfit.is_noted
    ]


def _income(line: OpeningLine, fiscal_year: int) -> Iterator[Misfit]:
    code = line.rev_func_code
    if code and (found := income_misfit(line.fund_type_code, code, fiscal_year)):
        yield found


def _standing(conn: Conn, given: Opening | models.Opening, lines: Sequence[OpeningLine]) -> list[str]:
    """What lines say again that stands in the opening period already, from whatever other document."""
    region, year = given.mof_div_code, given.fiscal_year
    first = (year * 100, year * 100)
    found = balances_of(conn, [region], year, books=books_of(year), periods=first)[region]
    known = {(one.account, one.coding) for one in found}
    return [
        f"{line.account} 资金 {line.fund_type_code} 已有年初数" for line in lines
        if (line.account, line.coding(region, year)) in known
    ]  # fmt: skip
