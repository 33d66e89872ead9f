"""Budget cuts (压减): what is given up by policy, with base, scope and number.

A cut is an operation on quotas like any other; beside the books it leaves a register of what was cut
and from what base (36-18), under its own document number and scope, for figures to add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import psycopg

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.budget.rules.quota_types import QuotaOperation
from fisc.budget.services import quota_flow
from fisc.budget.services.operations import draft_of
from fisc.budget.services.quota_flow import Signed
from fisc.documents import document_key, read

__all__ = ["BudgetCut", "cut_budget", "read_cuts"]


@dataclass(frozen=True, slots=True)
class BudgetCut:
    """A cut as it stands: `cut_rate_bp` is cut / base in 1/10000, rounded half up."""

    doc_no: str
    scope: str
    base_fen: int
    cut_fen: int

    @property
    def cut_rate_bp(self) -> int:
        """压减率＝压减额÷基数."""
        return (self.cut_fen * 20_000 + self.base_fen) // (2 * self.base_fen) if self.base_fen else 0


def cut_budget(
    conn: psycopg.Connection[Any],
    documents: Sequence[QuotaOperation],
    **signed: Unpack[Signed],
) -> list[bool]:
    """Cut quotas by policy (压减): each line with its base, each document with its scope.

    三保, debt interest and earmarked money from above are not in scope and are refused. Posts 36-05
    (money back to the approved budget) and 36-18.
    """
    drafts = [draft_of("budget_cut", document) for document in documents]
    return quota_flow.run(conn, drafts, **signed)


def read_cuts(
    conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, doc_nos: Sequence[str]
) -> list[BudgetCut]:
    """Cuts by their numbers, in the order given. NotFound names those that do not exist."""
    keys = [document_key(mof_div_code, fiscal_year, doc_no) for doc_no in doc_nos]
    return [BudgetCut(d.doc_no, d.scope, d.base_fen, d.total_fen) for d in read(conn, QUOTA_DOCUMENT, keys)]
