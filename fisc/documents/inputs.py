"""What a use case takes, read off its service: one item's fields, its lists of lines, one flat row of a file.

A service takes items of a dataclass, or numbers of documents. Every field has a Chinese heading, a form
(`fisc.sheets.Column`) and a default. An item is written in three ways, all made from the same `Shape`:
as an object with lists of lines (JSON), as flat rows of a file (what belongs to the document stands on each
of its rows), and as the options of a command, which are one flat row.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from fisc.documents.errors import RuleBroken, Undeclared
from fisc.documents.limits import Between, is_reason, limits_of
from fisc.documents.words import heading_of, other_names
from fisc.kernel import Coding
from fisc.sheets.columns import FOUND, Column, Form
from fisc.sheets.columns import OneOf as OneOf  # noqa: PLC0414 -- domains know it from here

#: The flat column that tells an item's lists of lines apart, where it has several.
PART: Final = "part"
#: What is no list and has fields of its own: those of a coding block stand in the item under their names.
_BARE: Final = (Coding,)
#: Elements that the books bear and no document says line by line: its own number, those of transfers, debt,
#: stakes, registers.
_OF_BOOKS: Final = frozenset(
    {"cor_bgt_doc_no", "rev_func_code", "tp_func_code", "rec_div_code", "from_div_code", "table_part_code",
     "scheme_code",
     "debt_type_code", "debt_move_code", "relief_code", "cut_scope_code", "enterprise_code",
     "equity_part_code", "sector_code", "loan_no", "book_owner_code", "is_last_year", "is_reclassified"}
)  # fmt: skip
#: What a coding block takes from the item above it.
_PLACE: Final = ("fiscal_year", "mof_div_code")
_YEARS: Final = frozenset({"fiscal_year", "first_year", "last_year", "from_year"})
_CODE_ENDS: Final = ("_code", "_no", "_id", "_key", "number")


class _Blank:
    """Marks a text that has no default in its dataclass, and that people may leave out all the same."""


#: A text that may be empty: `payee_bank_no: OrBlank`.
OrBlank = Annotated[str, _Blank()]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item: its name, its heading, its form, and what stands where nothing is given.

    `path` leads to it from the item: ("coding", "agency_code"). `choices` are its values, where they are few,
    `choice_names` what people call them, where they have names.
    """

    name: str
    heading: str
    form: Form
    path: tuple[str, ...]
    is_required: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    choice_names: tuple[str, ...] = ()
    is_bytes: bool = False
    #: What to do where it must be said and is not, besides filling it in.
    remedy: str = ""
    #: What a whole number may be, where it is said.
    limits: Between | None = None
    #: Code -> name of the values it is seen with, where that is more than may be given.
    told: tuple[tuple[str, str], ...] = ()
    #: Whether it says why, and has to say something.
    is_reason: bool = False

    @property
    def is_division(self) -> bool:
        """Whether it names a division, which people may write by six digits or by name."""
        return self.name.endswith("div_code")

    @property
    def are_divisions(self) -> bool:
        """Whether it names several divisions, each written as one is."""
        return self.name.endswith("div_codes")

    @property
    def printed(self) -> str:
        """Its heading as it is told to who makes a file: under a Chinese heading amounts are in 元."""
        unit = WRITTEN_IN.get(self.form)
        return f"{self.heading}（{unit}）" if unit else self.heading

    @property
    def column(self) -> Column:
        """The field as a column of files: amounts in 元, rates in percent, under its name as in JSON."""
        named = zip(self.choices, self.choice_names or ("",) * len(self.choices), strict=True)
        return Column(
            self.name, self.heading, self.form, self.is_required, choices=tuple(named),
            also=other_names().get(self.name, ()), remedy=self.remedy or "请补填",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A list of lines of an item: the field that holds it, its heading, and what a line has."""

    name: str
    heading: str
    shape: Shape
    is_required: bool


@dataclass(frozen=True)
class Shape:
    """What one item of a dataclass has: its own fields, and lists of lines."""

    made: type
    fields: tuple[Field, ...]
    parts: tuple[Part, ...] = ()

    @cached_property
    def flat(self) -> tuple[Field, ...]:
        """The fields of flat rows: the item's, which list a row's line is in, and those of the lines.

        A field of a line that an item may be without, or that only some of several lists have, is asked for
        when the line is made.
        """
        found = {field.name: field for field in self.fields}
        several = len(self.parts) > 1
        if several:
            asked = any(part.is_required for part in self.parts)
            named = tuple((part.name, part.heading) for part in self.parts)
            found[PART] = Field(
                PART, heading_of(PART), "code", (PART,), is_required=asked,
                choices=tuple(name for name, _ in named), choice_names=tuple(head for _, head in named),
            )  # fmt: skip
        for part in self.parts:
            must = part.is_required and not several
            for name, field in self.flat_lines(part):
                heading = field.heading if name == field.name else f"{part.heading}{field.heading}"
                is_required = field.is_required and must
                found.setdefault(name, replace(field, name=name, heading=heading, is_required=is_required))
        return tuple(found.values())

    def flat_lines(self, part: Part) -> Iterator[tuple[str, Field]]:
        """The fields of a part's lines by their names in flat rows; the item may say one of the same name."""
        own = {field.name for field in self.fields}
        for field in part.shape.fields:
            yield (f"{part.name}_{field.name}" if field.name in own else field.name), field


@cache
def shape_of(made: type, heads: tuple[tuple[str, str], ...] = ()) -> Shape:
    """What an item of a dataclass takes; `heads` are headings that its document's table gives.

    Raises Undeclared for a field of a type that no form is known for, or without a heading.
    """
    headings = dict(heads)
    own: list[Field] = []
    parts: list[Part] = []
    for name, kind, default in _declared(made):
        lines = _lines_of(kind)
        if lines is not None:
            given = heading_of(name, headings)
            parts.append(Part(name, given, shape_of(lines, heads), default is MISSING))
        elif is_dataclass(block := bare_type(kind)[0]):
            own += _nested(name, block, default, headings)
        else:
            own.append(field_of(name, kind, default, (name,), headings))
    taken = {field.name for field in own}
    return Shape(made, tuple(own), tuple(_without(part, taken) for part in parts))


def _without(part: Part, taken: set[str]) -> Part:
    """A part whose lines do not say again what the item says: region and year of a coding block."""
    told = tuple(f for f in part.shape.fields if not (len(f.path) > 1 and f.name in taken))
    return Part(part.name, part.heading, Shape(part.shape.made, told, part.shape.parts), part.is_required)


def _nested(name: str, kind: Any, default: Any, headings: Mapping[str, str]) -> Iterator[Field]:
    prefix = "" if kind in _BARE else f"{name}_"
    for inner, of, inner_default in _declared(kind):
        if kind in _BARE and inner in _OF_BOOKS:
            continue
        # a block that may be left out asks for nothing of its own
        given = inner_default if default is MISSING or inner_default is not MISSING else None
        yield field_of(f"{prefix}{inner}", of, given, (name, inner), headings)


def field_of(name: str, kind: Any, default: Any, path: tuple[str, ...], headings: Mapping[str, str]) -> Field:
    """The field of a dataclass or a parameter. Raises Undeclared for a type or name that is not known."""
    told, is_optional = bare_type(kind)
    named = _choices_of(told)
    if default is MISSING and any(isinstance(one, _Blank) for one in getattr(told, "__metadata__", ())):
        default = ""
    bare = get_args(told)[0] if get_origin(told) is Annotated else told
    return Field(
        name, _heading_in(told) or heading_of(name, headings),
        _form_of_named(bare) if named else _form(name, bare, default), path,
        is_required=default is MISSING and not is_optional,
        default=None if default is MISSING else default, choices=tuple(named),
        choice_names=tuple(named.values()) if any(named.values()) else (), is_bytes=bare is bytes,
        told=tuple(_told_in(told).items()),
        limits=limits_of(name, told), is_reason=not named and is_reason(name, told),
    )  # fmt: skip


def _heading_in(kind: Any) -> str:
    return next((one.heading for one in getattr(kind, "__metadata__", ()) if isinstance(one, OneOf)), "")


def _told_in(kind: Any) -> Mapping[str, str]:
    return next(
        (one.told for one in getattr(kind, "__metadata__", ()) if isinstance(one, OneOf) and one.told), {}
    )


def _choices_of(kind: Any) -> Mapping[str, str]:
    """Code -> name of the values that a type has; '' where they have codes alone, {} where it has many."""
    if get_origin(kind) is Literal:
        return dict.fromkeys(map(str, get_args(kind)), "")
    return next((one.names for one in getattr(kind, "__metadata__", ()) if isinstance(one, OneOf)), {})


def value_names(kind: Any) -> dict[str, Mapping[str, str]]:
    """Field -> the names of its values, of the dataclasses and named tuples that a type is made of."""
    if not isinstance(kind, type) or get_origin(kind) is not None:
        parts = [part for part in get_args(kind) if not isinstance(part, OneOf | str)]
        return {name: names for part in parts for name, names in value_names(part).items()}
    if not (is_dataclass(kind) or hasattr(kind, "_fields")):
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for name, of in get_type_hints(kind, vars(sys.modules[kind.__module__]), include_extras=True).items():
        names = _choices_of(bare_type(of)[0])
        found |= {name: names} if any(names.values()) else value_names(of)
    return found


def bare_type(kind: Any) -> tuple[Any, bool]:
    """A type without `| None`, and whether None is one of its values."""
    if get_origin(kind) in (Union, types.UnionType):
        left = [one for one in get_args(kind) if one is not type(None)]
        return left[0], len(left) < len(get_args(kind))
    return kind, False


def _form_of_named(kind: Any) -> Form:
    return "codes" if get_origin(kind) in (tuple, frozenset) else "code"


def _form(name: str, kind: Any, default: Any) -> Form:
    if kind is int:
        ends = (form for end, form in _COUNTED.items() if name.endswith(end))
        return next(ends, "year" if name in _YEARS else "integer")
    if kind is bool:
        return "truth" if default is True else "mark"
    if get_origin(kind) in (tuple, frozenset) and get_args(kind)[:1] == (str,):
        return "codes"
    if kind is str and name.endswith(_CODE_ENDS):
        return "code"
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise Undeclared(f"{name}: 不知道怎样填写 {kind}")


#: Whole numbers whose unit their name ends with.
_COUNTED: Final[Mapping[str, Form]] = {"_fen": "amount_fen", "_bp": "rate_bp"}
#: Form -> the unit in which people write it; in JSON, and under its name, it is what the name ends with.
WRITTEN_IN: Final[Mapping[Form, str]] = {"amount_fen": "元", "rate_bp": "%"}
_PLAIN: Final[Mapping[Any, Form]] = {
    str: "text",
    bytes: "text",
    date: "date",
    Decimal: "decimal",
    Path: "text",
}


def _declared(made: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, type and default of each field that people give; MISSING where something must be given."""
    hints = get_type_hints(made, vars(sys.modules[made.__module__]), include_extras=True)
    for field in fields(made):
        if field.metadata == FOUND:
            continue
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        yield field.name, hints[field.name], default


def _lines_of(kind: Any) -> type | None:
    """The dataclass of the lines that a field holds; None where it holds none."""
    if get_origin(kind) in (tuple, list, Sequence) or getattr(kind, "__origin__", None) is Sequence:
        inner = get_args(kind)[0]
        return inner if isinstance(inner, type) and is_dataclass(inner) else None
    return None


def build(shape: Shape, given: Mapping[str, Any], above: Mapping[str, Any] | None = None) -> Any:
    """An item from its fields by name and its lists of lines; what is left out has its default.

    `above` is what the item says that holds this line: a coding block takes region and year from there.
    """
    found: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for field in shape.fields:
        value = given.get(field.name, field.default)
        if isinstance(value, list):
            value = tuple(value)
        if len(field.path) == 1:
            found[field.name] = value
        else:
            nested.setdefault(field.path[0], {})[field.path[1]] = value
    said = {field.path[0] for field in shape.fields if given.get(field.name) not in (None, "", ())}
    for name, values in nested.items():
        kind, is_optional = _types(shape.made)[name]
        found[name] = None if is_optional and name not in said else _block(kind, values, above or {})
    for part in shape.parts:
        found[part.name] = tuple(build(part.shape, line, given) for line in given.get(part.name) or ())
    _require_given(shape, given)
    return shape.made(**found)


@cache
def _types(made: type) -> dict[str, tuple[Any, bool]]:
    """Field of a dataclass -> its type, and whether it may be None."""
    return {name: bare_type(kind) for name, kind, _ in _declared(made)}


def _require_given(shape: Shape, given: Mapping[str, Any]) -> None:
    """Raise RuleBroken where a line lacks what its list asks for."""
    if missing := [f.heading for f in shape.fields if f.is_required and given.get(f.name) in (None, "")]:
        how = [f.remedy for f in shape.fields if f.remedy and f.heading in missing]
        raise RuleBroken(
            f"没有填写{'、'.join(missing)}", rule="必填的栏不能空缺", hint="；".join(["请补填", *how])
        )


def _block(kind: type, values: Mapping[str, Any], above: Mapping[str, Any]) -> Any:
    inherited = {name: above[name] for name in _PLACE if name in above and name not in values}
    said = inherited | {name: value for name, value in values.items() if value is not None}
    return kind(**said) if said else None
