"""Numbers are not changed silently: by a table that was corrected since, or by another edition.

A correction is a file of the edition that it corrects, and says something new. One whose tables were all
imported before, and what they said taken back since, is an earlier file. Where two editions tell one figure,
and neither knows it better, neither corrects the other unasked, in whichever order they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import psycopg

from fisc.disclosure.errors import DisclosureError, Problem, noted
from fisc.disclosure.facts import Fact, stated_groups
from fisc.disclosure.model import Book
from fisc.disclosure.posting import Blue, Known, Plan
from fisc.kernel.findings import Finding
from fisc.reading.entries import behind, posted_from

Conn = psycopg.Connection[Any]
RULE_AGAIN: Final = "更正过的旧文件不得再次入账"
RULE_OTHER: Final = "不同年度的预算文本说同一个数，不得不问就互相更正"
_HINT: Final = (
    "请导入最后更正的那份文件；确要以这份文件的数为准的，加 --restore 并写明理由，例如 --restore 更正有误；"
    "未记任何一笔账"
)


def judge_again(
    conn: Conn, book: Book, facts: list[Fact], known: Known, *, plan: Plan, new: set[int], restore: str
) -> list[Finding]:  # fmt: skip
    """Findings of what is brought back for the reason `restore`. Raises DisclosureError where none is given.

    `plan` is what the book changes, `new` the ids of documents that it is the first to bring.
    """
    problems = [*_corrected(conn, known, plan, new), *_of_another(conn, book, facts, known, plan=plan)]
    if problems and not restore.strip():
        raise DisclosureError(problems, hint=_HINT)
    return [
        noted("restored", p.place, f"{p.message}；按“{restore.strip()}”改为这份文件的数") for p in problems
    ]


def _corrected(conn: Conn, known: Known, plan: Plan, new: set[int]) -> list[Problem]:
    """Tables imported before that say again what was taken back, or lack what only their correction has."""
    revived = [blue for blue in plan.blue if _is_revived(blue, known, new)]
    vanished = [] if new else plan.vanished
    if not revived and not vanished:
        return []
    keys = {str(blue.row["fact_key"]) for blue in revived} & known.standing.keys()
    by = posted_from(conn, [*(known.standing[key].entry_id for key in keys), *vanished])
    what = f"已由 {by.day} 导入的“{by.file}”更正" if by else "所记的账后来已冲回"
    many = len(revived) + len(vanished)
    place = revived[0].entry.source_ref if revived else ""
    return [Problem(RULE_AGAIN, place, f"所在的表以前导入过，{what}；再入账有 {many} 笔变回旧数")]


def _is_revived(blue: Blue, known: Known, new: set[int]) -> bool:
    said = (str(blue.row["fact_key"]), str(blue.row["signature"]))
    return blue.entry.document_id not in new and said in known.retired


def _of_another(conn: Conn, book: Book, facts: list[Fact], known: Known, *, plan: Plan) -> list[Problem]:
    """What another edition says and this one would change, where neither knows it better than the other."""
    gone = set(plan.vanished)
    changed = {str(blue.row["fact_group"]) for blue in plan.blue}
    changed |= {fact.fact_group for fact in known.standing.values() if fact.entry_id in gone}
    ranks = stated_groups(book, facts)
    maybe = [
        fact for fact in known.standing.values()
        if fact.fact_group in changed and fact.stage_rank == ranks.get(fact.fact_group)
    ]  # fmt: skip
    sources = behind(conn, [fact.entry_id for fact in maybe])
    others = [fact.entry_id for fact in maybe if _is_another(book, *sources[fact.entry_id])]
    by = posted_from(conn, others)
    if by is None:
        return []
    blues = [blue.entry.source_ref for blue in plan.blue if str(blue.row["fact_key"]) in known.standing]
    what = (
        f"另一年度的预算文本“{by.file}”（{by.day} 导入）已有 {len(others)} 笔入账，这本说的数不同，会改动它们"
    )
    return [Problem(RULE_OTHER, blues[0] if blues else "", what)]


def _is_another(book: Book, dated_on: date, payload: Mapping[str, Any]) -> bool:
    """Whether a document is of another edition: it plans another year, or closes another one.

    A file with part of a book's tables may show no accounts: it is not another edition for that.
    """
    if "edition" not in payload:
        return dated_on.year != book.year
    year, closed = (int(part) for part in payload["edition"].split("/"))
    return year != book.year or (0 < book.year_closed != closed > 0)
