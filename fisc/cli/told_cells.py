"""Cells of what use cases answer, as people read them: no name, code or form of the program's inside.

A field is told by its heading, a coded value by its name, an account in words, an amount in yuan. What holds
fields of its own stands in one cell as its words, where it has no room of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

#: What only programs ask for: the ledger's keys (people say a voucher's number), and codes whose words stand
#: beside them: field -> the field that has the words.
_INSIDE: Final = frozenset({"natural_key", "entry_keys"})
_IN_WORDS: Final = {
    "move": "name",
    "code": "what",
    "is_new": "effect",
    "is_answer": "effect",
    "is_void": "effect",
    "value": "value_name",
    "rule_id": "name",
}
#: Ends of names of what people copy: never cut off.
_NUMBERS: Final = ("number", "_no", "_key", "_id")


def is_shown(name: str, beside: Container[str]) -> bool:
    """Whether a screen shows a field at all, among those `beside` it; --json has all."""
    from fisc.documents.kind import is_told

    return is_told(name) and name not in _INSIDE and _IN_WORDS.get(name, "") not in beside


def column(case: UseCase, name: str) -> str:
    """The heading of a column of a table, with its mark: '>' amounts, '!' what is never cut off."""
    mark = ">" if name.endswith("_fen") else "!" if name.endswith(_NUMBERS) else ""
    return f"{heading(case, name)}{mark}"


def heading(case: UseCase, name: str) -> str:
    """The heading of a field whose values stand there by their names."""
    from fisc.documents.words import values_in

    return values_in(case.heading(name))[0]


def lines_in(value: Any) -> list[dict[str, Any]] | None:
    """The rows of a list of things with fields, or of one such thing; None for what is one cell."""
    from fisc.documents.told import fields_of

    if (said := fields_of(value)) is not None:
        return [said]
    if not isinstance(value, list | tuple) or not value:
        return None
    found = [fields_of(one) for one in value]
    return None if None in found else found  # type: ignore[return-value]


def is_deep(value: Any) -> bool:
    """Whether a value holds lists of things within lists: more than a cell has room for."""
    return any(lines_in(inner) is not None for row in lines_in(value) or () for inner in row.values())


def part_of(case: UseCase, name: str) -> UseCase:
    """The use case by which rows of a list of an answer are told: that of their own kind, else its own."""
    from fisc.use_cases import use_case

    return use_case(case.parts[name]) if name in case.parts else case


def cell(case: UseCase, name: str, value: Any) -> str:
    """A value of a field in words."""
    if (inner := lines_in(value)) is not None:
        return "；".join(_in_one(part_of(case, name), row) for row in inner)
    if name == "is_new" and isinstance(value, bool):
        return "已办理" if value else "先前已办理"
    if name == "state" and case.kind is not None and value in case.kind.states:
        return case.kind.states[value]
    if name in _RATIOS and isinstance(value, Decimal):
        return f"{value:.1%}"
    named = names_of_values(case, name)
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(name, value)
    many = _in_order(value) if isinstance(value, _SETS) else None
    if name == "attachments":  # a file's name, without its digest
        many = [str(one).partition(":")[0] for one in many or ()]
    return plain(_named(name, value, named) if many is None else [_named(name, one, named) for one in many])


def _in_one(case: UseCase, row: Mapping[str, Any]) -> str:
    """The fields of a thing within a cell, those that say something."""
    said = ((name, value) for name, value in row.items() if is_shown(name, row) and value not in _NOTHING)
    return " ".join(
        f"{heading(case, name)} {cell(case, name, value)}" if isinstance(value, bool) and name != "is_new"
        else cell(case, name, value)  # yes and no say nothing without what is asked
        for name, value in said
    )  # fmt: skip


#: Fields that hold a ratio, exact: people read it in percent.
_RATIOS: Final = frozenset(
    {"time_share", "completion", "ahead", "growth", "comparable", "stated_completion", "chance"}
)
#: Values that are many.
_SETS: Final = (list, tuple, set, frozenset)
#: The sides of an entry's line.
_SIDES: Final = {1: "借", -1: "贷"}
#: Values that say nothing.
_NOTHING: Final[tuple[object, ...]] = (None, "", [], ())


def _number(name: str, value: int) -> str:
    from fisc.kernel.money import format_fen
    from fisc.sheets.columns import percent_words

    if name in ("fiscal_year", "year") and not value:
        return ""
    if name.endswith("_fen") or name == "fen":
        return format_fen(value)
    if name == "side":
        return _SIDES.get(value, str(value))
    return percent_words(value) if name.endswith("_bp") else str(value)


def _account(value: Any) -> str:
    from fisc.registry.books import account_words

    return account_words(str(value), with_name=False)


def _paper(value: Any) -> str:
    from fisc.registry.papers import paper_words

    return paper_words(str(value))


#: The whole key of a finding: its rule, and what tells it apart.
_FINDING: Final = re.compile(r"[\w.]+-[0-9a-f]{12}", re.ASCII)


def _number_of(value: Any) -> str:
    """A key as people copy it: of a finding the end, as its list prints it."""
    from fisc.documents.findings import FINDING

    return FINDING.short(str(value)) if _FINDING.fullmatch(str(value)) else str(value)


def _evidence(value: Any) -> str:
    from fisc.cli.findings import evidence_words

    return evidence_words(str(value))


def _themes(value: Any) -> str:
    from fisc.registry.tables import read_table

    known = {row["code"]: row["name"] for row in read_table("themes.csv")}
    return known.get(value, str(value))


#: Fields that are told alike whatever answer they stand in.
_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "account": _account,
    "theme_code": _themes,
    "theme_codes": _themes,
    "evidence": _evidence,
    "key": _number_of,
    "source": _paper,
    "rule": _paper,
}


def _named(name: str, value: Any, names: Mapping[str, str]) -> Any:
    """A coded value by its name; what has none as it is. Shares are pairs of a code and a part of 10,000."""
    if name == "shares" and isinstance(value, list | tuple):
        code, share_bp = value
        return f"{names.get(code, code)} {_number('share_bp', share_bp)}"
    if not isinstance(value, str):
        return value
    return names.get(value) or (_SAID[name](value) if name in _SAID else value)


@cache
def names_of_values(case: UseCase, name: str) -> Mapping[str, str]:
    """Code -> name of the values of a field: as its answer declares them, or those who take the document.

    What a use case fixes is called as it is: an operation 冻结 by the document that orders it.
    """
    from fisc.documents.words import values_in
    from fisc.use_cases import of_group

    if told := case.value_names.get(name) or values_in(case.heading(name))[1]:
        return told
    same = [one for one in of_group(case.group) if _is_of_same(one, case)]
    taken = (field for one in same for field in (*(one.shape.flat if one.shape else ()), *one.options))
    if found := next(
        (dict(f.told or f.column.choices) for f in taken if f.name == name and f.choice_names), {}
    ):
        return found
    made = [one for one in same if one.step in ("", "make")]  # not those that change or move it
    return {str(one.fixed[name]): one.title.removeprefix("编制") for one in made if name in one.fixed}


def _is_of_same(one: UseCase, other: UseCase) -> bool:
    """Whether two use cases are about the same document, or about the same element."""
    if one.kind is None and other.kind is None:
        return one.verb.partition("-")[2] == other.verb.partition("-")[2]
    return one.kind is other.kind


#: Words of a list that are a sentence rather than a name.
_LONG: Final = 20


def _in_order(value: Any) -> list[Any]:
    return sorted(value) if isinstance(value, set | frozenset) else list(value)


def plain(value: Any) -> str:
    """A value that needs no name: dates, texts, yes and no, numbers without what says nothing, lists."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, _SETS):
        words = list(map(plain, _in_order(value)))
        return ("；" if any(len(word) > _LONG for word in words) else "、").join(words)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
