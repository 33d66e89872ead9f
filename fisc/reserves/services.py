"""What is done with moves between budgets and reserves: made by one officer, posted by another, all or none.

A government uses what it has: no more than the fund's cash, than what stands in the reserve, than what
its general budget does not need to set aside, than was collected beyond the budget and borrowed to reduce a
deficit (预算法第六十六条), than an approved budget or adjustment draws of the stabilisation fund
(预算法第六十七条); the working fund stays within its share of spending (实施条例第四十九条).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.documents import advance, taken
from fisc.documents.editions import booked, current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import Fault, broken, refuse_all
from fisc.documents.store import By, make
from fisc.kernel import FiscError, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.algebra import CREDIT, DEBIT, Where
from fisc.reading.ledger import EVER, Turnover, turnover, year
from fisc.registry import funds, limits
from fisc.registry.fund_kinds import FUND, is_kind
from fisc.reserves import rules
from fisc.reserves.kinds import MOVE
from fisc.reserves.rules import KINDS
from fisc.reserves.tables import route, routes

if TYPE_CHECKING:
    from fisc.reserves.models import FundMove

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Move:
    """A move of a kind in `KINDS`; `to_fund_type_code` is said of a transfer between budgets alone.

    `fund_kind_code` is the kind of government fund (项, 10301xx) that money is taken from.
    `approval_no` is the resolution or approval that it rests on.
    """

    move_no: str
    kind: Annotated[str, OneOf(lambda: {code: kind.name for code, kind in KINDS.items()})]
    mof_div_code: str
    fund_type_code: str
    amount_fen: int
    happened_on: date
    approval_no: str
    to_fund_type_code: str = ""
    fund_kind_code: str = ""
    summary: str = ""


def make_moves(conn: Conn, moves: Sequence[Move], *, by: By, on: date) -> list[bool]:
    """Make moves (编制), all or none: True where new; nothing is posted yet.

    Raises RuleBroken: no rule allows the way, no approval, drawn beyond what was approved, a working fund
    beyond its share; DuplicateConflict.
    """

    def work() -> list[bool]:
        _require_sound({m.move_no: list(_faults(m, on)) for m in moves}, {m.move_no: m.kind for m in moves})
        rows = [MOVE.row(m, doc_key=m.move_no, fiscal_year=m.happened_on.year) for m in moves]
        return make(conn, MOVE, fresh(conn, MOVE, rows), by=by, on=on)

    return in_transaction(conn, work)


def post_moves(conn: Conn, move_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Review moves and post them (审核入账): True where this call did it.

    What made them sound is asked again, with what stands now. Raises as `make_moves`; WrongState, FourEyes;
    RuleBroken where a fund or reserve would fall below zero. Nothing is posted then.
    """
    return in_transaction(conn, lambda: _post(conn, current(conn, MOVE, move_nos), by, on))


def _post(conn: Conn, keys: Sequence[str], by: By, on: date) -> list[bool]:
    moved = advance(conn, MOVE, keys, "post", by=by, on=on)
    if moved:
        post(conn, booked(conn, MOVE, [rules.posted(m) for m in moved]))
        _require_sound(
            {m.doc_key: [*_faults(m, on), *_beyond_law(conn, m)] for m in moved},
            {m.doc_key: m.kind for m in moved},
        )
        # refused here, not when all is over
        conn.execute("set constraints reserves_standing, reserves_bounds immediate")
        conn.execute("set constraints reserves_standing, reserves_bounds deferred")
    return taken(keys, moved)


def discard_moves(conn: Conn, move_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """Give moves up before they are posted (作废); their numbers may be entered anew."""
    return move_last(conn, MOVE, move_nos, "discard", by=by, on=on, note=note)


def record_moves(conn: Conn, moves: Sequence[Move], *, by: By, reviewed_by: By, on: date) -> list[bool]:
    """`make_moves` and `post_moves` by two officers, all or none: True where new."""

    def work() -> list[bool]:
        is_new = make_moves(conn, moves, by=by, on=on)
        post_moves(conn, [m.move_no for m in moves], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def _require_sound(faults: dict[str, list[Fault]], kinds: dict[str, str]) -> None:
    wrong: dict[str, FiscError] = {}
    for number, found in faults.items():
        kind = KINDS.get(kinds[number])
        if found:
            wrong[number] = broken(
                f"{MOVE.name} {number}{f'（{kind.name}）' if kind else ''}",
                found,
                kind.law if kind else "财库〔2015〕192号 T30 至 T33；2023 年起 41号",
            )
    refuse_all(wrong)


def _faults(m: Move | FundMove, on: date) -> Iterator[Fault]:
    kind = KINDS.get(m.kind)
    if kind is None:
        yield Fault(f"没有事项 {m.kind}", f"可用的事项：{'、'.join(KINDS)}")
        return
    if m.amount_fen <= 0:
        yield Fault(f"金额 {format_fen(m.amount_fen)} 元不是正数", "请填写大于零的金额；要撤回的请编制冲销单")
    if not m.approval_no.strip():
        yield Fault(
            "没有写明批准文号：调入调出、储备资金的安排和动用须经批准（预算法第六十七条）",
            "请填写人大决议或批准文件的文号（--approval-no）",
        )
    if m.happened_on > on:
        yield Fault(f"发生日 {m.happened_on} 晚于今天 {on}", "请核对发生日和业务日期，事项发生后再登记")
    if kind.is_transfer:
        if route(m.fund_type_code, m.to_fund_type_code) is None:
            way = f"{m.fund_type_code} 调入 {m.to_fund_type_code or '（空）'}"
            yield Fault(f"没有规定允许资金 {way}", f"允许的有：{_ways()}；请照此填写两个资金性质")
        yield from _faults_of_kind(m)
    elif m.fund_kind_code:
        yield _NO_FUND_KIND
    elif m.to_fund_type_code:
        yield Fault("只有预算间调入调出写调入的资金性质", "请去掉调入的资金性质，或改选事项“预算间调入调出”")
    elif m.fund_type_code != funds.GENERAL:
        yield Fault(
            "预算稳定调节基金、预算周转金和冲减赤字只属于一般公共预算，不含债券等专用资金",
            f"资金性质请填 {funds.words(funds.GENERAL)}",
        )


_NO_FUND_KIND: Final = Fault("只有调出政府性基金写基金种类", "请去掉基金种类")


def _faults_of_kind(m: Move | FundMove) -> Iterator[Fault]:
    if m.fund_type_code != FUND:
        if m.fund_kind_code:
            yield _NO_FUND_KIND
    elif not is_kind(m.fund_kind_code):
        yield Fault(
            f"没有写明调出哪一种基金：{m.fund_kind_code or '（空）'} 不是基金种类（政府性基金收入的项，"
            "10301 开头的七位）；政府性基金按种类专款专用，结余分种类核算",
            "请填写基金种类（--fund-kind-code），科目见 fisc registry list rev_func --code 10301",
        )


def _ways() -> str:
    return "、".join(f"{funds.words(r.from_fund)} 调入 {funds.words(r.to_fund)}" for r in routes())


# ---- numbers of law


def _beyond_law(conn: Conn, m: FundMove) -> Iterator[Fault]:
    if m.kind == "stabilisation_drawn":
        approved, drawn = drawn_of_stabilisation(conn, m.mof_div_code, m.fiscal_year)
        if drawn > approved:
            yield Fault(
                f"当年预算和调整批准动用 {format_fen(approved)} 元，连同本次已动用 {format_fen(drawn)} 元；"
                "动用须列入人大批准的预算，执行中动用的属预算调整，报人大常委会批准（预算法第六十七条第二项）",
                "请减少金额，或先办预算调整（fisc budget make-adjustments，收入分类 11015），"
                "登记人大常委会决议（resolve-adjustments）后再审核入账",
            )
    if m.kind == "working_capital_set":
        yield from _beyond_share(conn, m)


def drawn_of_stabilisation(conn: Conn, region: str, fiscal_year: int) -> tuple[int, int]:
    """What a year's budget and its adjustments draw of the stabilisation fund, and what was drawn, in fen."""
    of_class = (Where("rev_func_code", ("11015",)),)
    span = year(fiscal_year, 12, 0)  # the closing of the quota book is no budget
    approved = Turnover(("quota:9104",), (region,), span, DEBIT, of_class)
    drawn = Turnover(
        ("treasury_2015:4031", "treasury_2022_budget:6031"), (region,), year(fiscal_year, 12), CREDIT
    )
    return sum(turnover(conn, approved).values()), sum(turnover(conn, drawn).values())


@dataclass(frozen=True, slots=True)
class Deficit:
    """A year's deficit of the general budget, and what of its revenue was decided to reduce it; fen.

    `deficit_fen` is what was borrowed for the region itself less principal, by its adjusted budget or as it
    came, whichever is less.
    """

    deficit_fen: int
    reduced_fen: int


def deficits(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Deficit]:
    """Region -> its deficit of a year."""
    rows = conn.execute(
        "select r, reserves_deficit(r, %(year)s), reserves_against_deficit(r, %(year)s) "
        "from unnest(%(regions)s::text[]) r",
        {"regions": list(regions), "year": fiscal_year},
    ).fetchall()
    return {region: Deficit(deficit_fen, reduced_fen) for region, deficit_fen, reduced_fen in rows}


def standing_of_stabilisation(conn: Conn, region: str) -> int:
    """What stands in a region's stabilisation fund, in fen."""
    return _standing(conn, region, _STABILISATION)


def standing_of_working_capital(conn: Conn, region: str) -> int:
    """What stands in a region's working fund, in fen."""
    return _standing(conn, region, _WORKING)


def free(conn: Conn, region: str, fund: str, fiscal_year: int, kind: str = "") -> int:
    """What a budget of a fund, or of a kind of it, holds in a year that nothing needs, in fen.

    What a move may take of it; below zero it lacks.
    """
    given = {"region": region, "fund": fund, "kind": kind, "year": fiscal_year}
    row = conn.execute(
        "select least(reserves_free(%(region)s, %(fund)s, %(kind)s, %(year)s), "
        "reserves_held(%(region)s, %(fund)s, %(kind)s, %(year)s))", given,
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def still_to_come(conn: Conn, region: str, fiscal_year: int, funds: Sequence[str]) -> dict[str, int]:
    """Fund -> what a year's budget of it counts on and did not come, in fen."""
    rows = conn.execute(
        "select f, reserves_still_to_come(%s, f, %s) from unnest(%s::text[]) f",
        [region, fiscal_year, list(funds)],
    ).fetchall()
    return dict(rows)


def over_carried(conn: Conn, region: str, fiscal_year: int) -> dict[str, int]:
    """Fund -> what went on out of a year, with quotas and by numbers, beyond what there was; in fen."""
    rows = conn.execute(
        "select m.fund_type_code, c.carried_fen - (c.unspent_fen - c.missing_fen) "
        "from (select distinct fund_type_code from ledger.moved_by_kinds(%(region)s, 'quota:9104', "
        "      %(year)s + 1, array['year_end']) where sup_bgt_doc_no <> '') m "
        "cross join lateral reserves_carried(%(region)s, m.fund_type_code, %(year)s) c "
        "where c.carried_fen > c.unspent_fen - c.missing_fen",
        {"region": region, "year": fiscal_year},
    ).fetchall()
    return dict(rows)


def _beyond_share(conn: Conn, m: FundMove) -> Iterator[Fault]:
    law = limits.lookup("working_capital_share_max_bp", m.fiscal_year)
    stands = _standing(conn, m.mof_div_code, _WORKING)
    spent = _spent(conn, m.mof_div_code, m.fiscal_year)
    if not spent:
        yield Fault(
            f"没有本级一般公共预算支出的账，无从核定预算周转金的限额（{law.rule}）",
            "请在上年或本年的支出入账之后办理",
        )
    elif stands * 10_000 > spent * law.value:
        most = spent * law.value // 10_000
        yield Fault(
            f"预算周转金将为 {format_fen(stands)} 元，超过本级一般公共预算支出 {format_fen(spent)} 元的 "
            f"{law.value / 100:g}%（{format_fen(most)} 元，{law.rule}）",
            f"请减少金额，补充后不超过 {format_fen(most)} 元",
        )


_STABILISATION: Final = ("treasury_2015:3031", "treasury_2022_budget:8031")
_WORKING: Final = ("treasury_2015:3033", "treasury_2022_budget:8033")


def _standing(conn: Conn, region: str, accounts: tuple[str, ...]) -> int:
    return sum(turnover(conn, Turnover(accounts, (region,), EVER, CREDIT)).values())


def _spent(conn: Conn, region: str, fiscal_year: int) -> int:
    """The general budget's own spending in fen: of the last whole year, else of this one so far."""
    accounts = ("treasury_2015:5001", "treasury_2022_budget:7001")
    for asked in (fiscal_year - 1, fiscal_year):
        found = turnover(conn, Turnover(accounts, (region,), year(asked), DEBIT))
        if fen := sum(found.values()):
            return fen
    return 0
