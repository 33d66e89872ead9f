"""Bookings of the treasury's account against the papers that moved its cash: pure functions, no guesses.

A booking belongs to the paper whose number it bears, in its reference or its words; a day's revenue to the
reports of that day; else to the one paper of the same amount, about the same day, whose money a booking of
its kind may be and whose party it names (`party`). A booking of another party, of other business than the
paper's, or one that goes the other way, is never a paper's; one that names nobody, or whose paper names
nobody, is by its number alone. Interest is told by its sort, amount and day, for the bank itself pays it.
What fits none, or more than one, stays open, and so does a paper that no booking fits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final, TypeVar

from fisc.banking.services.party import Party, is_of
from fisc.banking.services.reconciliation.papers import Booking, Judged, Pair, Paper
from fisc.banking.services.reconciliation.taken_back import taken_back
from fisc.sheets.text import paper_number

#: Shorter numbers are looked for as whole references alone: they stand in other words by chance.
_TELLING: Final = 6
_BETWEEN: Final = re.compile(r"[\s,，;；、|]+")
#: A number goes on with these, so that BK-1 is not read out of BK-10.
_GOES_ON: Final = re.compile(r"[0-9A-Za-z\-~]")
_Key = TypeVar("_Key")


def judge(
    papers: Sequence[Paper], bookings: Sequence[Booking], *, revenue: Mapping[str, frozenset[str]],
    carried: Mapping[str, frozenset[str]], settled: Mapping[str, str], days: int,
) -> Judged:  # fmt: skip
    """Match open papers with open bookings; these in the order in which the bank booked them.

    `revenue`: codes of business that are told by the day -> the kinds of papers that report them. `carried`:
    codes -> the kinds of papers whose money a booking may be without their number. `settled`:
    references, in the form in which they are compared, -> the settled papers that they name. `days`: how far
    the days of both may lie apart where the amount alone tells.
    """
    work = _Work(list(papers), list(bookings), (revenue, carried), days)
    work.by_number(settled)
    work.by_budget_document()
    work.by_day()
    work.by_amount()
    work.finish()
    return work.judged


class _Work:
    """Papers and bookings that are still to be judged."""

    def __init__(
        self, papers: list[Paper], bookings: list[Booking],
        kinds: tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]], days: int,
    ) -> None:  # fmt: skip
        self.judged = Judged()
        revenue = kinds[0]
        self.papers = {id(p): p for p in papers if p.outflow_fen}
        self.bookings = {b.id: b for b in bookings}
        self.order = {b.id: n for n, b in enumerate(bookings)}
        self.revenue, self.carried = revenue, kinds[1]
        self.days = days
        self.spoken: dict[int, tuple[Booking, str]] = {}
        #: Reports of a day that bookings name and that come to something else: id -> these bookings.
        self.halves: dict[int, Sequence[Booking]] = {}
        self.told_by_day = {kind for kinds in revenue.values() for kind in kinds}
        self.coded = {sort for sorts in self.carried.values() for sort in sorts}
        self.judged.pairs += [Pair((p,), ()) for p in papers if not p.outflow_fen]

    def pair(self, papers: Sequence[Paper], bookings: Sequence[Booking]) -> None:
        self.judged.pairs.append(Pair(tuple(papers), tuple(bookings)))
        self._drop(papers, bookings)

    def differ(self, papers: Sequence[Paper], bookings: Sequence[Booking]) -> None:
        self.judged.differing.append(Pair(tuple(papers), tuple(bookings)))
        self._drop(papers, bookings)

    def _drop(self, papers: Iterable[Paper], bookings: Iterable[Booking]) -> None:
        for paper in papers:
            self.papers.pop(id(paper), None)
        for booking in bookings:
            self.bookings.pop(booking.id, None)

    def several(self, booking: Booking, papers: Sequence[Paper]) -> None:
        self.judged.several.append((booking, tuple(papers)))
        self._drop((), (booking,))

    def _speak(self, booking: Booking, number: str) -> None:
        self.spoken[booking.id] = booking, number
        self._drop((), (booking,))

    # ---- by the number

    def by_number(self, settled: Mapping[str, str]) -> None:
        """Bookings that bear a paper's number; one may bear several, several may bear one.

        What bears the number of a settled paper is no other paper's.
        """
        index = _index((name, p) for p in self.papers.values() for name in p.names)
        of_paper: dict[int, list[Booking]] = defaultdict(list)
        for booking in list(self.bookings.values()):
            named = _named(booking, index)
            if len(named) > 1:
                self._of_several(booking, named)
            elif named:
                of_paper[id(named[0])].append(booking)
            elif booking.ref_no and (number := settled.get(paper_number(booking.ref_no))):
                self._speak(booking, number)
        for key, bookings in of_paper.items():
            if key in self.papers:
                self._of_one(self.papers[key], bookings)

    def _may_be(self, booking: Booking, paper: Paper) -> bool:
        """Whether what a booking says lets it be a paper's money: its business, its way, its party.

        What is told by the day may be corrected downward, by bookings that name nobody.
        """
        if paper.kind in self.coded and paper.kind not in self.carried.get(booking.code, ()):
            return False
        if (booking.outflow_fen > 0) != (paper.outflow_fen > 0):
            return paper.kind in self.told_by_day and not booking.other.is_told
        return is_of(booking.other, paper.party) is not False

    def _of_several(self, booking: Booking, named: Sequence[Paper]) -> None:
        left = [p for p in named if id(p) in self.papers and self._may_be(booking, p)]
        if not left:
            self._speak(booking, named[0].number)
            return
        same = [p for p in left if p.outflow_fen == booking.outflow_fen]
        if len({p.number for p in named}) == len(named) and _sum(left) == booking.outflow_fen:
            self.pair(left, (booking,))
        elif len(same) == 1:
            self.pair(same, (booking,))
        else:
            self.several(booking, named)

    def _of_one(self, paper: Paper, of: Sequence[Booking]) -> None:
        """The bookings under a paper's number: those that may be its money. Others are only told with it."""
        bookings = [b for b in of if self._may_be(b, paper)]
        for booking in of:
            if booking not in bookings:
                self._speak(booking, paper.number)
        if not bookings:
            return
        if _sum(bookings) == paper.outflow_fen:
            self.pair((paper,), bookings)
            return
        fits = [b for b in bookings if b.outflow_fen == paper.outflow_fen]
        if fits:
            first = min(fits, key=lambda b: (b.booked_on, b.id))
            self.pair((paper,), (first,))
            for booking in bookings:
                if booking is not first:
                    self._speak(booking, paper.number)
        elif paper.kind in self.told_by_day:
            self.halves[id(paper)] = bookings  # the rest of the day may bear no number
        else:
            self.differ((paper,), bookings)

    # ---- by the budget document that it carries out

    def by_budget_document(self) -> None:
        """Bookings that bear a budget document's number: the paper under it that fits by itself, or all."""
        index = _index((name, p) for p in self.papers.values() for name in p.papers)
        for booking in list(self.bookings.values()):
            named = [p for p in _named(booking, index) if id(p) in self.papers]
            named = [p for p in named if self._may_be(booking, p)]
            same = _nearest(booking, [p for p in named if p.outflow_fen == booking.outflow_fen])
            if len(same) == 1:
                self.pair(same, (booking,))
            elif len(same) > 1:
                self.several(booking, same)
            elif named and _sum(named) == booking.outflow_fen:
                self.pair(named, (booking,))

    # ---- revenue, told by the day

    def by_day(self) -> None:
        """Revenue of a day against its reports: one by one where amounts tell, and what is left together.

        What comes in may be anybody's tax. What goes out goes to the party that its paper names.
        """
        halved = {b.id for of in self.halves.values() for b in of}
        for code, kinds in self.revenue.items():
            days: dict[date, list[Booking]] = defaultdict(list)
            for booking in self.bookings.values():
                if booking.code == code and booking.id not in halved:
                    days[booking.booked_on].append(booking)
            reports: dict[tuple[date, Party | None], list[Paper]] = defaultdict(list)
            for paper in self.papers.values():
                if paper.kind in kinds:
                    reports[paper.since, paper.party if paper.outflow_fen > 0 else None].append(paper)
            for (day, party), of_day in reports.items():
                told = [
                    b for b in days[day]
                    if (b.outflow_fen < 0 if party is None else b.outflow_fen > 0 and is_of(b.other, party))
                ]  # fmt: skip
                named = [b for p in of_day for b in self.halves.get(id(p), ())]
                if named or told:
                    self._of_day(of_day, [*named, *told])

    def _of_day(self, reports: list[Paper], bookings: list[Booking]) -> None:
        if _sum(reports) == _sum(bookings):
            self._apart(reports, bookings)
            return
        left, untold = list(reports), list(bookings)
        named = {b.id for of in self.halves.values() for b in of}
        for report in reports:
            same = [b for b in untold if b.outflow_fen == report.outflow_fen and b.id not in named]
            if len(same) == 1:
                self.pair((report,), same)
                left.remove(report)
                untold.remove(same[0])
        if left and untold:
            done = self.pair if _sum(left) == _sum(untold) else self.differ
            done(left, untold)

    def _apart(self, reports: list[Paper], bookings: list[Booking]) -> None:
        """A day that agrees: each report with its booking where amounts say which, the others together."""
        sums = [p.outflow_fen for p in reports]
        named = {b.id for of in self.halves.values() for b in of}
        of = {fen: [b for b in bookings if b.outflow_fen == fen and b.id not in named] for fen in sums}
        alone = [p for p in reports if sums.count(p.outflow_fen) == 1 and len(of[p.outflow_fen]) == 1]
        for report in alone:
            self.pair((report,), of[report.outflow_fen])
        left = [p for p in reports if p not in alone]
        untold = [b for b in bookings if b.id in self.bookings]
        if left:  # what comes to nothing beside them is no report's
            self.pair(left, untold)

    # ---- by the amount

    def by_amount(self) -> None:
        """One paper of a booking's amount, and one booking of the paper's: on the day, then near it."""
        for apart in (0, self.days):
            fits = {b.id: self._fitting(b, apart) for b in self.bookings.values()}
            asked: dict[int, int] = defaultdict(int)
            for found in fits.values():
                for paper in found:
                    asked[id(paper)] += 1
            for key, found in fits.items():
                booking = self.bookings[key]
                if len(found) == 1 and asked[id(found[0])] == 1:
                    self.pair(found, (booking,))
                elif found and apart == self.days:
                    self.several(booking, found)

    def _fitting(self, booking: Booking, apart: int) -> list[Paper]:
        if booking.code in self.revenue:
            return []
        kinds = self.carried.get(booking.code, frozenset())
        return _nearest(booking, [
            p for p in self.of_amount.get(booking.outflow_fen, ())
            if id(p) in self.papers and p.kind not in self.told_by_day
            and ((p.kind in kinds and is_of(booking.other, p.party)) or _is_of_bank(booking, p, kinds))
            and abs((p.since - booking.booked_on).days) <= apart
        ])  # fmt: skip

    @cached_property
    def of_amount(self) -> Mapping[int, list[Paper]]:
        return _index((p.outflow_fen, p) for p in self.papers.values())

    # ---- what is left

    def finish(self) -> None:
        """What the bank took back itself is settled; the rest fits nothing."""
        left = [*self.spoken.values(), *((b, "") for b in self.bookings.values())]
        gone = set(taken_back(b.turn for b in sorted((b for b, _ in left), key=lambda b: self.order[b.id])))
        self.judged.taken_back = [booking for booking, _ in left if booking.id in gone]
        self.judged.strange = [(booking, number) for booking, number in left if booking.id not in gone]
        self.judged.waiting = list(self.papers.values())


def _sum(of: Iterable[Paper | Booking]) -> int:
    return sum(one.outflow_fen for one in of)


def _index(pairs: Iterable[tuple[_Key, Paper]]) -> dict[_Key, list[Paper]]:
    found: dict[_Key, list[Paper]] = defaultdict(list)
    for key, paper in pairs:
        found[key].append(paper)
    return found


def _is_of_bank(booking: Booking, paper: Paper, kinds: frozenset[str]) -> bool:
    """Whether a booking is what the bank itself pays, by its code: on the paper's day, of nobody else."""
    if paper.since != booking.booked_on or paper.business not in kinds:
        return False
    return not booking.other.is_told or is_of(booking.other, paper.party) is True


def _nearest(booking: Booking, papers: list[Paper]) -> list[Paper]:
    """Those whose party the booking names, where there are such."""
    return [p for p in papers if is_of(booking.other, p.party)] or papers


def _named(booking: Booking, index: Mapping[str, Sequence[Paper]]) -> list[Paper]:
    """The papers whose numbers a booking bears: its reference first, else its words."""
    for text in (booking.ref_no, booking.remark):
        if text and (found := _in(text, index)):
            return list({id(p): p for name in found for p in index[name]}.values())
    return []


def _in(text: str, index: Mapping[str, Sequence[Paper]]) -> list[str]:
    whole = paper_number(text)
    if whole in index:
        return [whole]
    parts = [paper_number(part) for part in _BETWEEN.split(text)]
    if found := list(dict.fromkeys(part for part in parts if part in index)):
        return found
    within = [name for name in index if len(name) >= _TELLING and _stands_in(name, whole)]
    return [name for name in within if not any(name != other and name in other for other in within)]


def _stands_in(name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(name) : at + len(name) + 1]
        is_begun = name[0].isascii() and before and _GOES_ON.match(before)
        if not is_begun and not (after and _GOES_ON.match(after)):
            return True
        at = text.find(name, at + 1)
    return False
