"""Money that one document grants stands once: by the giver's issue, or by the receiver's receipt.

Issuing books the receiver's side too where both keep their books here, so the receiver does not register the
same document again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import Kind
from fisc.documents.from_above import above_number
from fisc.documents.refusals import refusal
from fisc.documents.store import rows_of
from fisc.kernel.errors import DuplicateConflict, FiscError
from fisc.transfers.kinds import ISSUE, LINES

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine

Conn = psycopg.Connection[Any]
#: Giver, receiver, fiscal year, and the number of the giver's document in the form in which it is compared.
_Paper = tuple[str, str, int, str]

_RULE: Final = "一份文件的资金在双方账上各记一次（财办〔2022〕36号）"
_IN_FORCE: Final = (
    "where t.is_issue = %s and t.rec_div_code = any(%s) and t.fiscal_year = any(%s) "
    "and t.effective_on is not null and t.amount_fen > t.taken_back_fen order by t.line_key"
)


def paper_of(line: TransferLine) -> _Paper:
    """The document that a line is of, as documents are compared."""
    return paper(line.giver_div_code, line.rec_div_code, line.fiscal_year, line.cor_bgt_doc_no)


def paper_of_row(row: Mapping[str, Any]) -> _Paper:
    """As `paper_of`, of a line that is not written yet: a row of `LINES`."""
    return paper(row["giver_div_code"], row["rec_div_code"], row["fiscal_year"], row["cor_bgt_doc_no"])


def require_once(conn: Conn, kind: Kind[Any], papers: Iterable[_Paper]) -> None:
    """Raise DuplicateConflict for documents of a kind whose money the other kind brought into force already.

    What was taken back whole does not count. The database holds it as well.
    """
    asked = set(papers)
    if not asked:
        return
    is_issue = kind is not ISSUE
    places, years = sorted({paper[1] for paper in asked}), sorted({paper[2] for paper in asked})
    standing: list[TransferLine] = rows_of(conn, LINES, _IN_FORCE, [is_issue, places, years])
    if twice := [line for line in standing if paper_of(line) in asked]:
        raise _refused(twice, is_issue=is_issue)


def paper(giver: str, receiver: str, fiscal_year: int, number: str) -> _Paper:
    """The document of a giver's to a receiver for a year, as documents are compared."""
    return giver, receiver, fiscal_year, above_number(number)


def _refused(twice: list[TransferLine], *, is_issue: bool) -> FiscError:
    first = twice[0]
    where = f"--region {first.rec_div_code} --year {first.fiscal_year}"
    look = f"请用 fisc transfers list-received {where} 查看"
    hint = (
        f"上级下达时已同时记入本级，不必再登记；{look}，再安排资金。金额不符的，请上级收回后另下"
        if is_issue
        else f"{look}；请接收方先收回（make-take-backs）或作废自行登记的上级文件，再下达"
    )
    return refusal(
        DuplicateConflict,
        "已由下达单记入接收方，不能再登记" if is_issue else "接收方已自行登记这份文件，不能再下达",
        sorted({f"{line.giver_div_code} {line.cor_bgt_doc_no} 至 {line.rec_div_code}" for line in twice}),
        rule=_RULE,
        hint=hint,
    )
