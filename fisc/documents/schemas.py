"""What a use case takes as JSON: models that check it, made from the same shape as files and options.

Amounts are whole fen, dates YYYY-MM-DD; a name that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Told

from fisc.documents.inputs import Field, Shape
from fisc.kernel.money import MAX_FEN
from fisc.sheets.columns import Form
from fisc.sheets.limits import MOST_CELL_CHARS, MOST_CODE_CHARS

#: Lines that one item may have.
MOST_LINES: Final = 10_000
_SMALL: Final = 2**31 - 1
_TYPES: Final[Mapping[Form, Any]] = {
    "text": Annotated[str, Told(max_length=MOST_CELL_CHARS)],
    "code": Annotated[str, Told(max_length=MOST_CODE_CHARS)],
    "codes": list[Annotated[str, Told(max_length=MOST_CODE_CHARS)]],
    "amount_fen": Annotated[int, Told(ge=-MAX_FEN, le=MAX_FEN, strict=True)],
    "integer": Annotated[int, Told(ge=-_SMALL, le=_SMALL, strict=True)],
    "decimal": Decimal, "percent": Decimal, "date": date,
    "year": Annotated[int, Told(ge=1900, le=2100, strict=True)],
    "truth": Annotated[bool, Told(strict=True)], "mark": Annotated[bool, Told(strict=True)],
}  # fmt: skip


class Given(BaseModel):
    """The base of all: nothing beside what is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@cache
def model_of(shape: Shape) -> type[Given]:
    """The model of an item of a shape."""
    declared: dict[str, Any] = {field.name: _declared(field) for field in shape.fields}
    for part in shape.parts:
        line: Any = model_of(part.shape)
        lines = Annotated[list[line], Told(max_length=MOST_LINES)]
        declared[part.name] = (lines, Told(... if part.is_required else [], title=part.heading))
    made: type[Given] = create_model(shape.made.__name__, __base__=Given, **declared)
    return made


def _declared(field: Field) -> tuple[Any, Any]:
    kind = Literal[field.choices] if field.choices else _TYPES[field.form]
    if field.is_required:
        return kind, Told(title=field.heading)
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    return (kind | None if default is None else kind), Told(default, title=field.heading)


def plain(given: BaseModel) -> dict[str, Any]:
    """What was given, as `inputs.build` takes it: lists of lines as objects of their own."""
    return given.model_dump()
