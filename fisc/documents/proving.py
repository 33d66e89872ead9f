"""Documents held against the ledger's directory, their flows and their entries, whoever wrote to the tables.

The directory keeps a digest of what each document said when it was made, and is sealed with the ledger
(`fisc.kernel.seals`). So content that was rewritten past the guards shows here, and a document that is gone,
or that was never recorded. A state is what the last step of a trail leads to, and every step one of the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.documents.flow import MAKE
from fisc.documents.kind import KNOWN_AT, Kind
from fisc.documents.statements import content_digest
from fisc.kernel.verify import Check, Progress

Conn = psycopg.Connection[Any]
#: A query for one kind: the key of the first document that differs and which of some words say how.
_Query = Callable[[Conn, Kind[Any]], sql.Composed]

RECORDED: Final = "单据与目录"
STEPS: Final = "单据状态与办理过程"
BOOKED: Final = "单据与凭证"


def prove(conn: Conn, kinds: Sequence[Kind[Any]], tell: Progress) -> Iterator[Check]:
    """Prove the documents of all kinds in the transaction as it is; `tell` is told how far it is.

    Each check names the first document that differs.
    """
    counts = {kind: _count(conn, kind) for kind in kinds}
    booked = {kind: count for kind, count in counts.items() if kind.booked}
    yield _check(conn, counts, tell, RECORDED, _unlike_recorded)
    yield _check(conn, counts, tell, STEPS, _unlike_steps)
    yield _check(conn, booked, tell, BOOKED, _unlike_booked)


def _count(conn: Conn, kind: Kind[Any]) -> int:
    row = conn.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(kind.table))).fetchone()
    assert row is not None  # an aggregate always answers
    return int(row[0])


def _check(conn: Conn, counts: Mapping[Kind[Any], int], tell: Progress, name: str, query: _Query) -> Check:
    """One proof over the documents of kinds, of which there are so many."""
    difference = ""
    for done, kind in enumerate(counts, 1):
        found = None if difference else conn.execute(query(conn, kind)).fetchone()
        if found:
            difference = f"{kind.name} {found[0]}：{found[1]}"
        tell(name, done, len(counts))
    return Check(name, sum(counts.values()), difference)


def _unlike_recorded(conn: Conn, kind: Kind[Any]) -> sql.Composed:
    """Documents that the directory does not know so, and what it knows that is no document any more."""
    return sql.SQL(
        "select coalesce(t.doc_key, substr(d.natural_key, {begin})), case "
        "when t.id is null then '目录中有登记，单据已不在' "
        "when d.id is null then '目录中没有登记' "
        "when (d.fiscal_year, d.mof_div_code) is distinct from (t.fiscal_year, t.mof_div_code) "
        "then '区划或年度与登记时不符' else '内容与登记时不符' end "
        "from {table} t "
        "full join (select * from ledger.kept_of({prefix}) where content is not null) d "
        "on d.id = t.id and d.natural_key = {prefix} || ':' || t.doc_key "
        "where t.id is null or d.id is null "
        "or (d.fiscal_year, d.mof_div_code) is distinct from (t.fiscal_year, t.mof_div_code) "
        "or ({is_kept} and not {is_as_kept}) "
        "order by 1 limit 1"
    ).format(
        table=sql.Identifier(kind.table), prefix=sql.Literal(kind.prefix), begin=len(kind.prefix) + 2,
        is_kept=_keeps_content(kind), is_as_kept=_is_as_kept(conn, kind),
    )  # fmt: skip


def _is_as_kept(conn: Conn, kind: Kind[Any]) -> sql.Composable:
    """What the directory may have kept of a row: also of when the table had fewer columns.

    Services do not give the edition, which begins by itself. A digest that was kept, and is sealed, is
    that of the columns it was made of and of no others: nobody gains by the others being tried.
    """
    editions = {lines.edition for lines in kind.lines}
    rows = conn.execute(
        "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
        [kind.table],
    ).fetchall()
    order = [name for (name,) in rows if name in kind.said]
    found = dict.fromkeys(
        tuple(c for c in kind.said if c in order[:upto] and c not in left_out)
        for upto in range(len(order), 2, -1) for left_out in (set[str](), editions)
    )  # fmt: skip
    tried = [sql.SQL("when {} = {} then true").format(content_digest(said, "t"), _KEPT) for said in found]
    return sql.SQL("(case {} else false end)").format(sql.SQL(" ").join(tried))


_KEPT: Final = sql.SQL("d.content")


def _keeps_content(kind: Kind[Any]) -> sql.Composable:
    """Whether no step that writes content anew was taken: what was made is what stands."""
    edits = [move for move, columns in kind.written.items() if set(columns) & set(kind.said)]
    if not edits:
        return sql.SQL("true")
    return sql.SQL(
        "not exists (select from jsonb_array_elements(t.trail) e where e ->> 0 = any ({}))"
    ).format(sql.Literal(edits))


def _unlike_steps(_conn: Conn, kind: Kind[Any]) -> sql.Composed:
    """Documents whose trail is not a way through the flow, or does not lead to their state."""
    targets = {MAKE: kind.initial, **{move.code: move.target for move in kind.flow.moves}}
    ways = [("", MAKE)] + [(source, move.code) for move in kind.flow.moves for source in move.sources]
    return sql.SQL(
        "with leads as (select * from unnest({moves}::text[], {targets}::text[]) as l(move, target)), "
        "steps as (select t.doc_key, t.state, cardinality(t.{known_at}) as known, "
        "jsonb_array_length(t.trail) as n, "
        "e.place, e.step ->> 0 as move, (e.step ->> 1)::int as round, e.step ->> 3 as day, "
        "case when e.place > 1 then t.trail -> (e.place::int - 2) end as before "
        "from {table} t left join lateral jsonb_array_elements(t.trail) with ordinality as e(step, place) "
        "on true), "
        "judged as (select s.doc_key, case "
        "when s.place is null or s.known > s.n then '各步与其登记时刻不符' "
        "when s.place = s.n and l.target is distinct from s.state then '状态不是最后一步的结果' "
        "when (coalesce(b.target, ''), s.move) "
        "not in (select * from unnest({sources}::text[], {by}::text[])) "
        "then '第 ' || s.place || ' 步不合流程' "
        "when s.day < s.before ->> 3 then '第 ' || s.place || ' 步早于上一步' "
        "when s.round <> coalesce((s.before ->> 1)::int + (s.before ->> 0 = any ({backs}::text[]))::int, 1) "
        "then '第 ' || s.place || ' 步的轮次不符' end as fault "
        "from steps s left join leads l on l.move = s.move left join leads b on b.move = s.before ->> 0) "
        "select doc_key, fault from judged where fault is not null order by 1, 2 limit 1"
    ).format(
        moves=sql.Literal(list(targets)), targets=sql.Literal(list(targets.values())),
        sources=sql.Literal([source for source, _ in ways]), by=sql.Literal([move for _, move in ways]),
        backs=sql.Literal(kind.flow.back_moves), table=sql.Identifier(kind.table),
        known_at=sql.Identifier(KNOWN_AT),
    )  # fmt: skip


def _unlike_booked(_conn: Conn, kind: Kind[Any]) -> sql.Composed:
    """Documents that took a step without its entry, and entries of steps that their document did not take."""
    return sql.SQL(
        "with booked as (select * from unnest({moves}::text[], {events}::text[]) as b(move, event)), "
        "taken as (select distinct t.id, t.doc_key, b.event from {table} t "
        "cross join lateral jsonb_array_elements(t.trail) e join booked b on b.move = e ->> 0), "
        "posted as (select e.document_id as id, b.event, substr(e.document_key, {begin}) as doc_key "
        "from ledger.booked_of({prefix}) e join booked b on b.event = e.event) "
        "select coalesce(t.doc_key, p.doc_key), case when p.id is null then '已办理的步骤没有凭证' "
        "else '有凭证，单据没有办理这一步' end "
        "from taken t full join posted p on p.id = t.id and p.event = t.event "
        "where t.id is null or p.id is null order by 1 limit 1"
    ).format(
        moves=sql.Literal(list(kind.booked)), events=sql.Literal(list(kind.booked.values())),
        table=sql.Identifier(kind.table), prefix=sql.Literal(kind.prefix), begin=len(kind.prefix) + 2,
    )  # fmt: skip
