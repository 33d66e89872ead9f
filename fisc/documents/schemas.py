"""What a use case takes as JSON: models that check it, made from the same shape as files and options.

Amounts are whole fen, dates YYYY-MM-DD; a name that is not known is refused.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, create_model
from pydantic import Field as Told
from pydantic_core import PydanticKnownError

from fisc.documents.inputs import Field, Part, Shape
from fisc.documents.items import placed
from fisc.kernel.money import MAX_FEN
from fisc.sheets.columns import Form
from fisc.sheets.limits import MOST_CELL_CHARS, MOST_CODE_CHARS
from fisc.sheets.text import one_form

#: Lines that one item may have.
MOST_LINES: Final = 10_000
_SMALL: Final = 2**31 - 1


def _whole(value: object) -> object:
    """A number like 2022.0 is whole, as JSON Schema has it; text is no number, true is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole_number(least: int, most: int) -> Any:
    return Annotated[int, Told(ge=least, le=most, strict=True), BeforeValidator(_whole)]


def _plain_day(value: object) -> object:
    """A day is YYYY-MM-DD: no moment, no number of seconds."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise PydanticKnownError("date_type")


#: A day of the calendar.
Day = Annotated[date, BeforeValidator(_plain_day)]

#: A code or number, in the one form in which it is kept, whatever was typed.
_Code = Annotated[str, Told(max_length=MOST_CODE_CHARS), AfterValidator(one_form)]

_TYPES: Final[Mapping[Form, Any]] = {
    "text": Annotated[str, Told(max_length=MOST_CELL_CHARS)],
    "code": _Code,
    "codes": list[_Code],
    "amount_fen": _whole_number(-MAX_FEN, MAX_FEN),
    "rate_bp": _whole_number(-_SMALL, _SMALL),
    "integer": _whole_number(-_SMALL, _SMALL),
    "decimal": Decimal, "percent": Decimal, "date": Day,
    "year": _whole_number(1900, 2100),
    "truth": Annotated[bool, Told(strict=True)], "mark": Annotated[bool, Told(strict=True)],
}  # fmt: skip


def _read_number(value: object) -> object:
    """A whole number that stands in an address, where everything is text."""
    is_number = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value)
    return int(str(value)) if is_number else value


def _read_truth(value: object) -> object:
    """true or false that stands in an address."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


#: How what stands in an address is read, by form; all others are text there too, or read from it.
_READ: Final[Mapping[Form, Any]] = {
    "amount_fen": _read_number, "rate_bp": _read_number, "integer": _read_number, "year": _read_number,
    "truth": _read_truth, "mark": _read_truth,
}  # fmt: skip

#: A file in JSON: its bytes in base64, and the description says what that looks like.
_FILE: Final = Annotated[
    str,
    Told(min_length=4, pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"),
    AfterValidator(b64decode),
]
#: Signs that a text in an address may have: addresses are not longer than servers take.
MOST_IN_ADDRESS: Final = 100
#: Forms of which nothing at all is no answer, where one is required.
_SAID: Final = frozenset({"text", "code", "codes"})


class Given(BaseModel):
    """The base of all: nothing beside what is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@cache
def model_of(shape: Shape) -> type[Given]:
    """The model of an item of a shape."""
    return model_of_fields(shape.made.__name__, shape.fields, shape.parts)


def model_of_fields(
    name: str,
    fields: tuple[Field, ...],
    parts: tuple[Part, ...] = (),
    *,
    is_address: bool = False,
    **more: Any,
) -> type[Given]:
    """The model of an object of these fields and lists of lines; `more` is given as pydantic says it.

    Of an object `is_address` that stands in a query, numbers and truth are texts that say them.
    """
    declared = {field.name: _declared(field, is_address=is_address) for field in fields}
    made: type[Given] = create_model(name, __base__=Given, **(declared | _lists(parts) | more))
    return made


def _lists(parts: tuple[Part, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        line: Any = model_of(part.shape)
        lines = Annotated[list[line], Told(max_length=MOST_LINES)]
        found[part.name] = (lines, Told(... if part.is_required else [], title=part.heading))
    return found


def _declared(field: Field, *, is_address: bool) -> tuple[Any, Any]:
    kind: Any = _one_of(field) if field.choices else _FILE if field.is_bytes else _TYPES[field.form]
    if field.is_division or field.are_divisions:
        kind = Annotated[kind, AfterValidator(partial(placed, field))]
    if is_address and not field.choices and field.form in ("text", "code"):
        kind = Annotated[kind, Told(max_length=MOST_IN_ADDRESS)]
    if field.limits is not None:  # in the place of the form's own: a description tells one pair of bounds
        kind = _whole_number(field.limits.least, _SMALL if field.limits.most is None else field.limits.most)
    if is_address and not field.choices and field.form in _READ:
        kind = Annotated[kind, BeforeValidator(_READ[field.form])]
    if field.is_required:
        least = 1 if field.form in _SAID and not field.is_bytes else None
        return kind, Told(title=field.heading, min_length=least)
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    return (kind | None if default is None else kind), Told(default, title=field.heading)


def _one_of(field: Field) -> Any:
    """One of the choices; blank too, where that is what stands for a field which is left out."""
    blank = ("",) if not field.is_required and field.default == "" else ()
    one: Any = Literal[(*blank, *field.choices)]
    return list[one] if field.form == "codes" else one


def plain(given: BaseModel) -> dict[str, Any]:
    """What was given, as `inputs.build` takes it: lists of lines as objects of their own."""
    return given.model_dump(warnings=False)  # a file was text and is bytes
