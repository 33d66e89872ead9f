"""Reversing what was posted (冲销): a document of its own, made by one officer and confirmed by another.

A domain that posts by documents of one step declares the kinds that may be reversed, each with a step
`reverse` (`two_steps(..., is_reversed=True)`), a kind of reversals over `ReversalDocument` (`reversal_kind`)
and its use cases (`reversal_use_cases`). Every entry of the reversed document is posted once more in red;
its number may then be entered anew (`editions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from fisc.documents.editions import current
from fisc.documents.errors import RuleBroken
from fisc.documents.flow import ENDED, REVERSE
from fisc.documents.kind import Kind
from fisc.documents.refusals import anew, named, printed
from fisc.documents.store import By, advance, make, read, select, taken
from fisc.kernel import Entry, read_entries_of, reverse
from fisc.kernel.entries import OPENING_MONTH
from fisc.kernel.periods import periods
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.documents.models import FlowDocument, ReversalDocument

Conn = psycopg.Connection[Any]
Kinds = Mapping[str, Kind[Any]]
#: What a domain knows against reversing what drafted reversals name: raises RuleBroken.
Guard = Callable[[Conn, "Sequence[ReversalDocument]"], None]
_RULE: Final = "会计基础工作规范第五十一条以下：已入账的用红字冲销，再按正确的重新登记"


def draft_reversals(
    conn: Conn, reversal: Kind[Any], kinds: Kinds, given: Sequence[tuple[str, str, str, str]], *,
    by: By, on: date,
) -> list[bool]:  # fmt: skip
    """Draft reversals (number, kind, number of what is reversed, reason): True for each that is new.

    Raises NotFound, and RuleBroken for what is not posted, of another year, or without a reason.
    """
    rows = []
    first: dict[tuple[str, str], str] = {}
    for number, prefix, of_no, reason in given:
        kind = kinds[prefix]
        [document] = read(conn, kind, current(conn, kind, [of_no]))
        _require_reversible(conn, kind, document, reason, on)
        other = first.setdefault((prefix, document.doc_key), number)
        if other != number:
            raise _twice(reversal, kind, document, other, details={"keys": [other, number], "refused": 2})
        _require_once(conn, reversal, number, kind, document)
        rows.append({
            "doc_key": number, "mof_div_code": document.mof_div_code, "fiscal_year": document.fiscal_year,
            "of_kind": prefix, "of_no": document.doc_key, "reason": reason,
        })  # fmt: skip
    return make(conn, reversal, rows, by=by, on=on)


def confirm_reversals(
    conn: Conn, reversal: Kind[Any], kinds: Kinds, doc_keys: Sequence[str], *, by: str, on: date,
    guard: Guard | None = None,
) -> list[bool]:  # fmt: skip
    """Reverse what drafted reversals name, on the day `on`: True where reversed now.

    Raises WrongState, FourEyes, MissingDuty, RuleBroken where a document that stands names it, what `guard`
    raises, and what the ledger refuses: a closed period, a balance below its floor. Then nothing is reversed.
    """

    def work() -> list[bool]:
        if guard is not None:
            guard(conn, read(conn, reversal, doc_keys))
        moved = advance(conn, reversal, doc_keys, "confirm", by=by, on=on)
        of_kinds: dict[str, list[ReversalDocument]] = defaultdict(list)
        for paper in moved:
            of_kinds[paper.of_kind].append(paper)
        for prefix, papers in of_kinds.items():
            for paper in papers:
                _reverse(conn, kinds[prefix], paper, by, on)
        return taken(doc_keys, moved)

    return in_transaction(conn, work)


def _reverse(conn: Conn, kind: Kind[Any], paper: ReversalDocument, by: str, on: date) -> None:
    [document] = read(conn, kind, [paper.of_no], is_locked=True)
    _require_reversible(conn, kind, document, paper.reason, on)
    _require_unnamed(conn, kind, document)
    advance(conn, kind, [document.doc_key], REVERSE, by=by, on=on, note=f"{paper.doc_key} {paper.reason}")
    entries = read_entries_of(conn, [document.id])
    if entries:
        reverse(
            conn, list(entries), ":reversed", business_date=on,
            period=_period_of(document, entries.values(), on),
            document_id=paper.id,
            summary=lambda entry: f"冲销 {entry.summary}：{paper.reason}",
        )  # fmt: skip


def _period_of(document: FlowDocument, entries: Iterable[Entry], on: date) -> int | None:
    """Where red entries stand: the opening period, where the others do, for what a year begins with moved in
    none of its months; the document's December after its year; the month of the day otherwise (None).
    """
    opening = next((e.period for e in entries if e.period and e.period % 100 == OPENING_MONTH), None)
    return opening or (None if document.fiscal_year == on.year else _december(document))


def _december(document: FlowDocument) -> int:
    return document.fiscal_year * 100 + 12


def _is_kept(conn: Conn, document: FlowDocument, on: date) -> bool:
    """Whether a document's year may be corrected on a day: in it, and in the next until December is closed.

    What is posted in those days (清理期) belongs to the old year, and so does its reversal.
    """
    if on.year != document.fiscal_year + 1:
        return on.year == document.fiscal_year
    region = document.mof_div_code
    return periods(conn, [region]).get((region, _december(document))) is False


def _require_reversible(conn: Conn, kind: Kind[Any], document: FlowDocument, reason: str, on: date) -> None:
    """Raise RuleBroken for what cannot be reversed: not posted, of a year that is over, for no reason."""
    posted = kind.of(REVERSE).sources
    what = f"{kind.name} {printed(document.doc_key)}"
    if document.state not in posted:
        raise RuleBroken(
            f"{what} 处于“{kind.states[document.state]}”，不用冲销", rule=_RULE,
            hint=f"还没有入账的请作废；已作废、已冲销的请{anew(kind)}", details={"key": document.doc_key},
        )  # fmt: skip
    if not _is_kept(conn, document, on):
        raise RuleBroken(
            f"{what} 是 {document.fiscal_year} 年度的，{on} 不能冲销",
            rule="本年度的差错在十二月关账前用红字冲销，以前年度的在发现的年度调整",
            hint="请在本年度另行登记调整事项",
            details={"key": document.doc_key},
        )  # fmt: skip
    if not reason.strip():
        raise RuleBroken(f"没有写明冲销{what}的原因", rule=_RULE, hint="请填写原因")


def _require_once(
    conn: Conn, reversal: Kind[Any], number: str, kind: Kind[Any], document: FlowDocument
) -> None:
    """Raise RuleBroken where another reversal of the document is under way."""
    where: Final = (
        "where t.of_kind = %s and t.of_no = %s and t.doc_key <> %s and t.state = any(%s) order by t.doc_key"
    )
    found = select(conn, reversal, where, [kind.prefix, document.doc_key, number, [reversal.initial]])
    if found:
        raise _twice(reversal, kind, document, found[0].doc_key, details={"key": found[0].doc_key})


def _twice(
    reversal: Kind[Any], kind: Kind[Any], document: FlowDocument, number: str, details: dict[str, Any]
) -> RuleBroken:
    return RuleBroken(
        f"{kind.name} {printed(document.doc_key)} 已有{reversal.name} {number}", rule="一份单据只冲销一次",
        hint="一份单据只编一份冲销单；已编的请审核或作废", details=details,
    )  # fmt: skip


def _require_unnamed(conn: Conn, kind: Kind[Any], document: FlowDocument) -> None:
    """Raise RuleBroken where documents that stand rest on this one: they go first."""
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    stand = "select doc_key from {} where {} = %s and state <> all(%s) order by 1"
    for other in declared_by(INSTALLED_APPS).kinds:
        for column in (name for name, prefix in other.refers.items() if prefix == kind.prefix):
            statement = sql.SQL(stand).format(sql.Identifier(other.table), sql.Identifier(column))
            found = [key for (key,) in conn.execute(statement, [document.doc_key, list(ENDED)])]
            if found:
                raise RuleBroken(
                    f"{other.name} {named(found)} 以{kind.name} {printed(document.doc_key)} 为依据，不能冲销",
                    rule="先冲销后来的，再冲销它所依据的", hint=f"请先作废或冲销{other.name}",
                    details={"keys": found[:20]},
                )  # fmt: skip
