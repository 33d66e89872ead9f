"""A use case, declared once: what a person may do, what it takes, and which service does it.

    UseCase("treasury.review", review, PAYMENT, "review")

says that `fisc treasury review`, `POST /api/treasury/review`, the form and the file of that name exist. What
it takes is read off the service's signature (`fisc.documents.inputs`): items of a dataclass, or numbers of
documents, and what holds for all of them. Duty and name come from the kind's flow where the use case makes a
document or takes a step; else they are said.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, get_args, get_origin

import psycopg

from fisc.documents.acting import require_may_act
from fisc.documents.apart import Items, named_apart
from fisc.documents.bearing import NARROWED
from fisc.documents.days import require_happened
from fisc.documents.errors import RuleBroken, Undeclared
from fisc.documents.flow import MAKE
from fisc.documents.inputs import Field, Shape, shape_of, value_names
from fisc.documents.kind import Kind
from fisc.documents.known import require_known
from fisc.documents.noting import with_notes
from fisc.documents.numbers import as_known, said_as_known
from fisc.documents.option_fields import is_set, option_field
from fisc.documents.own_numbers import number_in, told_own
from fisc.documents.reasons import require_reasons, with_why
from fisc.documents.sight import Owners, owners_in
from fisc.documents.store import By
from fisc.documents.words import field_names, heading_of, other_names, shown_heading, without_unit
from fisc.kernel import FiscError
from fisc.registry.officers import duty_names
from fisc.sheets.columns import Column

Conn = psycopg.Connection[Any]
#: What a service takes from whoever calls it, not from a person.
_OF_CALLER: Final = frozenset({"conn", "by", "on", "each", "known"})
#: What services call the number of whatever document they speak of.
_ANY_NUMBER: Final = frozenset({"doc_key", "key", "number"})
#: Regions that a service looks at together: said once for all, however many.
_PLACES: Final = frozenset({"regions", "mof_div_codes"})
#: Officers besides the one who acts: a person at a door is one officer, so such a service is no use case.
OTHER_HANDS: Final = frozenset(
    {"reviewed_by", "approved_by", "signed_by", "department_by", "cleared_by", "signed"}
)


@dataclass(frozen=True, eq=False)
class UseCase:
    """What a person may do. `code` is domain and verb, `work` the service that does it.

    `kind` and `step` say which document is made ("make") or moved. `fixed` are arguments of the service that
    this use case settles. `name` and `duty` are said where no step of a kind says them. With `tells_faults`
    each row of its answer is something wrong (`fisc.documents.sound`). `owners` says whose the things are
    that it names, where they are no documents of its kind. `named` says how values that programs set are
    called: field of the answer -> code -> name. What `is_of_office` tells of many units in one: no
    unit's officer is answered. Nor are they told rows that name no unit, unless these are `is_for_units`, as
    elements and periods are. `sheet` gives the columns of a table that it takes as a file. `shows` are fields
    of its answer that a table has even where empty. `parts`: its lists of another kind -> use case of these.
    """

    code: str
    work: Callable[..., Any]
    kind: Kind[Any] | None = None
    step: str = ""
    name: str = ""
    duty: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    tells_faults: bool = False
    owners: Owners | None = None
    is_of_office: bool = False
    is_for_units: bool = False
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sheet: Callable[[], Sequence[Column]] | None = None
    shows: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The group of its command: its domain, as a rule."""
        return self.code.partition(".")[0]

    @property
    def verb(self) -> str:
        """What its command is called within the group."""
        return self.code.partition(".")[2]

    @cached_property
    def title(self) -> str:
        """Its Chinese name."""
        if self.name or self.kind is None:
            return self.name
        return (
            f"编制{self.kind.name}"
            if self.step == MAKE
            else f"{self.kind.name}{self.kind.of(self.step).name}"
        )

    @cached_property
    def duty_code(self) -> str:
        """The duty of who acts; '' where every officer may, who may see the region at all."""
        if self.duty or self.kind is None or not self.step:
            return self.duty
        return self.kind.flow.make_duty if self.step == MAKE else self.kind.of(self.step).duty

    @cached_property
    def help_text(self) -> str:
        """What a command's help says: its name, and whose duty it is."""
        who = f"（{duty_names()[self.duty_code]}）" if self.duty_code else ""
        return f"{self.title}{who}"

    @cached_property
    def gives_file(self) -> bool:
        """Whether it answers with a file: its name and its bytes, or a `GivenFile`."""
        return str(inspect.signature(self.work).return_annotation) in ("tuple[str, bytes]", "GivenFile")

    @cached_property
    def is_reading(self) -> bool:
        """Whether it only looks: nobody acts."""
        return "by" not in self._signature

    @cached_property
    def takes_day(self) -> bool:
        """Whether it has a day of business."""
        return "on" in self._signature

    @cached_property
    def can_answer_each(self) -> bool:
        """Whether the service takes the sound ones of a set and refuses the others alone."""
        return "each" in self._signature

    @cached_property
    def shape(self) -> Shape | None:
        """What one item has, where the service takes items; None where it takes numbers or neither."""
        made = self._subject_type
        if made is None or made is str:
            return None
        shape = shape_of(made, self._headings)
        return told_own(shape, self.kind) if self.step == MAKE else shape

    @cached_property
    def number(self) -> Field | None:
        """The number of a document, where the service takes numbers."""
        if self._subject_type is not str:
            return None
        name = self.subject.removesuffix("s")
        if self.kind is not None and name in _ANY_NUMBER:
            name = self.kind.number
        return Field(name, heading_of(name, dict(self._headings)), "code", (self.subject,), is_required=True)

    @cached_property
    def is_many(self) -> bool:
        """Whether the service takes a set; else one item, or nothing but what is said for all."""
        found = self._signature.get(self.subject)
        return found is not None and get_origin(self._kind_of(found)) is not None

    @cached_property
    def options(self) -> tuple[Field, ...]:
        """What is said once for all items."""
        found = []
        for name, parameter in self._signature.items():
            if name in _OF_CALLER or name in self.fixed or name == self.subject:
                continue
            kind, default = self._kind_of(parameter), parameter.default
            missing = default is inspect.Parameter.empty
            found.append(option_field(name, kind, default, self._headings, is_required=missing))
        return (*(with_why(one, self.kind, self.step) for one in found), *self.narrowing)

    @cached_property
    def numbered(self) -> str:
        """What of an item or number names a document of its kind; '' where none does."""
        called = self._number_called
        if (
            self.kind is None
            or self.step == MAKE
            or self.asked_of is None
            or called not in ("doc_key", self.kind.number)
        ):
            return ""
        is_said = self.shape is None or any(field.name == called for field in self.shape.fields)
        return called if is_said else ""

    @cached_property
    def named_by(self) -> Field | None:
        """The field by which it names what stands already, beside others; None: a `number` alone, or nothing.

        Of an item, or said once for all. It stands where a number does: commands take it as their argument.
        """
        if self.number is not None or self.asked_of is None or self.step == MAKE:
            return None
        own = self.shape.fields if self.shape is not None else ()
        named = self.asked_of.named
        return next((f for f in (*self.options, *own) if f.name == named and f.is_required), None)

    @cached_property
    def narrowing(self) -> tuple[Field, ...]:
        """Region and year, where keys say more than is printed on documents; others may bear that too."""
        if not self.numbered or self.kind is None or self.kind.number != "doc_key":
            return ()
        taken = {*self._signature, *((f.name for f in self.shape.flat) if self.shape is not None else ())}
        kinds = {"mof_div_code": str, "fiscal_year": int}
        return tuple(
            option_field(name, kinds[name] | None, None, (), is_required=False)
            for name in NARROWED if name not in taken
        )  # fmt: skip

    @cached_property
    def subject(self) -> str:
        """The parameter that takes the items or the numbers; '' where there is none."""
        for name, parameter in self._signature.items():
            if name not in _OF_CALLER and name not in self.fixed and self._is_subject(name, parameter):
                return name
        return ""

    def _is_subject(self, name: str, parameter: inspect.Parameter) -> bool:
        kind = self._kind_of(parameter)
        is_option = parameter.kind == parameter.KEYWORD_ONLY or name in _PLACES
        is_named = is_set(kind) or (kind is str and name in _ANY_NUMBER)
        return is_dataclass(kind) or (is_named and not is_option)

    def check(self) -> None:
        """Raise Undeclared where the declaration does not fit its service, or says too little."""
        if hands := OTHER_HANDS & self._signature.keys():
            raise Undeclared(f"{self.code}: {'、'.join(hands)} 是另一个人办的事，须分成几步")
        if not self.title:
            raise Undeclared(f"{self.code}: 没有中文名")
        if not self.is_reading and self.duty_code not in duty_names():
            raise Undeclared(f"{self.code}: 没有写明由哪个岗位办理")
        self.shape, self.number, self.options  # noqa: B018 -- each raises what is wrong with it

    @cached_property
    def takes_many_officers(self) -> bool:
        """Whether the service takes an officer for each item, so that many may be served together."""
        by = self._signature.get("by")
        return by is not None and by.annotation in ("By", By)

    def run(
        self, conn: Conn, given: Sequence[Any], said: Mapping[str, Any], *, by: By, on: date,
        is_each: bool = False, is_judged: bool = False,
    ) -> Any:  # fmt: skip
        """Do it: with the items or numbers `given` and what is `said` for all. Raises as it.

        Who acts is judged first (`acting`), unless they are already: how a thing stands is theirs to know.
        """
        require_known(self, given, said)
        require_happened(self, given, said, on)
        require_reasons(self, given, said)
        narrowed = {field.name for field in self.narrowing}  # what only tells documents apart
        named: dict[str, Any] = {**self.fixed, **{n: one for n, one in said.items() if n not in narrowed}}
        if not self.is_reading:
            if not is_judged:
                require_may_act(conn, self, given, said, by)
            named["by"] = by
        if self.takes_day:
            named["on"] = on
        if is_each:
            named["each"] = True
        if self.subject:
            named[self.subject] = given if self.is_many else self._only(given)
        done = self.work(conn, **named)
        tells = self.kind is not None and self.step and self.subject and self.is_many
        return with_notes(conn, self.kind, given, self.numbers_of(given), done) if tells else done

    def _only(self, given: Sequence[Any]) -> Any:
        """The one item, where the service takes one."""
        if len(given) != 1:
            said = f"{self.title}一次只办一项，这里有 {len(given)} 项"
            raise RuleBroken(said, rule="逐项办理", hint="请分开提交")
        return given[0]

    def tried(
        self, conn: Conn, given: Sequence[Any], said: Mapping[str, Any], *, by: str, on: date, is_dry: bool,
        places: Sequence[str] = (),
    ) -> Any:  # fmt: skip
        """`run`, and all of it taken back where it `is_dry`: nothing stands, whatever was answered.

        Of a set, what is refused is named item by item, each by where it stands (`places`, else 第 1 项).
        """
        try:
            given, said = as_known(conn, self, given, said, by), said_as_known(conn, self, said, by)
            if not is_dry:
                return self.run(conn, given, said, by=by, on=on)
            with conn.transaction(force_rollback=True):
                done = self.run(conn, given, said, by=by, on=on)
                conn.execute("set constraints all immediate")  # what is checked at a transaction's end too
            return done
        except FiscError as refusal:
            if self.is_reading or not self.is_many or self.gives_file:  # a file is of all of its items
                raise
            items = Items(given, self.numbers_of(given), places)

            def serve(some: Sequence[Any]) -> Any:
                return self.run(conn, as_known(conn, self, some, said, by), said, by=by, on=on)

            raise named_apart(conn, refusal, items, serve) from None

    def numbers_of(self, given: Sequence[Any]) -> list[str]:
        """The numbers by which people know what was given."""
        if not self.subject:
            return []
        if self.shape is None:
            return [str(one) for one in given]
        names = self._numbered_by
        return ["-".join(str(getattr(one, name)) for name in names) for one in given]

    @cached_property
    def _numbered_by(self) -> tuple[str, ...]:
        """The fields that tell items apart: their number, or all that must be said, where they have none."""
        assert self.shape is not None
        found = next((f for f in self.shape.fields if f.name == self.number_name), None)
        if found is None or found.form in ("code", "text"):
            return (self.number_name,)
        return tuple(f.name for f in self.shape.fields if f.is_required and f.form != "amount_fen")

    @cached_property
    def moves_by(self) -> str:
        """What of an item or number names the document that takes a step; '' where none takes one."""
        is_step = self.kind is not None and self.step not in ("", MAKE) and self.subject
        return self._number_called if is_step else ""

    @cached_property
    def asked_of(self) -> Owners | None:
        """Whose the things are that it names: as declared, or documents of its kind; None: it names none."""
        if self.owners is not None:
            return self.owners
        called = self._number_called
        if self.kind is None or self.step == MAKE:
            return None
        is_its_own = called in ("doc_key", self.kind.number)
        return owners_in(self.kind, called, column="doc_key") if is_its_own else None

    @cached_property
    def _number_called(self) -> str:
        if self.shape is not None:
            return self.number_name
        return self.number.name if self.number is not None else ""

    @cached_property
    def number_name(self) -> str:
        """What of an item is its number: its kind's, its key, or the first field that is no place."""
        assert self.shape is not None
        return number_in(self.shape, self.kind)

    def heading(self, name: str) -> str:
        """What people call a field of its answer; its own name where it has no heading."""
        own = None if name in other_names() else dict(self._headings).get(name)
        return own or shown_heading(name)

    @cached_property
    def value_names(self) -> Mapping[str, Mapping[str, str]]:
        """Field of its answer -> code -> name of the values that have names: `named`, and by its type."""
        try:
            told = value_names(self._evaluated(inspect.signature(self.work).return_annotation))
        except NameError:  # documents: of a type that only checkers import
            told = {}
        return {**told, **self.named}

    # ---- read off the service

    @cached_property
    def _signature(self) -> dict[str, inspect.Parameter]:
        return dict(inspect.signature(self.work).parameters)

    def _kind_of(self, parameter: inspect.Parameter) -> Any:
        """The type of a parameter, whatever other annotations of the service name."""
        return self._evaluated(parameter.annotation)

    def _evaluated(self, annotation: Any) -> Any:
        """What an annotation of the service names, in the module that the service stands in."""
        if not isinstance(annotation, str):
            return annotation
        return eval(annotation, vars(sys.modules[inspect.unwrap(self.work).__module__]))

    @cached_property
    def _subject_type(self) -> Any:
        """The dataclass of an item, `str` for numbers, None where there is no subject."""
        if not self.subject:
            return None
        kind = self._kind_of(self._signature[self.subject])
        return kind if is_dataclass(kind) or kind is str else get_args(kind)[0]

    @cached_property
    def _headings(self) -> tuple[tuple[str, str], ...]:
        """What the document's table, and those of its lines, call their columns."""
        if self.kind is None:
            return ()
        tables = (*self.kind.lines, self.kind)
        found = {c: without_unit(t.label(c)) for t in tables for c in t.all_columns}
        if self.kind.number != "doc_key":
            found.setdefault(self.kind.number, field_names().get(self.kind.number, f"{self.kind.name}编号"))
        return tuple(found.items())
