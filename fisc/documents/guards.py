"""The guards that follow from the declarations: content stands, lines come with their document, nothing goes.

The database compares the content columns themselves at every step, so no digest has to be believed.
Everything here is SQL text made of names that models declare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any

from fisc.documents import resting
from fisc.documents.kind import Kind, Lines, Register
from fisc.documents.limits import says_why
from fisc.documents.months import is_anew
from fisc.registry.rows import Table

_ADDED = "after insert referencing new table as added"
#: What nobody has written yet, as text, whatever the type.
_EMPTY = "'', '{}', '[]', '0', 'false'"
_CHANGES = "referencing old table as before new table as after"


#: Columns of the numbers of papers on which documents rest, whatever the kind.
_BASES = ("basis_doc_no", "approval_no", "resolution_no", "resolution_doc_no")
#: Columns of the numbers of other papers (报告、凭证、登记证): whatever their form, they have a number.
_EVIDENCE = ("evidence_no", "source_no")
#: Of these, who decides does it after the document's paper was written: the day is that of the step.
_DECIDED_LATER = ("approval_no", "resolution_no", "resolution_doc_no")


def of_kinds(kinds: Sequence[Kind[Any]], among: Sequence[Kind[Any]] = ()) -> Iterator[str]:
    """Statements that guard the tables of kinds and of their lines. They may be run again.

    `among` are all kinds that documents of these may name, where there are others.
    """
    tables = {kind.prefix: (kind.table, kind.name) for kind in (*among, *kinds)}
    for kind in kinds:
        yield from _of_kind(kind)
        named = {column: prefix for column, prefix in kind.refers.items() if column in kind.content}
        carried = [one for k in dict.fromkeys((*among, *kinds)) for one in k.carries.get(kind.prefix, ())]
        yield from resting.statements(
            kind.table, [*kind.rests_on, *carried, *resting.on_referred(named, tables)]
        )
    for lines in dict.fromkeys(lines for kind in kinds for lines in kind.lines):
        yield from _of_lines(lines, [kind for kind in kinds if lines in kind.lines])


def _of_kind(kind: Kind[Any]) -> Iterator[str]:
    step, making = f"documents_step_{kind.table}", f"documents_make_{kind.table}"
    backs = f"array[{_texts(kind.flow.back_moves)}]::text[]"
    whys = f"array[{_texts(kind.flow.why_moves)}]::text[]"
    told = f"right(one.doc_key, {kind.tail})" if kind.tail else "one.doc_key"
    yield _function(
        "step.sql", step, unchanged=_unchanged(kind), backs=backs, whys=whys, owners=_owners(kind), told=told,
        **_own_year(kind), dated=_dated(kind),
    )  # fmt: skip
    yield _function(
        "make.sql", making, prefix=kind.prefix, unwritten=_unwritten(kind), owners=_owners(kind),
        is_early=_is_early(kind),
    )  # fmt: skip
    yield _trigger(kind, "flow_insert", _ADDED, making)
    yield _trigger(kind, "flow_update", f"after update {_CHANGES}", step)
    yield _trigger(kind, "flow_delete", "before delete or truncate", "documents_refuse_write", "document")
    if kind.own_month:
        function = f"documents_month_{kind.table}"
        yield _function("month.sql", function, month=kind.own_month, name=kind.name)
        yield _trigger(kind, "month_open", _ADDED, function)
    for lines in kind.lines:
        if lines.sums_to:
            yield from _sums(kind, lines)
    yield from _numbers(kind)
    yield from _reasons(kind, kind.own_columns)


def _reasons(table: Kind[Any] | Register, columns: Iterable[str]) -> Iterator[str]:
    """What says why says something."""
    for column in columns:
        if says_why(column) and column not in table.no_reasons:
            named = getattr(table.model._meta.get_field(column), "verbose_name", column)
            words = _texts((column, str(named)))
            yield (
                f'create or replace trigger says_{column} after insert or update of "{column}" '
                f"on \"{table.table}\" for each row when (new.{column} !~ '^\\s*$') "
                f"execute function documents_guard_reason({words})"
            )


def _numbers(kind: Kind[Any]) -> Iterator[str]:
    """Numbers of papers say no later year than the document, and those it rests on are numbers."""
    number, day = kind.paper.get("doc_no", ""), kind.paper.get("dated_on", "")
    given = [(number, day, "")] if number and day else []
    given += [
        (column, "" if column in _DECIDED_LATER else day, "due")
        for column in _BASES
        if column in kind.all_columns
    ]
    given += [(column, day, "numbered") for column in _EVIDENCE if column in kind.all_columns]
    for column, of_day, is_due in given:
        words = _texts((column, kind.label(column), of_day, is_due))
        yield (
            f'create or replace trigger number_{column} after insert or update of "{column}" '
            f'on "{kind.table}" for each row execute function documents_guard_number({words})'
        )


def _owners(kind: Kind[Any]) -> str:
    """Whose officers act on a document: its unit's, the department's, those of no unit; null: everyone's."""
    if "agency_code" not in kind.all_columns:
        return "null::text[]"
    named = [column for column in ("agency_code", "dept_code") if column in kind.all_columns]
    own = ", ".join(f'n."{column}"' for column in named)
    return f"array['', {own}]"


def _own_year(kind: Kind[Any]) -> dict[str, str]:
    """That a step was taken outside the only year in which it may be, and what is said then."""
    own = kind.own_year
    if own is None:
        return dict.fromkeys(("year_rule", "year_hint", "other_year"), "''") | {"is_late": "false"}
    is_late = f"s.last ->> 0 in ({_texts(own.steps)}) and left(s.last ->> 3, 4) <> s.fiscal_year::text"
    return {"is_late": is_late, "other_year": literal(own.what), "year_rule": literal(own.rule),
            "year_hint": literal(own.hint)}  # fmt: skip


def _dated(kind: Kind[Any]) -> str:
    """The paper's day, before which the step that puts it into force is not taken; null for others."""
    if not kind.in_force_by:
        return "null::text"
    return (
        f"case when n.trail -> -1 ->> 0 = '{kind.in_force_by}' then n.\"{kind.paper['dated_on']}\"::text end"
    )


def _unwritten(kind: Kind[Any]) -> str:
    """That what only steps write is empty yet."""
    tests = [f"coalesce(n.\"{c}\"::text, '') in ({_EMPTY})" for c in kind.written_later]
    return "\n                      and ".join(tests) or "true"


def _is_early(kind: Kind[Any]) -> str:
    """That it is entered anew on a day before that on which what it replaces was reversed."""
    is_later = "(e.trail -> -1 ->> 3) > (n.trail -> 0 ->> 3)"
    return is_anew(kind.table, is_later) if kind.has_editions else "false"


def _sums(kind: Kind[Any], lines: Lines[Any]) -> Iterator[str]:
    """At the end of the transaction that writes them, the lines add up to what the document says."""
    function = f"documents_sums_{kind.table}"
    yield _function("sums.sql", function, **_summed(lines, kind, "new"))
    # PostgreSQL replaces no constraint trigger
    yield f'drop trigger if exists lines_sum on "{kind.table}"'
    columns = ", ".join(f'"{c}"' for c in (lines.sums_to, lines.edition) if c)
    yield (
        f'create constraint trigger lines_sum after insert or update of {columns} on "{kind.table}" '
        f"deferrable initially deferred for each row execute function {function}()"
    )


def _whole(lines: Lines[Any], kind: Kind[Any]) -> str:
    """That lines are not added to those of a kind's document which add up."""
    return _sql("whole.sql", table=kind.table, **_summed(lines, kind, "d"))


def _summed(lines: Lines[Any], kind: Kind[Any], document: str) -> dict[str, str]:
    """What the SQL of sums names: the lines of a document's edition, and the amounts that add up."""
    marks = [f'"{column}" = {literal(value)}' for column, value in lines.mark(kind).items()]
    mine = [f"l.{mark}" for mark in marks]
    mine += [f'l."{lines.edition}" = {document}."{lines.edition}"'] if lines.edition else []
    return {
        "lines": lines.table, "parent": lines.parent, "amount": lines.amount, "total": lines.sums_to,
        "mine": "".join(f" and {test}" for test in mine),
        "of_kind": f" where {' and '.join(f'n.{mark}' for mark in marks)}" if marks else "",
    }  # fmt: skip


def of_register(register: Register) -> Iterator[str]:
    """Statements that guard a register: its content stands, nothing is deleted."""
    yield from _content_stands(register, register.content, register.progress)
    yield from _reasons(register, register.all_columns)


def _unchanged(kind: Kind[Any]) -> str:
    """That a step changed no column but those it may write."""
    by_writers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for column in kind.own_columns:
        by_writers[kind.writers(column)].append(column)
    tests = [
        f"({_same(columns)} or n.trail -> -1 ->> 0 in ({_texts(writers)}))" if writers else _same(columns)
        for writers, columns in by_writers.items()
    ]
    tests += [_next_edition(lines) for lines in kind.lines if lines.edition]
    return "\n                and ".join(tests)


def _next_edition(lines: Lines[Any]) -> str:
    """That a step which writes lines begins an edition for them: to those that stand nothing is added."""
    is_other = f"n.trail -> -1 ->> 0 not in ({_texts(lines.written_by)})"
    return f'({is_other} or n."{lines.edition}" = o."{lines.edition}" + 1)'


def _same(columns: Sequence[str]) -> str:
    now, then = (", ".join(f'{side}."{c}"' for c in columns) for side in "no")
    return f"row({now}) is not distinct from row({then})"


def _texts(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _of_lines(lines: Lines[Any], kinds: Sequence[Kind[Any]]) -> Iterator[str]:
    """Lines come in the transaction of a step that writes them, and their content stands."""
    function = f"documents_lines_{lines.table}"
    yield _function(
        "lines.sql", function, parent=lines.parent,
        strange="\n          and ".join(f"not exists ({_owner(lines, kind)})" for kind in kinds),
        whole="".join(_whole(lines, kind) for kind in kinds) if lines.sums_to else "",
    )  # fmt: skip
    yield _trigger(lines, "with_document", _ADDED, function)
    yield from _content_stands(lines, lines.content, lines.progress)


def _owner(lines: Lines[Any], kind: Kind[Any]) -> str:
    """The document that a line belongs to, of a kind, while a step that writes lines is being taken."""
    tests = [f'd.doc_key = n."{lines.parent}"']
    tests += [f'n."{column}" = {literal(value)}' for column, value in lines.mark(kind).items()]
    tests += [f'd."{lines.edition}" = n."{lines.edition}"'] if lines.edition else []
    tests += [f"d.trail -> -1 ->> 0 in ({_texts(lines.written_by)})", "documents_is_ours(d.xmin)"]
    return f'select from "{kind.table}" d where {" and ".join(tests)}'


def literal(value: str | bool) -> str:
    """A value as SQL."""
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _content_stands(table: Table, content: Sequence[str], progress: Sequence[str]) -> Iterator[str]:
    yield _trigger(table, "stands", "before delete or truncate", "documents_refuse_write", "noted")
    if not progress:
        yield _trigger(table, "content_stands", "before update", "documents_refuse_write", "noted")
        return
    function, key = f"documents_content_{table.table}", str(table.model._meta.pk.column)
    yield _function("content.sql", function, unchanged=_same([c for c in content if c != key]), key=key)
    yield _trigger(table, "content_stands", f"after update {_CHANGES}", function)


def _function(file: str, function: str, **parts: str) -> str:
    """A guard's function."""
    return _sql(file, function=function, **parts)


def _sql(file: str, **parts: str) -> str:
    """The SQL of `file` with the parts where it names them in braces."""
    text = files("fisc.documents").joinpath(f"sql/{file}").read_text("utf8")
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text


def _trigger(table: Table, name: str, when: str, function: str, *arguments: str) -> str:
    moment, _, tables = when.partition(" referencing ")
    shown = f"referencing {tables} " if tables else ""
    return (
        f'create or replace trigger {name} {moment} on "{table.table}" {shown}'
        f"for each statement execute function {function}({_texts(arguments)})"
    )
