"""Which other government the money of a posting goes to, or comes from.

A coding block names who receives (`rec_div_code`) and who uploads (`from_div_code`). Where it names nobody,
as on money that comes from above, the document says between whom it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fisc.reading.engines.base import Row
from fisc.reading.service import FigureService
from fisc.registry import regions
from fisc.registry.rules import account

#: Numbers of documents -> giver and receiver of those of them that pass money between governments.
Parties = Callable[[Sequence[str]], Mapping[str, tuple[str, str]]]
TO, FROM, WITH = "接收方", "来源方", "对方"
_ROLES: Final = {
    "outlay": TO, "budget_outlay": TO, "expense": TO, "quota_spending": TO,
    "income": FROM, "budget_income": FROM, "quota_source": FROM,
}  # fmt: skip
_PLACES: Final = ("mof_div_code", "rec_div_code", "from_div_code")


class Counterpart(NamedTuple):
    """Another government: what it is to the money, its code and its name."""

    role: str
    code: str
    name: str

    @property
    def words(self) -> str:
        """As it stands in a row: 接收方 150622000 准格尔旗."""
        return f"{self.role} {self.code} {self.name}"

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return self._asdict()


class Told(NamedTuple):
    """What a posting's coding block and document say of it."""

    codes: Mapping[str, str]
    counterpart: Counterpart | None


def told_of(
    service: FigureService, rows: Sequence[Row], elements: Sequence[str], parties: Parties | None
) -> dict[tuple[int, int], Told]:
    """(entry id, line) -> the codes of `elements` and of whose books it is in, and the other government."""
    codes = service.elements(rows, [*elements, *_PLACES])
    unnamed = sorted({row.document_no for row in rows if not any(_named(codes[row.coding_id]))})
    passing = parties(unnamed) if parties and unnamed else {}
    return {
        (row.entry_id, row.line): Told(held, _counterpart(row, held, passing.get(row.document_no)))
        for row in rows
        for held in (codes[row.coding_id],)
    }


def _named(codes: Mapping[str, str]) -> tuple[str, str]:
    return codes["rec_div_code"], codes["from_div_code"]


def _counterpart(row: Row, codes: Mapping[str, str], passing: tuple[str, str] | None) -> Counterpart | None:
    """The other government of a posting; none where it passes money to no other."""
    own = codes["mof_div_code"][:6]
    named = [code for code in (*_named(codes), *(passing or ())) if code and code[:6] != own]
    if not named:
        return None
    kind = account(row.account)
    role = _ROLES.get(kind.account_class, WITH) if kind else WITH
    return Counterpart(role, named[0], regions.name_of(named[0]))
