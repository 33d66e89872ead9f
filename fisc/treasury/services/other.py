"""Other affairs of the treasury: advances, loans, deposits, money not identified or in transit, carry-overs.

One set of services for all of them: an affair is made by one officer, reviewed by another and posted by
the rule of its kind (`fisc.treasury.rules.other.KINDS`, 192-T03, T04, T15, T34 to T39).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import psycopg

from fisc.documents import NotFound, RuleBroken, advance, create, move, select, taken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import Fault, broken, refuse_all
from fisc.documents.store import By
from fisc.kernel import Coding, FiscError, codings_of, post
from fisc.kernel.coding import intern_codings
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry.quota_rules import matching
from fisc.registry.rules import budget_fund, code_event
from fisc.treasury.kinds import AFFAIR
from fisc.treasury.rules import other as rules
from fisc.treasury.rules.other import KINDS, Kind
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services import drawing, held
from fisc.treasury.services.affair_bounds import beyond, of_quota

if TYPE_CHECKING:
    from fisc.treasury.models import Affair

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class TreasuryAffair:
    """An affair of a kind in `KINDS`. `settles_no` names the earlier affair that this one settles.

    Spending ones name a quota (`bgt_id`), income ones a revenue class. `fiscal_year` is given only
    where the affair belongs to the year before the day it happened on (清理期). What becomes of a held refund
    names it (`refund_no`) and the paper of the decision (`basis_doc_no`); charged to this year's spending, it
    stands in the payment's class, or in `exp_func_code` where this year calls that class otherwise.
    `confirm_reason` says why an affair that says the same as another is another.
    """

    affair_no: str
    kind: Annotated[str, OneOf(lambda: {code: kind.name for code, kind in KINDS.items()})]
    mof_div_code: str
    fund_type_code: str
    amount_fen: int
    happened_on: date
    interest_fen: int = 0
    settles_no: str = ""
    bgt_id: str = ""
    rev_func_code: str = ""
    counterparty: str = ""
    summary: str = ""
    fiscal_year: int = 0
    refund_no: str = ""
    basis_doc_no: str = ""
    exp_func_code: str = ""
    confirm_reason: str = ""

    @property
    def year(self) -> int:
        """The fiscal year it belongs to."""
        return self.fiscal_year or self.happened_on.year


def make_affairs(conn: Conn, affairs: Sequence[TreasuryAffair], *, by: By, on: date) -> list[bool]:
    """Make affairs (编制), all or none: True where new; nothing is posted yet.

    What a draft settles is kept for it. Raises RuleBroken (what the kind needs, more settled than there was),
    NotFound (quota, settled affair, held refund), QuotaShortfall (spending without quota), DuplicateConflict.
    """
    return in_transaction(conn, lambda: _make(conn, affairs, by, on))


def _make(conn: Conn, affairs: Sequence[TreasuryAffair], by: By, on: date) -> list[bool]:
    refunds = held.refunds_of(conn, {a.refund_no for a in affairs if a.refund_no})
    _require_sound(affairs, _origins(conn, affairs), refunds, on)
    blocks = _blocks(conn, affairs, refunds)
    ids = intern_codings(conn, blocks.values())
    made = create(conn, AFFAIR, [_row(a, ids[blocks[a.affair_no]]) for a in affairs], by=by, on=on)
    _require_quota(conn, made)
    return taken([a.affair_no for a in affairs], made)


def _require_sound(
    affairs: Sequence[TreasuryAffair], origins: Mapping[str, Affair], refunds: held.Refunds, on: date
) -> None:
    wrong = {a.affair_no: _wrong(a, origins, on) or held.wrong(a, refunds) for a in affairs}
    refuse_all({key: refusal for key, refusal in wrong.items() if refusal})


def post_affairs(conn: Conn, affair_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Review affairs and post them (审核入账), all or none: True where this call did it.

    What made them sound is asked again: the money moves now. Raises as `make_affairs`, and WrongState;
    RuleBroken where a fund's cash does not pay for it.
    """
    return in_transaction(conn, lambda: _review(conn, affair_nos, by, on))


def _review(conn: Conn, affair_nos: Sequence[str], by: By, on: date) -> list[bool]:
    posted = advance(conn, AFFAIR, affair_nos, "post", by=by, on=on)
    if posted:
        blocks = codings_of(conn, (a.coding_id for a in posted))
        said = [_said(a, blocks[a.coding_id]) for a in posted]
        origins, refunds = (
            _origins(conn, said),
            held.refunds_of(conn, {a.refund_no for a in said if a.refund_no}),
        )
        _require_sound(said, origins, refunds, on)
        drawing.spent(conn, "国库事项", {a.doc_key: a.bgt_id for a in posted if a.bgt_id})
        _require_quota(conn, posted)
        settled = codings_of(conn, (origins[a.settles_no].coding_id for a in posted if a.settles_no))
        at = {a.doc_key: settled[origins[a.settles_no].coding_id] for a in posted if a.settles_no}
        at |= {a.doc_key: refunds[a.refund_no].coding for a in posted if a.refund_no}
        own = {a.doc_key: blocks[a.coding_id] for a in posted}
        post(conn, [rules.posted(a, own[a.doc_key], at.get(a.doc_key, own[a.doc_key])) for a in posted])
        conn.execute("set constraints affair_cash immediate")  # refused here, not at the end
        conn.execute("set constraints affair_cash deferred")
    return taken(affair_nos, posted)


def discard_affairs(conn: Conn, affair_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """Give affairs up before they are posted (作废); what they would have settled is open again."""
    return move(conn, AFFAIR, affair_nos, "discard", by=by, on=on, note=note)


def record_affairs(
    conn: Conn, affairs: Sequence[TreasuryAffair], *, by: By, reviewed_by: By, on: date
) -> list[bool]:
    """`make_affairs` and `post_affairs` by two officers, all or none: True where new."""

    def work() -> list[bool]:
        is_new = make_affairs(conn, affairs, by=by, on=on)
        post_affairs(conn, [a.affair_no for a in affairs], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def _said(a: Affair, coding: Coding) -> TreasuryAffair:
    """An affair as it was handed in."""
    return TreasuryAffair(
        a.doc_key, a.kind, a.mof_div_code, a.fund_type_code, a.amount_fen, a.happened_on, a.interest_fen,
        a.settles_no, a.bgt_id, coding.rev_func_code if not a.bgt_id else "", a.counterparty, a.summary,
        a.fiscal_year, a.refund_no, a.basis_doc_no, coding.exp_func_code if KINDS[a.kind].in_class else "",
        a.confirm_reason,
    )  # fmt: skip


#: What is not posted yet has nothing to settle.
_POSTED: Final = "where t.doc_key = any(%s) and t.state = 'posted' order by t.doc_key for update"


def _origins(conn: Conn, affairs: Sequence[TreasuryAffair]) -> dict[str, Affair]:
    """The affairs that these settle, locked."""
    wanted = sorted({a.settles_no for a in affairs if a.settles_no})
    if not wanted:
        return {}
    rows = select(conn, AFFAIR, _POSTED, [wanted])
    return {origin.doc_key: origin for origin in rows}


def _wrong(a: TreasuryAffair, origins: Mapping[str, Affair], on: date) -> FiscError | None:
    kind = KINDS.get(a.kind)
    if kind is None:
        return RuleBroken(
            f"国库事项 {a.affair_no}：没有事项 {a.kind}", rule="国库事项按记账规则办理（财库〔2015〕192号）",
            hint=f"可用的事项：{'、'.join(KINDS)}",
        )  # fmt: skip
    origin = origins.get(a.settles_no)
    if a.settles_no and origin is None:
        return NotFound(
            f"国库事项 {a.affair_no} 所结清的 {a.settles_no} 不存在，或还没有入账", rule="先有往来、后有结清",
            hint="请核对所结清的事项编号", details={"key": a.settles_no},
        )  # fmt: skip
    if faults := [fault for is_wrong, fault in _faults(a, kind, origin, on) if is_wrong]:
        return broken(f"国库事项 {a.affair_no}（{kind.name}）", faults, f"{kind.rule}（财库〔2015〕192号）")
    return None


def _faults(a: TreasuryAffair, kind: Kind, origin: Affair | None, on: date) -> Iterator[tuple[bool, Fault]]:
    """What may be wrong with an affair, and whether it is."""
    yield (
        a.amount_fen <= 0 or a.interest_fen < 0,
        Fault(f"金额 {format_fen(a.amount_fen)} 元不是正数", "请填写大于零的金额，利息不小于零"),
    )
    yield bool(a.interest_fen and not kind.has_interest), Fault("这类事项没有利息", "请去掉利息")
    yield bool(a.settles_no) != bool(kind.settles), (
        Fault("须写明所结清的事项", f"请填写所结清的{_called(kind.settles)}的编号")
        if kind.settles else Fault("不结清别的事项", "请去掉所结清的事项")
    )  # fmt: skip
    yield (
        bool(kind.settles) and origin is not None and origin.kind not in kind.settles,
        Fault(f"不能结清 {a.settles_no}", f"请填写已入账的{_called(kind.settles)}的编号"),
    )
    yield (
        origin is not None and _is_elsewhere(a, origin),
        Fault(f"与 {a.settles_no} 不是同一区划、同一资金", f"财政区划和资金性质请与 {a.settles_no} 一致"),
    )
    yield kind.spends != bool(a.bgt_id), (
        Fault("须写明指标：无预算不得支出", "请填写指标；没有的先下达指标（fisc budget make-quotas）")
        if kind.spends else Fault("这类事项不用指标", "请去掉指标")
    )  # fmt: skip
    yield kind.needs_revenue_class != bool(a.rev_func_code), (
        Fault("须写明收入分类", "请填写收入分类的末级科目（fisc registry list rev_func）")
        if kind.needs_revenue_class else Fault("这类事项没有收入分类", "请去掉收入分类")
    )  # fmt: skip
    yield (
        kind.general_only and budget_fund(a.fund_type_code) != "111",
        Fault("这条规则只适用于一般公共预算资金", "资金性质请填一般公共预算资金的"),
    )
    yield (
        a.happened_on > on,
        Fault(f"发生日 {a.happened_on} 晚于今天 {on}", "请核对发生日和业务日期，事项发生后再登记"),
    )
    yield (
        not 0 <= a.happened_on.year - a.year <= int(kind.is_year_end),
        Fault(f"不能记入 {a.year} 年", f"预算年度请填发生日的年度 {a.happened_on.year}"),
    )
    yield (
        kind.next_year and origin is not None and a.year <= origin.fiscal_year,
        Fault("须在次年办理", "请在次年以次年的业务日期办理"),
    )
    yield from ((True, fault) for fault in beyond(a, origin))


def _called(kinds: Sequence[str]) -> str:
    return "、".join(f"“{KINDS[code].name}”" for code in kinds)


def _is_elsewhere(a: TreasuryAffair, origin: Affair) -> bool:
    return (a.mof_div_code, a.fund_type_code) != (origin.mof_div_code, origin.fund_type_code)


def _blocks(conn: Conn, affairs: Sequence[TreasuryAffair], refunds: held.Refunds) -> dict[str, Coding]:
    """affair_no -> the coding block it stands on.

    Its quota's, that of the spending it takes back, or year, region, fund and revenue class.
    """
    quotas = drawing.spent(conn, "国库事项", {a.affair_no: a.bgt_id for a in affairs if a.bgt_id})
    found = {}
    for a in affairs:
        if a.bgt_id:
            found[a.affair_no] = quotas[a.bgt_id].coding
            _require_own_quota(a, found[a.affair_no])
            _require_its_class(a, found[a.affair_no])
        elif KINDS[a.kind].in_class:
            found[a.affair_no] = held.charged_to(a, refunds[a.refund_no])
        else:
            found[a.affair_no] = Coding(
                a.year, a.mof_div_code, a.fund_type_code, rev_func_code=a.rev_func_code
            )
            _require_its_class(a, found[a.affair_no])
        _spare_debt(a, found[a.affair_no])
    return found


def _spare_debt(a: TreasuryAffair, coding: Coding) -> None:
    """Raise RuleBroken where an affair takes money of debt out, which payments of its quotas alone may do."""
    debt = matching("debt", coding) if KINDS[a.kind].takes_out else None
    if debt:
        raise RuleBroken(
            f"国库事项 {a.affair_no}（{KINDS[a.kind].name}）：{debt.name}不能{KINDS[a.kind].name}",
            rule="预算法第三十五条：举借的债务只能用于公益性资本支出，不得挪作他用",
            hint="请用其他资金办理；债务资金按项目指标支付",
        )


def _require_own_quota(a: TreasuryAffair, coding: Coding) -> None:
    said = (a.year, a.mof_div_code, a.fund_type_code)
    if said != (coding.fiscal_year, coding.mof_div_code, coding.fund_type_code):
        raise RuleBroken(
            f"国库事项 {a.affair_no} 的年度、区划或资金与指标 {a.bgt_id} 不符",
            rule="指标只供本年度、本区划、本资金使用（财办〔2022〕36号）",
            hint="请核对指标",
        )


def _require_its_class(a: TreasuryAffair, coding: Coding) -> None:
    """Raise RuleBroken where an affair of one class of its own stands on another."""
    kind, wrong = KINDS[a.kind], []
    if kind.spends:
        wrong = [*of_quota(a.kind, coding)]
    elif kind.of_class:
        known = code_event(kind.of_class, coding.rev_func_code, a.fund_type_code)
        if known is None or known.event != a.kind:
            wrong = [f"科目 {coding.rev_func_code or '（空）'} 不是它的科目"]
    if wrong:
        raise RuleBroken(
            f"国库事项 {a.affair_no}（{kind.name}）的{'；'.join(wrong)}",
            rule=f"{kind.rule}（财库〔2015〕192号）：收支按政府收支分类列示",
            hint="援助其他地区列 23021，接受援助列 11021，粮食风险基金列 2220115；请核对指标或收入分类",
        )


def _require_quota(conn: Conn, made: Sequence[Affair]) -> None:
    demands = [
        drawing.Demand(
            a.doc_key, stage_account("executable", a.fiscal_year), a.coding_id, a.amount_fen,
            f"国库事项 {a.doc_key}（指标 {a.bgt_id}）超过可执行指标",
        )
        for a in made
        if a.bgt_id
    ]  # fmt: skip
    if demands:
        refuse_all(dict(drawing.shortfalls(conn, demands)))


def _row(a: TreasuryAffair, coding_id: int) -> dict[str, object]:
    return AFFAIR.row(a, doc_key=a.affair_no, fiscal_year=a.year, coding_id=coding_id)


class AffairLeft(NamedTuple):
    """An affair of which something is left to settle, in fen."""

    mof_div_code: str
    affair_no: str
    kind: str
    fund_type_code: str
    counterparty: str
    happened_on: date
    left_fen: int


def affairs_left(conn: Conn, regions: Sequence[str], on: date, *kinds: str) -> list[AffairLeft]:
    """Affairs of these kinds with something left to settle at the end of `on`, by region, day and number."""
    statement = (
        "select a.mof_div_code, a.doc_key, a.kind, a.fund_type_code, a.counterparty, a.happened_on, "
        "a.amount_fen - coalesce(s.fen, 0) as left_fen from treasury_affair a "
        "left join lateral (select sum(b.amount_fen)::bigint as fen from treasury_affair b "
        "where b.settles_no = a.doc_key and b.happened_on <= %(on)s and b.state = 'posted') s on true "
        "where a.state = 'posted' and a.mof_div_code = any(%(regions)s) and a.happened_on <= %(on)s "
        "and a.kind = any(%(kinds)s) and a.amount_fen > coalesce(s.fen, 0) "
        "order by a.mof_div_code, a.happened_on, a.doc_key"
    )
    rows = conn.execute(statement, {"regions": list(regions), "on": on, "kinds": list(kinds)}).fetchall()
    return [AffairLeft._make(row) for row in rows]


def open_affairs(conn: Conn, region: str, on: date) -> list[dict[str, Any]]:
    """Affairs of a region with something left to settle at the end of `on`, in fen, by day and number.

    Refunds of earlier years that are held stand among them, under their own numbers.
    """
    settled = sorted({kind for k in KINDS.values() for kind in k.settles})
    rows = [tuple(one[1:]) for one in affairs_left(conn, [region], on, *settled)]
    rows = sorted([*rows, *held.open_refunds(conn, region, on)], key=lambda row: (row[4], row[0]))
    names = ("affair_no", "kind", "fund_type_code", "counterparty", "happened_on", "left_fen")
    return [dict(zip(names, row, strict=True)) for row in rows]
