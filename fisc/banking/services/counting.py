"""Which statements of an account's day count, from what they say alone: pure functions over what was told."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple


class Told(NamedTuple):
    """A statement, or a page of one, that was received."""

    key: int
    acct_no: str
    mof_div_code: str
    message_id: str
    day: date
    created_at: datetime
    sequence_no: int
    statement_no: str
    page_no: int
    is_page: bool
    opening_fen: int
    closing_fen: int
    line_count: int
    superseded_by: str
    place_in_day: int
    is_void: bool
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """What was made later ranks higher; numbers decide where the bank gives one time to both."""
        return self.created_at, len(self.message_id), self.message_id


@dataclass(frozen=True, slots=True)
class _Whole:
    """A statement with those of its pages that came, each once."""

    pages: tuple[Told, ...]

    @property
    def opening_fen(self) -> int | None:
        """What it begins with, None where its first page has not come."""
        return self.pages[0].opening_fen if self.pages[0].page_no == 1 else None

    @property
    def closing_fen(self) -> int:
        """What it ends with, as far as it came."""
        return self.pages[-1].closing_fen

    @property
    def sequence_no(self) -> int:
        """The bank's number in the account's sequence, 0 where there is none."""
        return self.pages[0].sequence_no

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when it is, where it says so by the hour."""
        first, last = self.pages[0].starts_at, self.pages[0].ends_at
        return (first, last) if first and last else None

    @property
    def statement_no(self) -> str:
        """The bank's name of it."""
        return self.pages[0].statement_no

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """That of the page that was made last."""
        return max(page.rank for page in self.pages)

    def page_for(self, other: Told) -> Told:
        """The page that stands for a page of another statement."""
        return next((page for page in self.pages if page.page_no == other.page_no), self.pages[0])


def in_force(told: Iterable[Told], *, is_first: bool = False) -> dict[int, Told]:
    """Of statements of one account and day: key of each -> the one that counts in its place, or itself.

    A statement takes the place of an earlier one where it says that it is the same: by its name, its number
    in the sequence, or its hours. Where it begins with another balance, as what came before was corrected
    too, it does so only where the two are no parts of a day; on the account's first day (`is_first`) nothing
    before tells which balance is right. Otherwise both count; where both cannot be, or nobody can know (they
    begin and end alike), that is told, and nothing is proven over it.
    """
    found: dict[int, Told] = {}
    wholes = sorted(_wholes(told, found), key=lambda w: w.rank)
    counting: list[_Whole] = []
    for n, one in reversed(list(enumerate(wholes))):
        by = next((w for w in counting if _corrects(w, one, wholes[n : wholes.index(w) + 1])), None)
        if by is None:
            counting.append(one)
        else:
            found |= {page.key: by.page_for(page) for page in one.pages}
    for one, by in _begun_anew(counting) if not is_first else ():
        found |= {page.key: by.page_for(page) for page in one.pages}
    return {key: _last(found, by) for key, by in found.items()}


def _last(found: Mapping[int, Told], by: Told) -> Told:
    while found[by.key] is not by:
        by = found[by.key]
    return by


def _wholes(told: Iterable[Told], found: dict[int, Told]) -> list[_Whole]:
    """Statements as wholes. Of a page that came twice the one made last counts; `found` says so."""
    pages: dict[tuple[int, str, int], dict[int, Told]] = defaultdict(dict)
    for one in sorted(told, key=lambda t: t.rank, reverse=True):
        key = (one.sequence_no, one.statement_no, 0) if one.is_page else (0, "", one.key)
        found[one.key] = pages[key].setdefault(one.page_no, one)
    return [_Whole(tuple(of[number] for number in sorted(of))) for of in pages.values()]


def _corrects(later: _Whole, one: _Whole, between: Sequence[_Whole]) -> bool:
    """Whether a statement tells the business of an earlier one anew. `between`: from this one to that one.

    Parts of a day that were told one after another, each from where the one before ended, are all of it: a
    day may come back to the balance that it began with.
    """
    if one.opening_fen is None or one.opening_fen != later.opening_fen:
        return False
    is_numbered = one.sequence_no == later.sequence_no != 0
    is_apart = one.sequence_no != later.sequence_no and one.sequence_no and later.sequence_no
    is_of_the_hours = one.span is not None and one.span == later.span and not is_apart
    is_named = one.statement_no == later.statement_no != "" or is_of_the_hours
    if not is_named and not is_numbered:
        return False
    return not _follow(between) or (is_named and len(between) == _TWO)


def _begun_anew(counting: Sequence[_Whole]) -> Iterator[tuple[_Whole, _Whole]]:
    """Statements whose beginning was corrected too, each with the one that counts in its place.

    That is the one of their number that was made last, for certain where no two of them follow one another:
    those may be parts of a day.
    """
    left = sorted((w for w in counting if w.opening_fen is not None), key=lambda w: w.rank, reverse=True)
    while left:
        by = left.pop(0)
        alike = [w for w in left if _is_same(w, by)]
        pairs = itertools.permutations([by, *alike], 2)
        is_made_last = all(w.rank[0] < by.rank[0] for w in alike)
        if alike and is_made_last and not any(a.closing_fen == b.opening_fen for a, b in pairs):
            yield from ((w, by) for w in alike)
        left = [w for w in left if w not in alike]


def _is_same(one: _Whole, other: _Whole) -> bool:
    """Whether they bear one number in the sequence; where one has none, one name, or tell of one time."""
    if one.sequence_no and other.sequence_no:
        return one.sequence_no == other.sequence_no
    return one.statement_no == other.statement_no != "" or (one.span is not None and one.span == other.span)


#: A statement and the one right after it.
_TWO: Final = 2


def _follow(wholes: Sequence[_Whole]) -> bool:
    """Whether each begins with the balance that the one before ended with."""
    return all(one.closing_fen == after.opening_fen for one, after in itertools.pairwise(wholes))


def in_order(told: Iterable[Told]) -> list[Told]:
    """Statements that count of one account and day, each after the one that it follows."""
    by_number: dict[int, list[_Whole]] = defaultdict(list)
    for one in sorted(_wholes(told, {}), key=lambda w: w.rank):
        by_number[one.sequence_no].append(one)
    return [page for _, of in sorted(by_number.items()) for one in _path(of) for page in one.pages]


def _path(wholes: list[_Whole]) -> list[_Whole]:
    """In the order of their making where balances follow so, else in one in which they do if any."""
    if _follow(wholes):
        return wholes
    left: dict[int | None, list[_Whole]] = defaultdict(list)
    for one in reversed(wholes):
        left[one.opening_fen].append(one)
    ends: Counter[int | None] = Counter(one.closing_fen for one in wholes)
    begun = [one.opening_fen for one in wholes if len(left[one.opening_fen]) > ends[one.opening_fen]]
    made: list[_Whole] = []
    for start in (*begun, *(one.opening_fen for one in wholes)):
        made += _walk(left, start)
    return made


def _walk(left: dict[int | None, list[_Whole]], start: int | None) -> list[_Whole]:
    """From a balance on along all that can be reached, each once (Hierholzer); they are left no more."""
    walked: list[_Whole] = []
    stack: list[tuple[int | None, _Whole | None]] = [(start, None)]
    while stack:
        balance, by = stack[-1]
        if left[balance]:
            one = left[balance].pop()
            stack.append((one.closing_fen, one))
        else:
            stack.pop()
            if by is not None:
                walked.append(by)
    return walked[::-1]


def may_stand_for(one: Told, void: Told) -> bool:
    """Whether a statement that counts may tell what one that is void told: what was said of it may hold."""
    if one.is_page or void.is_page:
        return one.page_no == void.page_no
    is_named = one.statement_no == void.statement_no != ""
    is_numbered = one.sequence_no == void.sequence_no != 0
    return is_named or is_numbered or one.opening_fen == void.opening_fen
