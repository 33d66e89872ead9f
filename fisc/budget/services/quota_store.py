"""Reads and writes the tables of quotas: sets of rows, a few statements whatever their number."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.budget.rules.quota_types import Draft, DraftLine, Movement, QuotaFacts
from fisc.documents import NotFound
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PAID, PENDING, PLANNED, RESERVED
from fisc.documents.refusals import listed
from fisc.kernel import Coding, DuplicateConflict, balances, codings_of

_LINE_COLUMNS = (
    "doc_key", "line_no", "bgt_id", "ori_bgt_id", "amount_fen", "stage", "base_fen", "coding_id", "tags",
)  # fmt: skip
_QUOTA_ELEMENTS = (
    "fiscal_year", "mof_div_code", "fund_type_code", "agency_code", "dept_code", "pro_code", "exp_func_code",
    "gov_bgt_eco_code", "dep_bgt_eco_code", "manage_mof_dep_code", "bgt_mof_dep_code", "bgt_type_code",
    "source_type_code", "is_advance", "budget_level_code", "cor_bgt_doc_no", "sup_bgt_doc_no",
    "is_gov_purchase", "pay_type_code", "is_unified_pay", "is_direct_fund", "is_research", "is_debt",
    "is_capital", "found_type_code", "theme_code",
)  # fmt: skip
_ARRAYS = ", ".join(
    f"%({name})s::{'smallint' if name == 'fiscal_year' else 'text'}[]" for name in _QUOTA_ELEMENTS
)


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


#: What was paid is no control: its balance is its turnover.
_STAGES = {
    PENDING: "pending_fen", EXECUTABLE: "executable_fen", FROZEN: "frozen_fen", RESERVED: "reserved_fen",
    PLANNED: "planned_fen", APPLIED: "applied_fen", PAID: "paid_fen",
}  # fmt: skip


def quota_balances(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, QuotaBalance]:
    """Balances of quotas by `bgt_id`, in fen, two queries for all. NotFound for unknown ones."""
    coding_ids = quota_coding_ids(conn, bgt_ids)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for (account, coding_id), fen in balances(conn, list(_STAGES), coding_ids.values()).items():
        found[coding_id][_STAGES[account]] = fen
    return {bgt_id: QuotaBalance(**found[coding_id]) for bgt_id, coding_id in coding_ids.items()}


def quota_codings(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, Coding]:
    """The coding block of each quota. NotFound for unknown ones."""
    ids = quota_coding_ids(conn, bgt_ids)
    codings = codings_of(conn, ids.values())
    return {bgt_id: codings[coding_id] for bgt_id, coding_id in ids.items()}


def quota_coding_ids(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, int]:
    """The ledger's id of each quota's coding block, in the order given. NotFound for unknown ones."""
    ids = list(dict.fromkeys(bgt_ids))
    query = "select bgt_id, coding_id from budget_quota where bgt_id = any(%s)"
    found: dict[str, int] = dict(conn.execute(query, [ids]).fetchall())
    _require_known(ids, found)
    return {bgt_id: found[bgt_id] for bgt_id in ids}


def _require_known(ids: Iterable[str], found: Iterable[str]) -> None:
    known = set(found)
    missing = [bgt_id for bgt_id in ids if bgt_id not in known]
    if missing:
        raise NotFound(
            f"没有指标 {listed(missing)}", rule="先有预算、再有指标、后有支出（财办〔2020〕13号）",
            hint="请核对指标代码，或先下达指标", details={"keys": missing[:20], "refused": len(missing)},
        )  # fmt: skip


# ---- facts


_FACTS = (
    "select q.bgt_id, q.coding_id, q.bgt_exe_flag = '1', q.tags, q.source, q.rev_func_code, q.first_year "
    "from budget_quota q where q.bgt_id = any(%s)"
)


def facts(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, QuotaFacts]:
    """What is fixed of those of the quotas that exist."""
    rows = conn.execute(_FACTS.encode(), [list(set(bgt_ids))]).fetchall()
    codings = codings_of(conn, {row[1] for row in rows})
    return {row[0]: QuotaFacts(row[0], codings[row[1]], row[2], tuple(row[3]), *row[4:]) for row in rows}


# ---- documents and their lines


def header(draft: Draft, codings: Mapping[Coding, int]) -> dict[str, object]:
    """The row of a document: what `documents.make` keeps, with a digest of the lines."""
    return {
        "doc_key": draft.doc_key, "mof_div_code": draft.mof_div_code, "fiscal_year": draft.fiscal_year,
        "operation": draft.operation, "doc_no": draft.doc_no, "dated_on": draft.dated_on,
        "title": draft.title, "base": draft.base, "source": draft.source,
        "rev_func_code": draft.rev_func_code, "sup_bgt_doc_no": draft.sup_bgt_doc_no,
        "basis_doc_no": draft.basis_doc_no, "reason": draft.reason, "scope": draft.scope,
        "base_fen": sum(line.base_fen for line in draft.lines), "line_count": len(draft.lines),
        "total_fen": sum(line.amount_fen for line in draft.lines),
        "lines_digest": _digest(draft.lines, codings),
    }  # fmt: skip


def _digest(lines: Iterable[DraftLine], codings: Mapping[Coding, int]) -> str:
    text = "\n".join(repr(_line_row(line, codings)) for line in lines)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _line_row(line: DraftLine, codings: Mapping[Coding, int]) -> tuple[Any, ...]:
    coding_id = codings[line.coding] if line.coding is not None else None
    return (line.bgt_id, line.ori_bgt_id, line.amount_fen, line.stage, line.base_fen, coding_id,
            list(line.tags))  # fmt: skip


def write_lines(
    conn: psycopg.Connection[Any], drafts: Iterable[Draft], codings: Mapping[Coding, int]
) -> None:
    """Write the lines of new documents."""
    statement = f"copy budget_quota_line ({', '.join(_LINE_COLUMNS)}) from stdin"
    with conn.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for draft in drafts:
            for number, line in enumerate(draft.lines, start=1):
                copy.write_row((draft.doc_key, number, *_line_row(line, codings)))


_FROM_OUT = (
    "(select {what} from budget_quota_line x join budget_quota y on y.bgt_id = x.bgt_id "
    "where x.doc_key = l.doc_key and x.amount_fen < 0)"
)
_NEW_QUOTAS = f"""
    insert into budget_quota (bgt_id, coding_id, doc_key, ori_bgt_id, bgt_exe_flag, tags, source,
        rev_func_code, first_year, issued_on, {", ".join(_QUOTA_ELEMENTS)})
    select l.bgt_id, l.coding_id, l.doc_key, l.ori_bgt_id,
        case l.stage when 'pending' then '2' else '1' end, l.tags,
        case d.operation when 'assign' then p.source
            when 'swap' then {_FROM_OUT.format(what="(array_agg(y.source order by x.line_no))[1]")}
            else case d.base when 'received' then 'received' else d.source end end,
        case d.operation when 'assign' then p.rev_func_code
            when 'swap' then {_FROM_OUT.format(what="(array_agg(y.rev_func_code order by x.line_no))[1]")}
            else d.rev_func_code end,
        case d.operation when 'swap' then {_FROM_OUT.format(what="min(y.first_year)")}
            else coalesce(p.first_year, c.fiscal_year) end,
        %(on)s::date, {", ".join(f"c.{name}" for name in _QUOTA_ELEMENTS)}
    from budget_quota_line l
    join budget_quota_document d on d.doc_key = l.doc_key
    join unnest(%(coding_ids)s::int[], {_ARRAYS})
        as c (id, {", ".join(_QUOTA_ELEMENTS)}) on c.id = l.coding_id
    left join budget_quota p on p.bgt_id = l.ori_bgt_id
    where l.doc_key = any(%(keys)s)
      and not exists (select from budget_quota q where q.bgt_id = l.bgt_id)
    order by l.doc_key, l.line_no
    on conflict do nothing"""
_CODINGS_OF_NEW = (
    "select distinct l.coding_id from budget_quota_line l where l.doc_key = any(%s) "
    "and l.coding_id is not null and not exists (select from budget_quota q where q.bgt_id = l.bgt_id)"
)
_OTHER_ELEMENTS = (
    "select l.bgt_id, coalesce(q.bgt_id, t.bgt_id) from budget_quota_line l "
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
    elements = {name: [getattr(c, name) for c in codings.values()] for name in _QUOTA_ELEMENTS}
    conn.execute(_NEW_QUOTAS.encode(), {"keys": keys, "on": on, "coding_ids": list(codings), **elements})
    bad = conn.execute(_OTHER_ELEMENTS.encode(), [list(doc_keys)]).fetchall()
    if bad:
        pairs = [name if name == other else f"{name}（要素同 {other}）" for name, other in bad]
        raise DuplicateConflict(
            f"指标与已有指标冲突：{listed(pairs)}", rule="一个指标对应一个要素组合",
            hint="要素相同请追加到已有指标；要素不同请用新的指标代码",
            details={"keys": [row[0] for row in bad[:20]], "refused": len(bad)},
        )  # fmt: skip


_MOVEMENTS = (
    "select l.doc_key, l.amount_fen, l.stage, l.base_fen, l.bgt_id, l.ori_bgt_id, a.coding_id "
    "from budget_quota_line l left join budget_advance a on a.doc_key = l.ori_bgt_id "
    "where l.doc_key = any(%s) order by l.doc_key, l.line_no"
)


def movements(conn: psycopg.Connection[Any], doc_keys: Sequence[str]) -> dict[str, list[Movement]]:
    """The lines of documents with the quotas they move between."""
    rows = conn.execute(_MOVEMENTS.encode(), [list(doc_keys)]).fetchall()
    quotas = facts(conn, {name for row in rows for name in row[4:6] if name})
    advances = codings_of(conn, {row[6] for row in rows if row[6] is not None})
    found: dict[str, list[Movement]] = defaultdict(list)
    for key, fen, stage, base_fen, bgt_id, origin, advance in rows:
        found[key].append(
            Movement(quotas[bgt_id], fen, stage, base_fen, quotas.get(origin), advances.get(advance))
        )
    return found
