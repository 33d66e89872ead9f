"""Which other government the money of a posting goes to, or comes from.

A coding block names who receives (`rec_div_code`) and who uploads (`from_div_code`). Where it names nobody,
as on money that comes from above, the document says between whom it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fisc.reading.engines.base import Row
from fisc.reading.service import FigureService
from fisc.registry import regions
from fisc.registry.rules import account

#: Numbers of documents -> number, giver and receiver ('' for many) of those that pass money between
#: governments.
Parties = Callable[[Sequence[str]], Iterable[tuple[str, str, str]]]
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
    passing: dict[str, list[tuple[str, str]]] = {}
    for number, *pair in parties(unnamed) if parties and unnamed else ():
        passing.setdefault(number, []).append((pair[0], pair[1]))
    return {
        (row.entry_id, row.line): Told(held, _counterpart(row, held, passing.get(row.document_no, ())))
        for row in rows
        for held in (codes[row.coding_id],)
    }


def _named(codes: Mapping[str, str]) -> tuple[str, str]:
    return codes["rec_div_code"], codes["from_div_code"]


def _counterpart(
    row: Row, codes: Mapping[str, str], passing: Sequence[tuple[str, str]]
) -> Counterpart | None:
    """The other government of a posting; none where it passes money to no other."""
    own = codes["mof_div_code"][:6]
    other = next((code for code in (*_named(codes), *_across(own, passing)) if code and code[:6] != own), "")
    if not other:
        return None
    kind = account(row.account)
    role = _ROLES.get(kind.account_class, WITH) if kind else WITH
    return Counterpart(role, other, regions.name_of(other))


def _across(own: str, passing: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Who is at the other end of what passes: of what it receives, of what it gives, of what many receive."""
    yield from (giver for giver, receiver in passing if receiver[:6] == own)
    yield from (receiver for giver, receiver in passing if giver[:6] == own)
    yield from (giver for giver, receiver in passing if not receiver)
