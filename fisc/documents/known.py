"""Codes of elements and divisions that nobody registered, refused before a use case does anything.

What a code may be used for the services say; that there is such a code is asked here, once for all
of them and at whatever door. A door finds divisions before it knows who asks, and
another process may have taken one back. Where items say what is asked of all alike is found here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Literal

from fisc.documents.errors import RuleBroken
from fisc.documents.refusals import listed
from fisc.registry import funds, regions

if TYPE_CHECKING:
    from fisc.documents.inputs import Shape
    from fisc.documents.use_case import UseCase

_FUND: Final = "fund_type_code"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an item says funds, divisions, days, why: the ways from it, and from the lines of its lists."""

    funds: tuple[tuple[str, ...], ...] = ()
    divisions: tuple[tuple[str, ...], ...] = ()
    days: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[tuple[str, ...], ...] = ()
    lines: tuple[tuple[str, Places], ...] = ()


_NONE: Final = Places()
#: What was found of shapes, by the dataclasses that they are of.
_FOUND: Final[dict[type, Places]] = {}


def places_of(case: UseCase) -> Places:
    """Where the items of a use case say what is asked of all alike; nowhere, where it takes no items."""
    return _places_in(case.shape) if case.shape is not None else _NONE


def _places_in(shape: Shape) -> Places:
    if shape.made not in _FOUND:
        lines = ((part.name, _places_in(part.shape)) for part in shape.parts)
        funds_at = tuple(field.path for field in shape.fields if field.name.endswith(_FUND))
        divisions_at = tuple(field.path for field in shape.fields if field.is_division)
        days_at = tuple(field.path for field in shape.fields if field.form == "date")
        lines_at = tuple((name, of) for name, of in lines if of != _NONE)
        reasons_at = tuple(field.path for field in shape.fields if field.is_reason)
        _FOUND[shape.made] = Places(funds_at, divisions_at, days_at, reasons_at, lines_at)
    return _FOUND[shape.made]


def require_known(case: UseCase, given: Sequence[Any], said: Mapping[str, Any]) -> None:
    """Raise RuleBroken for funds that do not exist, naming the items that say them; UnknownRegion."""
    _require_divisions(case, given, said)
    beside = (said.get(field.path[0]) for field in case.options if field.name.endswith(_FUND))
    if strange := _strange(beside):
        raise unknown_fund(strange)
    places = places_of(case)
    if places == _NONE:
        return
    found = {at: _strange(_values(one, places, "funds")) for at, one in enumerate(given)}
    of_items = {at: codes for at, codes in found.items() if codes}
    if of_items:
        numbers = case.numbers_of(given)
        raise unknown_fund(sorted(set().union(*of_items.values())), [numbers[at] for at in of_items])


def unknown_fund(codes: Sequence[str], numbers: Sequence[str] = ()) -> RuleBroken:
    """The refusal of funds that do not exist, by the numbers of what says them."""
    about = f"：{listed(numbers, most=5)}" if numbers else ""
    return RuleBroken(
        f"没有资金性质 {'、'.join(code or '（空）' for code in codes[:5])}{about}",
        rule="资金性质按财政业务标准代码登记", hint="用 fisc registry list funds 查可用的资金性质",
        details={"keys": list(numbers[:20]), "refused": len(numbers), "fund_type_code": list(codes[:5])},
    )  # fmt: skip


def _require_divisions(case: UseCase, given: Sequence[Any], said: Mapping[str, Any]) -> None:
    codes = {said.get(field.path[0]) for field in case.options if field.is_division}
    codes.update(said.get("mof_div_codes") or ())
    places = places_of(case)
    for one in given if places != _NONE else ():
        codes.update(_values(one, places, "divisions"))
    for code in sorted(code for code in codes if isinstance(code, str) and code):
        regions.require(code)


def said_at(
    one: Any, places: Places, what: Literal["funds", "divisions", "days", "reasons"]
) -> Iterator[tuple[str, Any]]:
    """Name and value of each field of that sort that an item says, and its lines say."""
    for way in getattr(places, what):
        yield way[-1], reduce(lambda found, name: getattr(found, name, None), way, one)
    for name, of in places.lines:
        for line in getattr(one, name) or ():
            yield from said_at(line, of, what)


def _values(one: Any, places: Places, what: Literal["funds", "divisions"]) -> Iterator[Any]:
    return (value for _, value in said_at(one, places, what))


def _strange(said: Iterable[Any]) -> list[str]:
    """The codes that are said and do not exist, in order."""
    codes = {code for code in said if isinstance(code, str) and code}
    return sorted(code for code in codes if funds.lookup(code) is None)
