"""What a document rests on, which is there before it: declared with the kind, and held by the database.

A quota rests on the budget that was approved or on the document from above, a payment on its quota, a refund
on its payment. Where both days stand in rows that a key joins, a document of an earlier day is refused, by
whatever door it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

from fisc.documents.flow import MAKE

#: The day of the step that is being taken, as SQL over a document's row `n`.
STEP_DAY: Final = "(n.trail -> -1 ->> 3)::date"


class RestsOn(NamedTuple):
    """One thing that a document rests on, as SQL over the document's row `n`.

    `join` finds it, `since` is the day before which there is nothing to rest on, `named` its number. `own`
    is the document's day that is held against it, asked at each of the `steps`. `what` and `day` are it and
    the document's day in words, `rule` and `hint` go into the refusal.
    """

    what: str
    join: str
    since: str
    named: str
    rule: str
    hint: str
    own: str = STEP_DAY
    day: str = "办理日期"
    steps: tuple[str, ...] = (MAKE,)


def on_day(
    column: str, what: str, rule: str, hint: str, *steps: str, own: str = STEP_DAY, day: str = "办理日期"
) -> RestsOn:
    """That nothing is done before a day that the document itself says, in a column of its own."""
    own_day = f'cross join lateral (select n."{column}" as day where n."{column}" is not null) b'
    return RestsOn(what, own_day, "b.day", "n.doc_key", rule, hint, own=own, day=day, steps=steps or (MAKE,))


_OF_STEPS: Final = "先有依据，后有单据：后一份不早于前一份"
_CHECK_DAY: Final = "请核对业务日期；先登记所依据的单据，再办理这一份"


def on_referred(refers: Mapping[str, str], tables: Mapping[str, tuple[str, str]]) -> Iterator[RestsOn]:
    """That a document is not made before those that its columns name; `tables`: prefix -> table and name."""
    for column, prefix in refers.items():
        if prefix in tables:
            table, name = tables[prefix]
            join = f'join "{table}" b on b.doc_key = n."{column}"'
            yield RestsOn(name, join, "(b.trail -> 0 ->> 3)::date", "b.doc_key", _OF_STEPS, _CHECK_DAY)


def statements(table: str, rests: Sequence[RestsOn]) -> Iterator[str]:
    """The guards of a table whose documents rest on these, in place of those that it had."""
    function = f"documents_rests_{table}"
    yield f'drop trigger if exists rests_made on "{table}"'
    yield f'drop trigger if exists rests_moved on "{table}"'
    if not rests:
        return
    body = files("fisc.documents").joinpath("sql/rests.sql").read_text("utf8")
    tests = "\n            union all ".join(_test(number, one) for number, one in enumerate(rests))
    yield body.replace("{function}", function).replace("{tests}", tests)
    steps = {step for one in rests for step in one.steps}
    for name, moment, is_asked in (
        ("rests_made", "insert", MAKE in steps), ("rests_moved", "update", bool(steps - {MAKE})),
    ):  # fmt: skip
        if is_asked:
            yield (
                f'create trigger {name} after {moment} on "{table}" referencing new table as added '
                f"for each statement execute function {function}()"
            )


def _test(number: int, one: RestsOn) -> str:
    words = ", ".join(_literal(word) for word in (one.what, one.day, one.rule, one.hint))
    steps = ", ".join(f"'{step}'" for step in one.steps)
    return (
        f"select {number}, n.doc_key, {one.own}, {one.since}, {one.named}::text, {words} "
        f"from added n {one.join} "
        f"where n.trail -> -1 ->> 0 in ({steps}) and {one.own} < {one.since}"
    )


def _literal(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
