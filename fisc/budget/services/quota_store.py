"""Reads and writes the tables of quotas: sets of rows, a few statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import ADVANCE, QUOTA, QUOTA_LINES
from fisc.budget.rules.quota_types import Draft, DraftLine, Movement, QuotaFacts
from fisc.budget.services.lines import Whole, row_of
from fisc.documents import NotFound, lines_of, select
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PENDING, PLANNED, RESERVED
from fisc.documents.lines import digest
from fisc.documents.refusals import listed
from fisc.kernel import Coding, DuplicateConflict, balances, codings_of
from fisc.kernel.coding import BLOCK, ELEMENTS, block_of, first_years
from fisc.reading.paid import paid
from fisc.registry.rows import ANY_KEY, insert_from

if TYPE_CHECKING:
    from fisc.budget.models import QuotaDocument, QuotaLine


@dataclass(frozen=True, slots=True)
class QuotaBalance:
    """Where a quota's money stands, in fen: the balances of its coding block in the ledger."""

    pending_fen: int = 0
    executable_fen: int = 0
    frozen_fen: int = 0
    reserved_fen: int = 0
    planned_fen: int = 0
    applied_fen: int = 0
    paid_fen: int = 0

    @property
    def total_fen(self) -> int:
        """The quota's amount after every change."""
        return (
            self.pending_fen + self.executable_fen + self.frozen_fen + self.reserved_fen
            + self.planned_fen + self.applied_fen + self.paid_fen
        )  # fmt: skip


_STAGES = {
    PENDING: "pending_fen", EXECUTABLE: "executable_fen", FROZEN: "frozen_fen", RESERVED: "reserved_fen",
    PLANNED: "planned_fen", APPLIED: "applied_fen",
}  # fmt: skip


def quota_balances(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, QuotaBalance]:
    """Balances of quotas by `bgt_id`, in fen, two queries for all. NotFound for unknown ones."""
    coding_ids = quota_coding_ids(conn, bgt_ids)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for (account, coding_id), fen in balances(conn, list(_STAGES), coding_ids.values()).items():
        found[coding_id][_STAGES[account]] = fen
    for (coding_id,), fen in paid(conn, "coding_id", codings=tuple(coding_ids.values())).items():
        found[coding_id]["paid_fen"] = fen
    return {bgt_id: QuotaBalance(**found[coding_id]) for bgt_id, coding_id in coding_ids.items()}


#: What a query asks to know the ledger's ids of the coding blocks of quotas; takes `bgt_ids`.
CODING_IDS: Final = b"select bgt_id, coding_id from budget_quota where bgt_id = any(%(bgt_ids)s)"
#: The same with the blocks themselves.
QUOTA_BLOCKS: Final = (
    f"select q.bgt_id, {BLOCK} from ({CODING_IDS.decode()}) q {block_of('q.coding_id')}".encode()
)


def quota_coding_ids(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, int]:
    """The ledger's id of each quota's coding block. NotFound for unknown ones."""
    ids = list(dict.fromkeys(bgt_ids))
    found: dict[str, int] = dict(conn.execute(CODING_IDS, {"bgt_ids": ids}).fetchall())
    _require_known(ids, found)
    return {bgt_id: found[bgt_id] for bgt_id in ids}


def quota_codings(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, Coding]:
    """The coding block of each quota. NotFound for unknown ones."""
    ids = quota_coding_ids(conn, bgt_ids)
    blocks = codings_of(conn, ids.values())
    return {bgt_id: blocks[coding_id] for bgt_id, coding_id in ids.items()}


def _require_known(ids: Iterable[str], found: Iterable[str]) -> None:
    known = set(found)
    missing = [bgt_id for bgt_id in ids if bgt_id not in known]
    if missing:
        raise NotFound(
            f"没有指标 {listed(missing)}", rule="先有预算、再有指标、后有支出（财办〔2020〕13号）",
            hint="请核对指标代码，或先下达指标", details={"keys": missing[:20], "refused": len(missing)},
        )  # fmt: skip


# ---- facts


_FACTS: Final = (
    "select q.bgt_id, q.coding_id, q.bgt_exe_flag = '1', q.tags, q.source, q.rev_func_code, q.first_year "
    "from budget_quota q where q.bgt_id = any(%s)"
)


def facts(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, QuotaFacts]:
    """What is fixed of those of the quotas that exist."""
    rows = conn.execute(_FACTS, [list(set(bgt_ids))]).fetchall()
    codings = codings_of(conn, {row[1] for row in rows})
    return {row[0]: QuotaFacts(row[0], codings[row[1]], row[2], tuple(row[3]), *row[4:]) for row in rows}


# ---- documents and their lines


def whole(draft: Draft, codings: Mapping[Coding, int]) -> Whole:
    """The document as it is kept, with its lines and a digest of them."""
    lines = [_line(line, codings) for line in draft.lines]
    row = row_of(draft, "lines") | {
        "base_fen": sum(line.base_fen for line in draft.lines),
        "line_count": len(lines),
        "total_fen": sum(line.amount_fen for line in draft.lines),
        "lines_digest": digest(draft.lines),
    }
    return Whole(row, lines)


def _line(line: DraftLine, codings: Mapping[Coding, int]) -> dict[str, object]:
    return {
        "bgt_id": line.bgt_id, "ori_bgt_id": line.ori_bgt_id, "amount_fen": line.amount_fen,
        "stage": line.stage, "base_fen": line.base_fen,
        "coding_id": codings[line.coding] if line.coding is not None else None, "tags": list(line.tags),
    }  # fmt: skip


_FROM_OUT = (
    "(select {what} from budget_quota_line x join budget_quota y on y.bgt_id = x.bgt_id "
    "where x.doc_key = l.doc_key and x.revision = l.revision and x.amount_fen < 0)"
)
#: What a new quota is made of, besides the elements of its coding block.
_OF_NEW: Final = (
    ("bgt_id", "l.bgt_id"), ("coding_id", "l.coding_id"), ("doc_key", "l.doc_key"),
    ("ori_bgt_id", "l.ori_bgt_id"), ("tags", "l.tags"), ("issued_on", "%(on)s::date"),
    ("bgt_exe_flag", "case l.stage when 'pending' then '2' else '1' end"),
    ("source", "case d.operation when 'assign' then p.source "
        f"when 'swap' then {_FROM_OUT.format(what='(array_agg(y.source order by x.line_no))[1]')} "
        "else case d.base when 'received' then 'received' else d.source end end"),
    ("rev_func_code", "case d.operation when 'assign' then p.rev_func_code "
        f"when 'swap' then {_FROM_OUT.format(what='(array_agg(y.rev_func_code order by x.line_no))[1]')} "
        "else d.rev_func_code end"),
    ("first_year", f"case d.operation when 'swap' then {_FROM_OUT.format(what='min(y.first_year)')} "
        "else coalesce(p.first_year, c.first_year) end"),
)  # fmt: skip
_NEW_QUOTAS: Final = """budget_quota_line l
    join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision
    join unnest(%(coding_ids)s::int[], %(first_years)s::int[], {arrays})
        as c (id, first_year, {elements}) on c.id = l.coding_id
    left join budget_quota p on p.bgt_id = l.ori_bgt_id
    where l.doc_key = any(%(keys)s)
      and not exists (select from budget_quota q where q.bgt_id = l.bgt_id)
    order by l.doc_key, l.line_no"""


@cache
def _elements() -> tuple[str, ...]:
    """The elements that a quota's row repeats of its coding block."""
    own = "rev_func_code"  # of the income its money came as; a quota's coding block has none
    return tuple(name for name in QUOTA.all_columns if name in ELEMENTS and name != own)


@cache
def _new_quotas() -> bytes:
    """The quotas that documents name and that do not exist yet, out of lines, documents and coding blocks."""
    elements = _elements()
    types = ("smallint" if name == "fiscal_year" else "text" for name in elements)
    source = _NEW_QUOTAS.format(
        elements=", ".join(elements),
        arrays=", ".join(f"%({name})s::{kind}[]" for name, kind in zip(elements, types, strict=True)),
    )
    coded = tuple((name, f"c.{name}") for name in elements)
    return insert_from(QUOTA, (*_OF_NEW, *coded), source, known_by=ANY_KEY)


_CODINGS_OF_NEW = (
    "select distinct l.coding_id from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision "
    "where l.doc_key = any(%s) "
    "and l.coding_id is not null and not exists (select from budget_quota q where q.bgt_id = l.bgt_id)"
)
_OTHER_ELEMENTS: Final = (
    "select l.bgt_id, coalesce(q.bgt_id, t.bgt_id) from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision "
    "left join budget_quota q on q.bgt_id = l.bgt_id left join budget_quota t on t.coding_id = l.coding_id "
    "where l.doc_key = any(%s) and l.coding_id is not null and q.coding_id is distinct from l.coding_id"
)


def create_quotas(conn: psycopg.Connection[Any], doc_keys: Sequence[str], on: date) -> None:
    """Bring about the quotas that documents name and that do not exist yet.

    Raises DuplicateConflict where a name stands for other elements, or elements have another name.
    """
    keys = list(doc_keys)
    used = conn.execute(_CODINGS_OF_NEW, [keys]).fetchall()
    codings = codings_of(conn, (coding_id for (coding_id,) in used))
    elements = {name: [getattr(c, name) for c in codings.values()] for name in _elements()}
    years = first_years(conn, codings.values())
    given = {"coding_ids": list(codings), "first_years": [years[one] for one in codings.values()], **elements}
    conn.execute(_new_quotas(), {"keys": keys, "on": on, **given})
    bad = conn.execute(_OTHER_ELEMENTS, [list(doc_keys)]).fetchall()
    if bad:
        pairs = [name if name == other else f"{name}（要素同 {other}）" for name, other in bad]
        raise DuplicateConflict(
            f"指标与已有指标冲突：{listed(pairs)}", rule="一个指标对应一个要素组合",
            hint="要素相同请追加到已有指标，结转时分列两份结转文件；要素不同请用新的指标代码",
            details={"keys": [row[0] for row in bad[:20]], "refused": len(bad)},
        )  # fmt: skip


def movements(conn: psycopg.Connection[Any], documents: Sequence[QuotaDocument]) -> dict[str, list[Movement]]:
    """The lines of documents with the quotas they move between."""
    lines = lines_of(conn, QUOTA_LINES, documents)
    every = [line for found in lines.values() for line in found]
    quotas = facts(conn, {name for line in every for name in (line.bgt_id, line.ori_bgt_id) if name})
    settling = {d.doc_key for d in documents if d.operation == "settle_advance"}
    advances = _advance_codings(conn, {line.ori_bgt_id for key in settling for line in lines[key]})
    return {key: [_movement(line, quotas, advances) for line in found] for key, found in lines.items()}


def _movement(line: QuotaLine, quotas: Mapping[str, QuotaFacts], advances: Mapping[str, Coding]) -> Movement:
    return Movement(
        quotas[line.bgt_id], line.amount_fen, line.stage, line.base_fen, quotas.get(line.ori_bgt_id),
        advances.get(line.ori_bgt_id), line.coding_id is not None,
    )  # fmt: skip


def _advance_codings(conn: psycopg.Connection[Any], doc_keys: Collection[str]) -> dict[str, Coding]:
    """The coding block on which 1011 holds each advance; those that do not exist are left out."""
    if not doc_keys:
        return {}
    advances = select(conn, ADVANCE, "where t.doc_key = any(%s)", [list(doc_keys)])
    codings = codings_of(conn, {advance.coding_id for advance in advances})
    return {advance.doc_key: codings[advance.coding_id] for advance in advances}
