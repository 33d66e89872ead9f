"""Spending before the people's congress approves the budget: only what 预算法第五十四条 lets through.

Three cases: what was carried over; departments' spending and transfers downwards up to what was
spent in the same months of the year before; what law obliges to pay, and emergencies. The level
of the year before is read from the ledger, or from `PriorLevel` rows where the ledger does not
hold that year. "The same period" is counted in whole months.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import psycopg

from fisc.budget.kinds import DRAFT, EARLY_SPENDING, PRIOR_LEVEL
from fisc.budget.services.lines import row_of
from fisc.budget.services.refusals import require_none
from fisc.documents import RuleBroken, make, select
from fisc.documents.accounts import PAID, TRANSFER_ISSUED
from fisc.documents.inputs import OneOf
from fisc.kernel import FiscError
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover
from fisc.reading.ledger import year as months
from fisc.registry.officers import require_duty
from fisc.registry.rows import ANY_KEY, insert_rows
from fisc.registry.value_lists import values

RULE: Final = (
    "预算法第五十四条：预算草案在人代会批准前，只能安排上年结转、不超过上年同期的支出、法定义务和突发事件支出"
)

CARRIED, DEPARTMENT, TRANSFER, LEGAL_DUTY, EMERGENCY = (
    "carried", "department", "transfer", "legal_duty", "emergency",
)  # fmt: skip
KINDS: Final[Mapping[str, str]] = values()["early_kind"]
#: Kinds held to the level of the year before, and the account whose turnover is that level.
_LEVEL_ACCOUNT: Final = {DEPARTMENT: PAID, TRANSFER: TRANSFER_ISSUED}
_NEEDS_BASIS: Final = (LEGAL_DUTY, EMERGENCY)

Pool = tuple[str, int, str, str]  # region, fiscal year, kind, fund


@dataclass(frozen=True, slots=True)
class EarlyRequest:
    """Spending asked for before approval. `doc_no` is its natural key within region and year.

    `basis` names the law, contract or order for `legal_duty` and `emergency`; `doc_no` of a quota
    document or an advance is a good key.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    kind: Annotated[str, OneOf(KINDS)]
    fund_type_code: str
    amount_fen: int
    basis: str = ""

    @property
    def doc_key(self) -> str:
        """Natural key of the record."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.doc_no}"

    @property
    def pool(self) -> Pool:
        """What is held to one level together."""
        return (self.mof_div_code, self.fiscal_year, self.kind, self.fund_type_code)


@dataclass(frozen=True, slots=True)
class PriorLevel:
    """Cumulative spending from January to `month` of an earlier year; `kind` department or transfer."""

    mof_div_code: str
    fiscal_year: int
    month: int
    kind: Annotated[str, OneOf(lambda: {kind: KINDS[kind] for kind in _LEVEL_ACCOUNT})]
    fund_type_code: str
    amount_fen: int
    source: str


def approval_dates(
    conn: psycopg.Connection[Any], places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], date]:
    """(region, year) -> day on which the people's congress approved the budget; missing where it has not."""
    wanted = sorted(set(places))
    drafts = select(
        conn, DRAFT,
        "join unnest(%s::text[], %s::int[]) w(region, year) on t.mof_div_code = w.region "
        "and t.fiscal_year = w.year where t.state = 'approved'",
        [[region for region, _ in wanted], [year for _, year in wanted]],
    )  # fmt: skip
    return {(d.mof_div_code, d.fiscal_year): d.approved_on for d in drafts if d.approved_on is not None}


def early_spending_allowed(
    conn: psycopg.Connection[Any], requests: Sequence[EarlyRequest], *, on: date
) -> list[FiscError | None]:
    """For each request: None where it may be spent on `on`, else the refusal. Writes nothing.

    After approval everything is None: then the approved budget itself is the control. Requests are
    judged in order, together with what was recorded before; one that was recorded stays allowed.
    """
    approved = approval_dates(conn, ((r.mof_div_code, r.fiscal_year) for r in requests))
    early = [r for r in requests if not _is_approved(approved, r, on)]
    recorded = _recorded(conn, early)
    pools = {r.pool for r in early if r.kind in _LEVEL_ACCOUNT}
    room = _room(conn, pools, on.month)
    waiting = {r.doc_key for r in early}
    return [_judge(r, room, recorded) if r.doc_key in waiting else None for r in requests]


def _is_approved(approved: Mapping[tuple[str, int], date], request: EarlyRequest, on: date) -> bool:
    day = approved.get((request.mof_div_code, request.fiscal_year))
    return day is not None and day <= on


def _recorded(conn: psycopg.Connection[Any], requests: Sequence[EarlyRequest]) -> set[str]:
    keys = [r.doc_key for r in requests]
    return {found.doc_key for found in select(conn, EARLY_SPENDING, "where t.doc_key = any(%s)", [keys])}


def _judge(request: EarlyRequest, room: dict[Pool, int], recorded: set[str]) -> RuleBroken | None:
    if request.doc_key in recorded:
        return None
    if request.kind not in KINDS:
        return _refused(
            request, f"“{request.kind}”不是批准前可以支出的情形", f"情形：{'、'.join(KINDS.values())}"
        )
    if request.kind in _NEEDS_BASIS and not request.basis:
        return _refused(request, f"{KINDS[request.kind]}没有写明依据", "请写明法律条款、合同或应急决定的文号")
    if request.kind not in _LEVEL_ACCOUNT:
        return None
    left = room[request.pool]
    if request.amount_fen > left:
        return _refused(
            request,
            f"{KINDS[request.kind]} {format_fen(request.amount_fen)} 元，"
            f"按上年同期水平尚可安排 {format_fen(left)} 元",
            "请减少金额，或待人代会批准后再安排",
        )
    room[request.pool] = left - request.amount_fen
    return None


def _refused(request: EarlyRequest, why: str, hint: str) -> RuleBroken:
    return RuleBroken(
        f"{request.fiscal_year} 年预算尚未经人代会批准，{request.doc_no} 不能支出：{why}",
        rule=RULE,
        hint=hint,
    )


def record_early_spending(
    conn: psycopg.Connection[Any], requests: Sequence[EarlyRequest], *, by: str, on: date
) -> list[bool]:
    """Arrange spending before approval: True for each that is new. All or nothing.

    `by` holds the duty budget_approve. Raises RuleBroken naming every request that 预算法第五十四条 does
    not let through, and when the budget stands approved already (then nothing is early). The same
    request again changes nothing; with other content it is a DuplicateConflict.
    """
    return in_transaction(conn, lambda: _record(conn, requests, by, on))


def _record(conn: psycopg.Connection[Any], requests: Sequence[EarlyRequest], by: str, on: date) -> list[bool]:
    for region, year in sorted({(r.mof_div_code, r.fiscal_year) for r in requests}):
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 54))", [f"early:{region}:{year}"]
        )  # two at once must not both use the same room
    found = [refused for refused in early_spending_allowed(conn, requests, on=on) if refused]
    require_none(
        "批准前支出被退回", [f.message for f in found], rule=RULE, hint=found[0].hint if found else ""
    )
    rows = [row_of(r, "doc_no") | {"arranged_on": on.isoformat()} for r in requests]
    return make(conn, EARLY_SPENDING, rows, by=by, on=on)


def _room(conn: psycopg.Connection[Any], pools: Iterable[Pool], month: int) -> dict[Pool, int]:
    """Fen that each pool may still arrange: the level of the year before, less what is arranged."""
    wanted = sorted(set(pools))
    if not wanted:
        return {}
    room: dict[Pool, int] = defaultdict(int, _levels(conn, wanted, month))
    rows = conn.execute(
        "select mof_div_code, fiscal_year, kind, fund_type_code, sum(amount_fen)::bigint "
        "from budget_early_spending where mof_div_code = any(%s) and fiscal_year = any(%s) "
        "group by 1, 2, 3, 4",
        [[pool[0] for pool in wanted], [pool[1] for pool in wanted]],
    ).fetchall()
    for *pool, arranged in rows:
        room[tuple(pool)] -= arranged
    return room


def _levels(conn: psycopg.Connection[Any], pools: Sequence[Pool], month: int) -> dict[Pool, int]:
    stated = conn.execute(_STATED, {**_columns(pools), "month": month}).fetchall()
    levels = {tuple(row[:4]): int(row[4]) for row in stated}
    return levels | _held(conn, pools, month)


def _held(conn: psycopg.Connection[Any], pools: Sequence[Pool], month: int) -> dict[Pool, int]:
    """What the ledger holds of the year before: credit turnover of its coding blocks in those months."""
    found: dict[Pool, int] = {}
    for year in {pool[1] for pool in pools}:
        mine = [pool for pool in pools if pool[1] == year]
        asked = Turnover(
            tuple(_LEVEL_ACCOUNT.values()), tuple({pool[0] for pool in mine}), months(year - 1, month),
            CREDIT, coding_year=year - 1,
        )  # fmt: skip
        held = turnover(conn, asked, "mof_div_code", "account", "fund_type_code")
        for pool in mine:
            key = (pool[0], _LEVEL_ACCOUNT[pool[2]], pool[3])
            if key in held:
                found[pool] = held[key]
    return found


def _columns(pools: Sequence[Pool]) -> dict[str, list[Any]]:
    regions, years, kinds, funds = (list(column) for column in zip(*pools, strict=True))
    return {"regions": regions, "years": years, "kinds": kinds, "funds": funds}


#: What people stated for the year before: the last month not after the one asked for.
_STATED: Final = """
    select distinct on (w.region, w.year, w.kind, w.fund) w.region, w.year, w.kind, w.fund, p.amount_fen
    from unnest(%(regions)s::text[], %(years)s::int[], %(kinds)s::text[], %(funds)s::text[])
         w(region, year, kind, fund)
    join budget_prior_level p on p.mof_div_code = w.region and p.fiscal_year = w.year - 1
         and p.kind = w.kind and p.fund_type_code = w.fund and p.month <= %(month)s
    order by w.region, w.year, w.kind, w.fund, p.month desc"""


def record_prior_levels(conn: psycopg.Connection[Any], levels: Sequence[PriorLevel], *, by: str) -> None:
    """State the spending of a year that this ledger does not hold (budget_make). Idempotent; never changed.

    Where the ledger holds payments of that year, they are used and these are not. Raises MissingDuty.
    """
    require_duty(conn, by, "budget_make", *{level.mof_div_code for level in levels})
    insert_rows(conn, PRIOR_LEVEL, [PRIOR_LEVEL.row(level) for level in levels], known_by=ANY_KEY)
