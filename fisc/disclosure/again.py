"""Old numbers are not brought back silently: by a table that was corrected since, or by an older edition.

A correction is a file that says something new. One whose tables were all imported before, and what they said
taken back since, is an earlier file; so is a book of an earlier edition beside the newer one that stands.
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
RULE_OLDER: Final = "旧的预算文本不得更正新的预算文本"
_HINT: Final = (
    "请导入最后更正的那份文件；确要恢复旧数的，加 --restore 并写明理由，例如 --restore 更正有误；"
    "未记任何一笔账"
)


def judge_again(
    conn: Conn, book: Book, facts: list[Fact], known: Known, *, plan: Plan, new: set[int], restore: str
) -> list[Finding]:  # fmt: skip
    """Findings of what is brought back for the reason `restore`. Raises DisclosureError where none is given.

    `plan` is what the book changes, `new` the ids of documents that it is the first to bring.
    """
    problems = [*_corrected(conn, known, plan, new), *_older(conn, book, facts, known, plan=plan)]
    if problems and not restore.strip():
        raise DisclosureError(problems, hint=_HINT)
    return [noted("restored", p.place, f"{p.message}；按“{restore.strip()}”恢复") for p in problems]


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


def _older(conn: Conn, book: Book, facts: list[Fact], known: Known, *, plan: Plan) -> list[Problem]:
    """What a newer edition says and this one would change, where neither knows it better than the other."""
    gone = set(plan.vanished)
    changed = {str(blue.row["fact_group"]) for blue in plan.blue}
    changed |= {fact.fact_group for fact in known.standing.values() if fact.entry_id in gone}
    ranks = stated_groups(book, facts)
    maybe = [
        fact for fact in known.standing.values()
        if fact.fact_group in changed and fact.stage_rank == ranks.get(fact.fact_group)
    ]  # fmt: skip
    sources = behind(conn, [fact.entry_id for fact in maybe])
    newer = [fact.entry_id for fact in maybe if _is_newer(book, *sources[fact.entry_id])]
    by = posted_from(conn, newer)
    if by is None:
        return []
    what = f"比这本新的“{by.file}”（{by.day} 导入）已有 {len(newer)} 笔入账，这本旧的会改动它们"
    return [Problem(RULE_OLDER, "", what)]


def _is_newer(book: Book, dated_on: date, payload: Mapping[str, Any]) -> bool:
    """Whether a document is of a later edition; one that plans the same year has closed a later one.

    A file with part of a book's tables may show fewer years than its edition: it is not older for that.
    """
    if "edition" not in payload:
        return dated_on.year > book.year
    year, closed = (int(part) for part in payload["edition"].split("/"))
    if year == book.year:
        return 0 < book.year_closed < closed
    return year > book.year and closed > book.year_closed
