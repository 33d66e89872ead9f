"""A kind of document, declared once: its table, its content, its lines, its flow, its key.

The model says what the table is (names, types, Chinese names). A `Kind` says what of it is
content, which step may write which other column, what lines and registers belong to it, which
columns a list filters by and a file has. SQL, guards, protection, lists, details and files
follow from it (`fisc.documents.statements`, `guards`, `listing`, `files`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar, cast

from fisc.documents.counterparty import Counterparty
from fisc.documents.errors import Undeclared
from fisc.documents.flow import MAKE, REVERSE, Flow, Move, two_steps
from fisc.documents.months import MADE_ON, booked_month, kept_month
from fisc.documents.resting import RestsOn
from fisc.registry.officers import SYSTEM, duty_names
from fisc.registry.rows import Table

if TYPE_CHECKING:
    from django.db.models import Model

    from fisc.documents.models import FlowDocument

M = TypeVar("M", bound="FlowDocument")
L = TypeVar("L", bound="Model")

#: What every document has besides its own columns; the engine alone writes state and trail. Nobody reads a
#: document for the moments at which its steps became known: `fisc.documents.past` does.
KEY_COLUMNS: Final = ("id", "doc_key", "mof_div_code", "fiscal_year")
TRAIL: Final = "trail"
ENGINE_COLUMNS: Final = ("state", TRAIL)
KNOWN_AT: Final = "known_at"
#: What the ledger's directory says of a document's paper.
PAPER: Final = frozenset({"doc_no", "title", "dated_on", "source_name", "source_sha256"})
#: Columns that hold what one database numbered for itself: another one numbers the same thing otherwise.
SURROGATES: Final = frozenset({"id", "coding_id"})


def is_told(column: str) -> bool:
    """Whether lists, files and JSON tell a column: surrogates and digests only programs can read."""
    return column not in SURROGATES and not column.endswith("_digest")


@dataclass(frozen=True, eq=False)
class Lines(Table, Generic[L]):
    """The lines of a document, in a table of their own: written with it, and never changed.

    `parent` names the document (`doc_key` holds it). They come in the transaction in which the
    document is made or takes one of the steps `written_by`. `progress` are columns that later
    events count up; every other column is content. `sums_to` names the document's column that the
    lines' `amount` adds up to. Where several kinds share the table, `kind_column` says whose a line is:
    `kind_values` is what it holds, by the kind's prefix. `past` is as of a `Register`; lines were known
    with the step that brought them.
    """

    model_label: str
    parent: str = "doc_key"
    order: str = "line_no"
    progress: tuple[str, ...] = ()
    written_by: tuple[str, ...] = (MAKE,)
    amount: str = "amount_fen"
    sums_to: str = ""
    #: The column of both tables that tells editions of the lines apart, where there are several.
    edition: str = ""
    kind_column: str = ""
    kind_values: Mapping[str, str | bool] = field(default_factory=dict)
    past: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Columns that never change."""
        return tuple(c for c in self.all_columns if c not in self.progress)

    def mark(self, kind: Kind[Any]) -> dict[str, str | bool]:
        """What a kind's lines hold in the column that tells kinds apart; nothing where only one has them."""
        return {self.kind_column: self.kind_values[kind.prefix]} if self.kind_column else {}

    def mark_value(self, kind: Kind[Any] | None) -> str | bool | None:
        """As `mark`, the value alone. Raises ValueError where it is not said which kind is meant."""
        if self.kind_column and kind is None:
            raise ValueError(f"{self.table}: whose lines?")
        return None if kind is None else self.kind_values.get(kind.prefix)

    def check(self, kind: Kind[Any]) -> None:
        """Raise Undeclared where this, its table and the kind whose lines they are do not agree."""
        self.require_columns([self.parent, self.order, *self.progress, *filter(None, (self.kind_column,))])
        if self.kind_column and kind.prefix not in self.kind_values:
            raise Undeclared(f"{self.table}: 没有声明{kind.name}的明细在“{self.kind_column}”列中怎样标明")
        if self.sums_to or self.edition:
            self.require_columns(filter(None, (self.sums_to and self.amount, self.edition)))
            kind.require_columns(filter(None, (self.sums_to, self.edition)))
        if strange := set(self.written_by) - {MAKE, *(m.code for m in kind.flow.moves)}:
            raise Undeclared(f"{self.table}: {'、'.join(sorted(strange))} 不是{kind.name}的步骤")

    def load(self, rows: Iterable[Sequence[Any]]) -> list[L]:
        """Rows of all columns as read-only objects of the model."""
        return cast("list[L]", self.objects(self.all_columns, rows))


@dataclass(frozen=True, eq=False)
class Register(Table):
    """Facts of a domain that are no document: noted once, never deleted.

    `progress` are columns that later events write; every other column is content. For who asks as of a past
    moment (`fisc.documents.past`): `known` is the SQL condition under which a row (`t`) was known, over
    documents as they were known then; `past` says in the same way what a column of `progress` was. A register
    without `known` does not keep when it learnt its facts, and refuses. `no_reasons`: codes or banks' words.
    """

    model_label: str
    progress: tuple[str, ...] = ()
    known: str = ""
    past: Mapping[str, str] = field(default_factory=dict)
    no_reasons: tuple[str, ...] = ()

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Columns that never change."""
        return tuple(c for c in self.all_columns if c not in self.progress)


class Named(NamedTuple):
    """Where that is registered which documents name: a table, and its column of these names.

    `parties` are the columns of the regions that a row is of, where it has no region of its own: each of them
    sees it. What `may_be_new` need not be there yet: the document brings it about, or says what it will be.
    """

    table: Table
    column: str
    parties: tuple[str, ...] = ()
    may_be_new: bool = False


class OwnYear(NamedTuple):
    """Steps taken only on days of a document's own fiscal year; what is wrong else, the rule, what to do."""

    steps: tuple[str, ...]
    what: str
    rule: str
    hint: str


@dataclass(frozen=True, eq=False)
class Kind(Table, Generic[M]):
    """A kind of document. `prefix` begins its natural key and those of its entries; no other kind has it.

    `content` never changes after making, save that a step of `written` may write what it names
    there; what is not content is written by those steps only. `paper` says which columns
    are the doc_no, title, dated_on, source_name and source_sha256 of the ledger's directory. `number` is
    what the field calls the document's number; `facets` are what a list filters by; `refers` says which
    columns hold the number of another kind's document, by that kind's prefix; `undoes` says of which
    other kinds documents of this kind take back the effect, by prefix, in which states. `names` says of
    fields of what people hand in, or of its lines, what else they name: `refers` are among it by themselves.
    `unit_by` is the column by which the unit of a document is found that names none (`documents.owning`).
    `parties` are the columns of the governments that a document is between: each sees it, and lists it; whose
    books it is made in, acts. `counterparty` says who is on the other side of its money.
    """

    model_label: str
    prefix: str
    flow: Flow
    content: tuple[str, ...]
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: tuple[Lines[Any], ...] = ()
    paper: Mapping[str, str] = field(default_factory=dict)
    number: str = "doc_key"
    refers: Mapping[str, str] = field(default_factory=dict)
    undoes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, Named] = field(default_factory=dict)
    unit_by: str = ""
    parties: tuple[str, ...] = ()
    counterparty: Counterparty | None = None
    facets: tuple[str, ...] = ("mof_div_code", "fiscal_year", "state")
    #: The month of the books it belongs to (`fisc.documents.months`), never closed over a draft; else ''.
    month: str = ""
    #: The column that says the day on which it is posted, where it is not that of the step.
    booked_on: str = ""
    #: How many of the last signs of its key people may write alone: its number is made, not given, and long.
    tail: int = 0
    #: Whether the number of one that ended may be entered anew (`fisc.documents.editions`).
    has_editions: bool = False
    no_reasons: tuple[str, ...] = ()
    #: Which steps it takes only in its fiscal year.
    own_year: OwnYear | None = None
    #: The step that puts its paper into force: taken on no day before the one the paper bears.
    in_force_by: str = ""
    #: What is there before it, besides the documents of `refers` that its content names.
    rests_on: tuple[RestsOn, ...] = ()
    #: How documents of kinds of lower domains rest on it, by their prefix.
    carries: Mapping[str, tuple[RestsOn, ...]] = field(default_factory=dict)
    #: How people take back what it did, where documents of this very kind do that: in words after 要撤回请.
    taken_back_by: str = ""
    booked: Mapping[str, str] = field(default_factory=dict)  # step -> end of its entry's key; it has one

    @cached_property
    def own_month(self) -> str:
        """The month (yyyymm) of the books that it belongs to, as SQL over its row `n`; '' where steps say."""
        return booked_month(self.table, self.booked_on) if self.booked_on else self.month

    @cached_property
    def written_later(self) -> tuple[str, ...]:
        """Columns that are no content: empty until a step writes them."""
        return tuple(c for c in self.own_columns if c not in self.content)

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        """Every column that is read: the moments of the steps are not."""
        return tuple(str(f.column) for f in self.model._meta.concrete_fields if f.column != KNOWN_AT)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of lists and files: number and own columns, without what only programs read."""
        shown = (c for c in self.own_columns if is_told(c))
        return ("doc_key", "mof_div_code", "fiscal_year", *shown, "state")

    @cached_property
    def said(self) -> tuple[str, ...]:
        """What a digest of a document covers: place and content, but for numbers that one database gave."""
        return tuple(sorted({"mof_div_code", "fiscal_year", *self.content} - SURROGATES))

    @cached_property
    def own_columns(self) -> tuple[str, ...]:
        """The table's columns besides key, state and trail."""
        return tuple(c for c in self.all_columns if c not in (*KEY_COLUMNS, *ENGINE_COLUMNS))

    @property
    def states(self) -> Mapping[str, str]:
        """State code -> Chinese name."""
        return self.flow.states

    @property
    def initial(self) -> str:
        """The state a document is made in."""
        return self.flow.initial

    def of(self, code: str) -> Move:
        """The move of a code."""
        return self.flow.of(code)

    def short(self, doc_key: str) -> str:
        """The number of a document as people copy it: the end of its key, where that is enough."""
        return doc_key[-self.tail :]

    def key(self, doc_key: str) -> str:
        """The natural key of a document in the ledger."""
        return f"{self.prefix}:{doc_key}"

    def event(self, doc_key: str, *parts: object) -> str:
        """The natural key of an entry of a document: its own key, then what happened."""
        return ":".join([self.prefix, doc_key, *map(str, parts)])

    def writers(self, column: str) -> tuple[str, ...]:
        """The steps that may write a column."""
        return tuple(move for move, columns in self.written.items() if column in columns)

    def edited(self, code: str, changes: Iterable[str] | None = None) -> tuple[str, ...]:
        """The content that a step writes anew, of the columns it changes; () for a step that edits nothing.

        The edition that tells lines apart only counts: what it counts is said by the other columns.
        """
        editions = {lines.edition for lines in self.lines}
        written = self.written.get(code, ()) if changes is None else changes
        return tuple(c for c in written if c in self.content and c not in editions)

    def load(self, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[M]:
        """Rows as documents, read only."""
        return cast("list[M]", self.objects(names, rows))

    @cached_property
    def given_columns(self) -> tuple[str, ...]:
        """Place and content: what is handed in for a document."""
        return ("mof_div_code", "fiscal_year", *self.content)

    def shown(self, document: M) -> dict[str, Any]:
        """What a document says, under the names that people and other programs use; its trail aside."""
        own = {name: getattr(document, name) for name in self.own_columns}
        return {
            self.number: document.doc_key, "mof_div_code": document.mof_div_code,
            "fiscal_year": document.fiscal_year, "state": document.state, **own,
        }  # fmt: skip

    def check(self) -> None:
        """Raise Undeclared where declaration and table do not agree."""
        own = set(self.own_columns)
        written = {c for columns in self.written.values() for c in columns}
        if not self.content:
            raise Undeclared(f"{self.table}: 没有声明内容列 (no content declared)")
        for what, columns in (
            ("不是本表的列", (set(self.content) | written) - own),
            ("既非内容也没有步骤写入", own - set(self.content) - written),
            ("不在流程表中的步骤", self._steps_named - {m.code for m in self.flow.moves}),
            ("不是本表的列（入账日期）", {self.booked_on} - {"", *own}),
            ("不是本表的列（筛选）", set(self.facets) - set(self.all_columns)),
            ("不是本表的列（纸质文件）", set(self.paper.values()) - set(self.all_columns)),
            ("不是单据目录的栏目", self.paper.keys() - PAPER),
            ("不是本表的列（所指单据）", self.refers.keys() - own),
            ("不是本表的列（所属单位）", {*filter(None, (self.unit_by,))} - own),
            ("不是本表的列（往来双方）", {*self.parties} - own),
            ("是本表的列，不能又叫单据号", {self.number} & own),
            ("不是登记的岗位", self._duties() - duty_names().keys()),
        ):
            if columns:
                raise Undeclared(f"{self.table}: {'、'.join(sorted(columns))} {what}")
        for lines in self.lines:
            lines.check(self)
        self._check_editing()
        if "doc_no" in self.paper and self.flow.ended and not self.has_editions:
            raise Undeclared(f"{self.table}: 文号是纸面上的，作废后还要用，须声明 has_editions")

    def _check_editing(self) -> None:
        """What was sent back can be put right, and put right again until the next officer has it.

        A document that nothing edits is made by programs, or is given up and made anew. Raises Undeclared.
        """
        edits = [move for move in self.flow.moves if self.edited(move.code)]
        if once := [move.name for move in edits if move.target not in move.sources]:
            raise Undeclared(f"{self.table}: {'、'.join(once)}一次之后不能再办，须列出其后的状态")
        fixed = {state for move in edits for state in move.sources}
        backs = {m.target for m in self.flow.moves if m.is_back and m not in edits}
        if (stuck := backs - fixed) and self.flow.make_duty not in SYSTEM.duties:
            raise Undeclared(
                f"{self.table}: 退回到{'、'.join(self.states[s] for s in sorted(stuck))}后没有步骤可以修改"
            )

    @property
    def _steps_named(self) -> set[str]:
        """The steps that its declarations name, besides making."""
        year = self.own_year.steps if self.own_year else ()
        rested = {step for one in self.rests_on for step in one.steps}
        return {*self.written, *year, *filter(None, (self.in_force_by,)), *rested} - {MAKE}

    def _duties(self) -> set[str]:
        return {self.flow.make_duty, *(move.duty for move in self.flow.moves)}


def reversal_kind(
    model_label: str, prefix: str, duties: tuple[str, str], kinds: Mapping[str, Kind[Any]],
    month: str = kept_month(MADE_ON),
) -> Kind[Any]:  # fmt: skip
    """A kind of reversals (`documents.reversing`) of these kinds, by prefix.

    Its model is a `ReversalDocument`; `duties` are those of who drafts and of who confirms. They belong to
    the `month` in which they are drafted.
    """
    done = ("posted", "已入账")
    return Kind(
        model_label,
        prefix=prefix,
        number="reversal_no",
        flow=two_steps(("draft", "草稿"), ("confirm", "审核冲销"), done, duties, is_discarded=True),
        content=("of_kind", "of_no", "reason"),
        undoes={of: kind.of(REVERSE).sources for of, kind in kinds.items()},
        month=month,
        facets=("mof_div_code", "fiscal_year", "state", *(["of_kind"] if len(kinds) > 1 else [])),
    )


def require_declared(kinds: Sequence[Kind[Any]], registers: Sequence[Register], apps: Sequence[str]) -> None:
    """Every table of `apps` is a kind's, its lines' or a register's, once; no prefix belongs to two.

    Raises Undeclared.
    """
    from django.apps import apps as installed

    for kind in kinds:
        kind.check()
    prefixes = [kind.prefix for kind in kinds]
    if twice := {p for p in prefixes if prefixes.count(p) > 1 or ":" in p}:
        raise Undeclared(f"自然键前缀 {'、'.join(sorted(twice))} 不唯一")
    if strange := {p for kind in kinds for p in (*kind.refers.values(), *kind.undoes)} - set(prefixes):
        raise Undeclared(f"所指的单据 {'、'.join(sorted(strange))} 没有声明")
    lines = dict.fromkeys(x for kind in kinds for x in kind.lines)  # two kinds may share a table of lines
    for shared in lines:
        _require_told_apart(shared, [kind for kind in kinds if shared in kind.lines])
    for register in registers:
        register.require_columns(register.progress)
    declared: list[Table] = [*kinds, *lines, *registers]
    tables = [one.table for one in declared]
    models = [
        m
        for app in installed.get_app_configs()
        if app.name in apps
        for m in app.get_models(include_auto_created=True)
    ]
    wanted = {str(m._meta.db_table) for m in models}
    if wrong := wanted - set(tables) | {t for t in tables if tables.count(t) > 1}:
        raise Undeclared(f"表 {'、'.join(sorted(wrong))} 没有声明，或声明了两次")


def _require_told_apart(lines: Lines[Any], kinds: Sequence[Kind[Any]]) -> None:
    """Raise Undeclared where kinds that share a table of lines could take each other's."""
    if len({tuple(lines.mark(kind).items()) for kind in kinds}) < len(kinds):
        names = "、".join(kind.name for kind in kinds)
        raise Undeclared(f"{lines.table}: {names} 共用一张明细表，须声明以哪一列的哪个值分清（kind_column）")
