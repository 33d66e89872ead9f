"""Which items of a set are refused, and why: asked one by one where a service refused them together.

A service takes all of a set or nothing, and may stop at its first fault. Who handed in a file of two thousand
rows is told each row, and all that one pass can know. What was sound stands while the others are tried, since
later items may rest on earlier ones; then all of it is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents.errors import MissingDuty, RuleBroken
from fisc.documents.refusals import LISTED
from fisc.kernel import FiscError
from fisc.kernel.errors import StoreBusy

Conn = psycopg.Connection[Any]
Served = Callable[[Sequence[Any]], Any]


class InRows(str):
    """The place of an item in a file, in words, with the numbers of its rows."""

    __slots__ = ("rows",)

    rows: Sequence[int]

    def __new__(cls, words: str, rows: Sequence[int]) -> InRows:
        """The words, and the rows they name."""
        made = super().__new__(cls, words)
        made.rows = rows
        return made


#: Lines of a document, as `refusals.lines_at` names them.
_LINES: Final = re.compile("明细第 ([0-9、]+) 行")


def _in_rows(message: str, item: Any, place: str) -> str:
    """A message with the rows of the file for the lines of an item, where each row is one line of it."""
    rows = place.rows if isinstance(place, InRows) else ()
    lists = [value for value in _values(item) if isinstance(value, tuple) and value]
    if [len(one) for one in lists] != [len(rows)]:
        return message

    def told(found: re.Match[str]) -> str:
        return f"第 {'、'.join(str(rows[int(n) - 1]) for n in found[1].split('、'))} 行"

    return _LINES.sub(told, message)


def _values(item: Any) -> Iterator[Any]:
    return (getattr(item, f.name) for f in fields(item)) if is_dataclass(item) else iter(())


class Items(NamedTuple):
    """What was handed in together: the items, their numbers, and where each stands (else 第 1 项 ...)."""

    given: Sequence[Any]
    numbers: Sequence[str]
    places: Sequence[str] = ()

    def place(self, at: int) -> str:
        """Where one stands, in words."""
        return self.places[at] if self.places else f"第 {at + 1} 项"

    def said(self, at: int, message: str) -> str:
        """What is said of one, with rows of the file for lines of the document."""
        return _in_rows(message, self.given[at], self.place(at))

    def named_by(self, refusal: FiscError) -> list[int]:
        """Which of them a refusal names by their numbers."""
        keys = set(refusal.details.get("keys", ()))
        return [at for at, one in enumerate(self.given) if keys & {self.numbers[at], _key(one)}]


def named_apart(conn: Conn, refusal: FiscError, items: Items, serve: Served) -> FiscError:
    """A refusal of a set that says where each refused item stands, and of each why.

    The refusal itself, where there is one item, where it concerns all of them alike, or where what is wrong
    lies in the set as such: then with the places of those that it names.
    """
    if len(items.given) < 2:
        return _placed(refusal, items, range(len(items.places)))
    if isinstance(refusal, MissingDuty | StoreBusy):
        return refusal
    named = items.named_by(refusal)
    found = _each(conn, items, serve)
    lies_in_each = bool(named) and set(named) <= found.keys()
    if lies_in_each or any(one.message == refusal.message for one in found.values()):
        return _told(refusal, items, found)
    return _placed(refusal, items, named)


def _key(one: Any) -> str:
    return str(getattr(one, "doc_key", None) or getattr(one, "key", None) or one)


def _each(conn: Conn, items: Items, serve: Served) -> dict[int, FiscError]:
    """Place of what is refused by itself -> why; at most a few more than are told."""
    try:
        with conn.transaction(force_rollback=True):
            places = list(range(len(items.given)))
            return dict(sorted(islice(_refused(conn, items, serve, places), LISTED + 1)))
    except psycopg.Error:  # the database refuses in words of its own: what the service said stands
        return {}


def _refused(
    conn: Conn, items: Items, serve: Served, places: Sequence[int]
) -> Iterator[tuple[int, FiscError]]:
    """The refused ones of some places, in halves, and first those that a refusal names."""
    left = list(places)
    while left and (refusal := _refusal(conn, serve, [items.given[at] for at in left])) is not None:
        if len(left) == 1:
            yield left[0], refusal
            return
        named = set(items.named_by(refusal))
        first = [at for at in left if at in named]
        if not 0 < len(first) < len(left):
            first = left[: len(left) // 2]
            yield from _refused(conn, items, serve, first)
        else:
            for at in first:
                yield from _refused(conn, items, serve, [at])
        taken = set(first)
        left = [at for at in left if at not in taken]


def _refusal(conn: Conn, serve: Served, some: Sequence[Any]) -> FiscError | None:
    """Why some items are refused together, of which nothing stands then; None where they are taken."""
    try:
        with conn.transaction():
            serve(some)
            conn.execute("set constraints all immediate")
    except FiscError as refusal:
        return refusal
    return None


def _told(refusal: FiscError, items: Items, found: Mapping[int, FiscError]) -> FiscError:
    """One refusal for all that were found: what is refused for the same reason is named together."""
    alike = dict[str, list[int]]()
    for at in list(found)[:LISTED]:
        alike.setdefault(items.said(at, found[at].message), []).append(at)
    lines = [f"\n{'、'.join(map(items.place, places))}：{message}" for message, places in alike.items()]
    kinds = {type(one) for one in found.values()}
    told = refusal if kinds == {type(refusal)} else RuleBroken("")
    told.message = _head(items, found) + "".join(lines)
    told.args = (told.message,)
    told.rule = _joined(one.rule for one in found.values())
    told.hint = _joined(one.hint for one in found.values())
    told.details = {
        **refusal.details, "refused": len(found), "keys": [items.numbers[at] for at in found][:LISTED],
        "items": [_item(items, at, found[at]) for at in list(found)[:LISTED]],
    }  # fmt: skip
    return told


def _head(items: Items, found: Mapping[int, FiscError]) -> str:
    if len(found) <= LISTED:
        return f"{len(items.given):,} 项里 {len(found)} 项不能办理，全部未办理："
    return f"{len(items.given):,} 项里不能办理的多于 {LISTED} 项，全部未办理；先列 {LISTED} 项："


def _item(items: Items, at: int, refusal: FiscError) -> dict[str, Any]:
    return {
        "item": at, "place": items.place(at), "number": items.numbers[at],
        "message": items.said(at, refusal.message), "rule": refusal.rule, "hint": refusal.hint,
    }  # fmt: skip


def _joined(said: Iterable[str]) -> str:
    return "；".join(islice(dict.fromkeys(filter(None, said)), 3))


def _placed(refusal: FiscError, items: Items, named: Sequence[int]) -> FiscError:
    """A refusal of the set as such, with the places of what it names."""
    if named:
        shown = "、".join(map(items.place, named[:LISTED]))
        if len(items.given) == 1:
            refusal.message = items.said(0, refusal.message)
        refusal.message += f"（{shown}{' 等' if len(named) > LISTED else ''}）"
        refusal.details = {**refusal.details, "items": [
            {"item": at, "place": items.place(at), "number": items.numbers[at]} for at in named[:LISTED]
        ]}  # fmt: skip
        refusal.args = (refusal.message,)
    return refusal
