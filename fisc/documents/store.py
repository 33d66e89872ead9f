"""Making, moving and reading documents: sets of them, in one transaction, each step once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from fisc.documents.errors import NotFound, RuleBroken, WrongState
from fisc.documents.flow import MAKE, Flow, Move
from fisc.documents.refusals import listed
from fisc.kernel import DuplicateConflict
from fisc.kernel.posting import in_transaction

Row = Mapping[str, object]
#: Who acts: one officer for all documents, or one for each.
By = str | Sequence[str]


def make(
    conn: psycopg.Connection[Any],
    flow: Flow,
    rows: Sequence[Row],
    *,
    by: By,
    on: date,
    note: str = "",
) -> list[bool]:
    """Make documents (编制): True for each that is new, False where it stood with the same content.

    Of a document given twice only the first is new.

    `rows` have `doc_key`, `mof_div_code`, `fiscal_year` and the table's own columns, the same for all.
    `by` (one officer, or one per row) must hold the flow's duty. Raises DuplicateConflict where the key
    stands with other content, MissingDuty, RuleBroken for a number nobody could write down; then none
    is made.
    """
    if not rows:
        return []
    _require_numbers(flow, rows)
    makers = officers_of(by, len(rows))
    digests = _digests(rows)
    _require_one_content(flow, rows, digests)
    given = [
        {**row, "state": flow.initial, "content_digest": digest,
         "trail": [[MAKE, 1, maker, on.isoformat(), note]]}
        for row, digest, maker in zip(rows, digests, makers, strict=True)
    ]  # fmt: skip
    fresh = in_transaction(conn, lambda: _insert(conn, flow, given, digests))
    return _once([str(row["doc_key"]) for row in rows], fresh)


def _once(keys: Sequence[str], new: set[str]) -> list[bool]:
    """Which of `keys` are new; of a key given twice only the first."""
    left = set(new)
    found = []
    for key in keys:
        found.append(key in left)
        left.discard(key)
    return found


#: The longest number of a document; part of the natural keys of its entries.
_LONGEST = 200


def is_number(text: str) -> bool:
    """Whether a document may be called so: visible signs, none of them at the edges a space, not too long."""
    return text.isprintable() and 0 < len(text) <= _LONGEST and text == text.strip()


def _require_numbers(flow: Flow, rows: Sequence[Row]) -> None:
    if bad := [str(row["doc_key"]) for row in rows if not is_number(str(row["doc_key"]))]:
        raise RuleBroken(
            f"{flow.name}的编号“{_named([repr(key)[1:-1][:60] for key in bad])}”不能用",
            rule="单据以编号为准：编号不为空、不含换行等不可见字符、首尾没有空格、不超过 200 字",
            hint="请重新填写编号",
            details={"keys": bad[:20], "refused": len(bad)},
        )


def officers_of(by: By, count: int) -> list[str]:
    """Who acts on each of `count` documents."""
    return [by] * count if isinstance(by, str) else list(by)


def _digests(rows: Sequence[Row]) -> list[str]:
    """What each row says, as a digest that does not depend on the order of its columns."""
    names = sorted(rows[0])
    head = ",".join(names)
    texts = ("\x1f".join([head, *[str(row[name]) for name in names]]) for row in rows)
    return [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]


def _require_one_content(flow: Flow, rows: Sequence[Row], digests: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for row, digest in zip(rows, digests, strict=True):
        key = str(row["doc_key"])
        if seen.setdefault(key, digest) != digest:
            raise _conflict(flow, [key])


def _insert(
    conn: psycopg.Connection[Any], flow: Flow, given: Sequence[Row], digests: Sequence[str]
) -> set[str]:
    columns = sql.SQL(", ").join(map(sql.Identifier, given[0]))
    statement = sql.SQL(
        "insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, %s) "
        "on conflict (doc_key) do nothing returning doc_key"
    ).format(table=sql.Identifier(flow.table), columns=columns)
    rows = conn.execute(statement, [json.dumps(given, ensure_ascii=False, default=str)]).fetchall()
    fresh = {row[0] for row in rows}
    if len(fresh) < len(given):
        _require_same(conn, flow, given, digests)
    return fresh


def _require_same(
    conn: psycopg.Connection[Any], flow: Flow, given: Sequence[Row], digests: Sequence[str]
) -> None:
    """A key that stood already must stand with the same content."""
    statement = sql.SQL("select doc_key, content_digest from {} where doc_key = any(%s)")
    keys = [str(row["doc_key"]) for row in given]
    found = conn.execute(statement.format(sql.Identifier(flow.table)), [keys]).fetchall()
    standing: dict[str, str] = dict(found)
    other = [key for key, digest in zip(keys, digests, strict=True) if standing[key] != digest]
    if other:
        raise _conflict(flow, other)


def _conflict(flow: Flow, keys: Sequence[str]) -> DuplicateConflict:
    return DuplicateConflict(
        f"{flow.name} {_named(keys)} 已经编制，但这次的内容不同",
        rule="一份单据只编制一次",
        hint="若要更正，请作废原单据，用新的单据号另编",
        details={"keys": list(keys[:20]), "refused": len(keys)},
    )


def move(
    conn: psycopg.Connection[Any],
    flow: Flow,
    doc_keys: Sequence[str],
    code: str,
    *,
    by: By,
    on: date,
    note: str = "",
    changes: Mapping[str, Sequence[object]] | None = None,
    round_no: int | None = None,
) -> list[bool]:
    """Take one step with each document: True where it was taken now, False where it was taken before.

    Of a document given twice only the first is taken now.

    `by` is one officer, or one per document.
    `changes` are columns (one value per document) written with the step. A step taken in the current
    round is not taken again; with `round_no` a step of an earlier round is not taken again either.
    Raises NotFound, WrongState, MissingDuty, FourEyes, naming the documents; then none is moved.
    """
    if not doc_keys:
        return []
    act = _Act(flow, flow.of(code), on, note, round_no)
    officers = officers_of(by, len(doc_keys))
    return in_transaction(conn, lambda: _move(conn, act, doc_keys, officers, changes or {}))


@dataclass(frozen=True, slots=True)
class _Act:
    """One step about to be taken."""

    flow: Flow
    step: Move
    on: date
    note: str
    round_no: int | None

    def parameters(self) -> dict[str, object]:
        return {
            "move": self.step.code,
            "target": self.step.target,
            "backs": self.flow.back_moves,
            "on": self.on.isoformat(),
            "note": self.note,
            "round": self.round_no,
        }


def _move(
    conn: psycopg.Connection[Any],
    act: _Act,
    doc_keys: Sequence[str],
    officers: Sequence[str],
    changes: Mapping[str, Sequence[object]],
) -> list[bool]:
    standing = _lock(conn, act, doc_keys)
    _require_found(act.flow, doc_keys, standing)
    is_new = _once(doc_keys, {key for key in doc_keys if not standing[key].is_taken})
    wrong = [k for k, new in zip(doc_keys, is_new, strict=True)
             if new and standing[k].state not in act.step.sources]  # fmt: skip
    if wrong:
        raise _wrong_state(act, wrong, standing[wrong[0]].state)
    places = [i for i, new in enumerate(is_new) if new]
    if places:
        written = {name: [values[i] for i in places] for name, values in changes.items()}
        ids = [standing[doc_keys[i]].id for i in places]
        _update(conn, act, ids, [officers[i] for i in places], written)
    return is_new


class _Standing(NamedTuple):
    """A document as it stands: was the step taken in this round already?"""

    id: int
    state: str
    is_taken: bool


#: The round in which the next step of a document is taken.
_ROUND = (
    "(t.trail -> -1 ->> 1)::int + case when t.trail -> -1 ->> 0 = any(%(backs)s::text[]) then 1 else 0 end"
)


def _lock(conn: psycopg.Connection[Any], act: _Act, doc_keys: Sequence[str]) -> dict[str, _Standing]:
    """The documents by key; their rows stay locked, taken in one order."""
    taken = (
        "exists (select from jsonb_array_elements(t.trail) e "
        f"where e ->> 0 = %(move)s and (e ->> 1)::int = {_ROUND})"
    )
    if act.step.is_back:
        taken += " or t.trail -> -1 ->> 0 = %(move)s"
    if act.round_no is not None:
        taken += f" or ({_ROUND}) > %(round)s"
    rows = conn.execute(
        _on_table(
            f"select t.doc_key, t.id, t.state, ({taken}) from {{table}} t "
            "where t.doc_key = any(%(keys)s) order by t.doc_key for update",
            act.flow,
        ),
        {**act.parameters(), "keys": list(doc_keys)},
    ).fetchall()
    return {row[0]: _Standing(*row[1:]) for row in rows}


_STEP = f"jsonb_build_array(%(move)s::text, {_ROUND}, d.officer, %(on)s::text, %(note)s::text)"


def _update(
    conn: psycopg.Connection[Any],
    act: _Act,
    ids: Sequence[int],
    officers: Sequence[str],
    changes: Mapping[str, Sequence[object]],
) -> None:
    """Take the step: `changes` are columns written with it, one value per document."""
    sets = ["state = %(target)s", f"trail = t.trail || jsonb_build_array({_STEP})"]
    sets += [f'"{name}" = v."{name}"' for name in changes]
    written = {"id": ids, **changes}
    rows = [dict(zip(written, values, strict=True)) for values in zip(*written.values(), strict=True)]
    more = " join json_populate_recordset(null::{table}, %(rows)s) v on v.id = d.id" if changes else ""
    conn.execute(
        _on_table(
            f"update {{table}} t set {', '.join(sets)} "
            f"from unnest(%(ids)s::bigint[], %(officers)s::text[]) as d(id, officer){more} where t.id = d.id",
            act.flow,
        ),
        {**act.parameters(), "ids": list(ids), "officers": list(officers),
         "rows": json.dumps(rows, ensure_ascii=False, default=str) if changes else None},
    )  # fmt: skip


def _on_table(statement: str, flow: Flow) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(flow.table))


def _require_found(flow: Flow, doc_keys: Sequence[str], found: Mapping[str, object]) -> None:
    missing = [key for key in doc_keys if key not in found]
    if missing:
        raise NotFound(
            f"没有{flow.name} {_named(missing)}",
            rule="单据先编制后办理",
            hint="请核对单据号",
            details={"keys": missing[:20], "refused": len(missing)},
        )


def _wrong_state(act: _Act, keys: Sequence[str], state: str) -> WrongState:
    flow, step = act.flow, act.step
    allowed = "、".join(flow.states[source] for source in step.sources)
    return WrongState(
        f"{flow.name} {_named(keys)} 处于“{flow.states.get(state, state)}”，不能{step.name}",
        rule=f"{flow.name}流程：“{step.name}”之前须为{allowed}",
        hint="请先办完前面的步骤，或核对单据号",
        details={"keys": list(keys[:20]), "refused": len(keys), "state": state},
    )


def _named(keys: Sequence[str]) -> str:
    return listed(keys, most=5, unit="份")


def read(
    conn: psycopg.Connection[Any], flow: Flow, doc_keys: Sequence[str], columns: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Documents in the order given, as dicts of `columns` (all when none are named) and `doc_key`.

    Raises NotFound naming those that do not exist.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, {"doc_key": 0, **dict.fromkeys(columns)}))
    statement = sql.SQL("select {} from {} where doc_key = any(%s)").format(
        names if columns else sql.SQL("*"), sql.Identifier(flow.table)
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        found = {row["doc_key"]: row for row in cursor.execute(statement, [list(doc_keys)])}
    _require_found(flow, doc_keys, found)
    return [found[key] for key in doc_keys]
