"""What is still under way when a year is to be closed: read only, each kind by its rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc.closing.services.bank import bank_explained, bank_open
from fisc.closing.services.open_items import Open, advances_left, affairs_of, documents, uneven
from fisc.closing.services.owing import HELD, owing
from fisc.closing.services.quotas import QUOTA_RULE
from fisc.closing.services.sources import GIVE_BACK_HINT, GIVE_BACK_RULE, SOURCES_RULE
from fisc.closing.services.standing import (
    balances_open,
    book_open,
    by_region_year_open,
    decided_open,
    lapsing_open,
    quotas_open,
    short_open,
    sources_open,
    surplus_open,
    undecided_open,
    unfinished_open,
)
from fisc.closing.services.surplus import SURPLUS_RULE
from fisc.debt import services as debt
from fisc.documents.listing import Standing
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Among
from fisc.registry import regions as divisions
from fisc.revenue.kinds import DAILY_REPORT
from fisc.transfers import services as transfers
from fisc.treasury.flow import UNDER_WAY
from fisc.treasury.kinds import AFFAIR, PAYMENT, REFUND

_YEAR_END: Final = "财库〔2015〕192号第四十四条：年终前清理核对"


class _Look(NamedTuple):
    """A kind of affair: what is open, by region."""

    kind: str
    name: str
    open: Open
    rule: str
    hint: str
    blocks: bool = True
    #: How many of what is open are named.
    named: int = 5


_LOOKS: Final = (
    _Look(
        "payments_under_way", "在途支付", documents(PAYMENT, *UNDER_WAY),
        "财办〔2022〕36号：年终结转前清理在途", "请办完、退回或撤销这些支付",
    ),
    _Look(
        "payments_uncleared", "已付未清算", documents(PAYMENT, "paid", pay_type="entity"),
        _YEAR_END, "请与人民银行国库办理清算",
    ),
    _Look(
        "refunds_uncleared", "退款未清算", documents(REFUND, "recorded"),
        _YEAR_END, "请与人民银行国库办理清算",
    ),
    _Look(
        "reports_unposted", "国库收入日报未入账", documents(DAILY_REPORT, "recorded", amount="total_fen"),
        "预算法实施条例第六十七条：月末、年末与国库对账", "请核对入账",
    ),
    _Look(
        "affairs_unposted", "国库其他业务未入账", documents(AFFAIR, "draft"), _YEAR_END, "请审核入账",
    ),
    _Look(
        "transfers_unbooked", "已下达未拨付也未挂账的补助", transfers.unbooked,
        "财库〔2015〕192号年终结算（T06、T09）", "请拨付，或按年终应补未补挂往来（fisc year-end settle）",
    ),
    _Look(
        "bonds_not_arrived", "转贷资金未到账", transfers.not_arrived,
        "财库〔2015〕192号（T16）：债务转贷收入以实际到账为准，没有到账的不是结转的来源",
        "已到账的请登记（fisc transfers make-arrivals）；没有到账的先收回所安排的指标，再收回上级文件"
        "（fisc transfers make-take-backs），次年到账时以原文号登记为次年收到",
    ),
    _Look(
        "carry_without_money", "结转没有资金", short_open, SURPLUS_RULE,
        "结转不超过年末结转结余：请核对未到账的资金；短收的动用预算稳定调节基金、调入资金"
        "（fisc reserves make-moves），或收回结转的指标",
    ),
    _Look(
        "withheld_uncharged", "上级扣缴的本息没有列支", by_region_year_open(debt.uncharged),
        "财库〔2015〕192号（T24）：上级扣缴的本息在当年列支，1036 年终无余额",
        "由用款单位落实指标后列支（fisc debt make-events，事项“上级扣缴本息列支”，业务日期在当年）；"
        "登记有误的冲销（fisc debt make-reversals）",
    ),
    _Look(
        "accruals_unpaid", "上年挂账尚未拨付",
        lambda conn, regions, year: transfers.unsettled(
            conn, regions, year - 1, ("accrued", "upload_accrued")
        ),
        "财库〔2015〕192号第四十四条：上下级结算在次年一月底前办清", "请拨付或缴来上年挂账",
    ),
    _Look(
        "agency_uncleared", "零余额账户或已结报支出有余额",
        uneven("treasury_2015:1005", "treasury_2015:2091"),
        "财库〔2015〕192号：1005 日终、2091 年终无余额",
        "请先清算，再冲转已结报支出（T13：fisc treasury close-agency-books）",
    ),
    _Look(
        "advances_open", "调度款尚无文件",
        lambda conn, regions, year: transfers.unsettled(conn, regions, year, ("advanced",)),
        "财库〔2015〕192号（T08）", "随文件列支，或收回；余额可结转下年", blocks=False,
    ),
    _Look(
        "loans_open", "借出款项没有收回", affairs_of("money_lent"),
        "财库〔2015〕192号（T35）、第四十四条：年终前清理往来款",
        "由办理借出的国库机构向借款单位收回（fisc treasury make-affairs，"
        "事项“借出款项收回”）；余额可结转下年",
        blocks=False, named=20,
    ),
    _Look(
        "funds_advanced_open", "预拨经费没有列支", advances_left,
        "财库〔2015〕192号（T34）、第四十四条：预拨经费年终前转列支出或收回",
        "由用款单位落实指标，财政业务部门核销（fisc budget make-settlements）或国库机构转列支出"
        "（fisc treasury make-affairs，事项“预拨经费转列支出”）；没有用的收回"
        "（fisc budget make-advance-returns，事项“预拨经费收回”）；余额可结转下年",
        blocks=False, named=20,
    ),
    _Look(
        "pending_outlay", "待处理支出没有转列支出或收回", uneven("treasury_2022_budget:7051"),
        "财库〔2022〕41号（凭记忆）：待处理支出年终前转列支出或清理收回",
        "落实指标后转列支出（fisc budget make-settlements；国库事项“预拨经费转列支出”），没有用的收回"
        "（fisc budget make-advance-returns；国库事项“预拨经费收回”）",
    ),
    _Look(
        "temporary_payments_open", "暂付款项没有收回或列支", affairs_of("temporary_payment"),
        "财库〔2015〕192号（T35）、第四十四条：年终前清理往来款",
        "由办理暂付的国库机构向对方收回，或落实指标后转列支出（fisc treasury make-affairs，"
        "事项“暂付款项收回”“暂付款项转支出”）；余额可结转下年",
        blocks=False, named=20,
    ),
    _Look(
        "owing_open", "往来款项有余额", owing,
        "财库〔2015〕192号第四十四条：年终前清理往来款；1036 年终原则上无余额",
        "请与对方核对，该收回的收回，该列支、该付还的办理；余额可结转下年", blocks=False,
    ),
    _Look(
        "held_open", "暂存的款项还没有处理（其他应付款有余额）",
        # what is owed to agent banks waits for its clearing, which is asked of payments
        uneven(*HELD, where=(Among("book_owner_code", ("",)),)),
        "财库〔2015〕192号第四十四条：年终前清理往来款；以前年度支出收回的冲减当年支出，财政部门另有规定的除外",
        "请查明来源：属于收入的确认收入，不属于的退回；上年退款按财政部门的决定冲减当年支出、确认收入、列结转结余或"
        "退回付款人（fisc treasury make-affairs）；余额可结转下年",
        blocks=False,
    ),
)  # fmt: skip

_UNFINISHED: Final = _Look(
    "unfinished", "单据没有办完", unfinished_open,
    "当年的单据当年办完：年终前清理核对（财库〔2015〕192号第四十四条、会计基础工作规范）",
    "不妨碍年终转账，但封账前须审核办结或作废这些单据；封账以后当年的不能再办",
    blocks=False, named=50,
)  # fmt: skip
#: What the closing passes over, and the locking refuses: said where people ask how far a year's end is.
_AT_LOCK: Final = (
    _UNFINISHED,
    _Look(
        "quotas_left",
        "指标账仍有余额",
        quotas_open,
        QUOTA_RULE,
        "不妨碍年终转账，但封账前须办指标结转（fisc year-end carry）",
        blocks=False,
    ),
    _Look(
        "sources_uncarried",
        "上级资金未按文号结转",
        sources_open(lambda one: one.goes_on),
        SOURCES_RULE,
        "不妨碍年终转账，但指标账结账前须办上级资金结转（fisc year-end carry-sources）",
        blocks=False,
        named=20,
    ),
    _Look(
        "sources_to_give_back",
        "上级专项须交回上级",
        sources_open(lambda one: one.goes_back),
        GIVE_BACK_RULE,
        GIVE_BACK_HINT,
        blocks=False,
        named=20,
    ),
    _Look(
        "surplus_unsettled",
        "超收和结余未处理",
        surplus_open,
        SURPLUS_RULE,
        "不妨碍年终转账，但封账前须办超收和结余处理（fisc year-end settle-surplus）",
        blocks=False,
        named=20,
    ),
    _Look(
        "quota_book_open",
        "指标账未结账",
        book_open,
        QUOTA_RULE,
        "不妨碍年终转账，但封账前须办指标账结账（fisc year-end close-quotas）",
        blocks=False,
        named=20,
    ),
    _Look(
        "books_standing",
        "账簿仍有余额",
        balances_open,
        "先年终转账、结转下年，后封账（财库〔2015〕192号）",
        "封账前须办年终转账和结转下年（fisc year-end close、open-next）",
        blocks=False,
        named=50,
    ),
)

_LAPSE_RULE: Final = (
    "预算法第四十二条、第六十六条：结转项目的资金下年继续用于该项目，其余作结余；"
    "财办〔2022〕36号：各类指标除结转外无余额"
)
_LAPSE_HINT: Final = "下年还要用的先安排、下达成指标再办指标结转；其余封账时失效，作结余，不带到下年"
_LAPSED_HINT: Final = "已封账：已作结余，不带到下年；下年要用的在下年预算中另行安排"
_LAPSE_NAMES: Final = {
    "quota:9200": "预算来源待安排", "quota:9201": "本级支出预算", "quota:9202": "转移支付支出预算",
    "quota:9203": "单位资金支出预算",
}  # fmt: skip


def _of_budgets(kind: str, what: str, hint: str) -> tuple[_Look, ...]:
    return tuple(
        _Look(
            f"{kind}_{account.rpartition(':')[2]}", f"{name}未成指标，{what}", lapsing_open(account),
            _LAPSE_RULE, hint, blocks=False, named=20,
        )
        for account, name in _LAPSE_NAMES.items()
    )  # fmt: skip


#: What goes with the year when it is locked: said before, line by line; and what went with it.
_AT_END: Final = (
    *_of_budgets("lapses", "封账时失效", _LAPSE_HINT),
    _Look(
        "sources_lapse", "上级资金不结转",
        sources_open(lambda one: bool(one.fen and one.why_not) and not one.goes_back),
        _LAPSE_RULE, "没有限定用途的作结余；满两年的作结余", blocks=False, named=20,
    ),
    _Look(
        "surplus_decided", "结余须由本级政府决定", decided_open,
        "预算法第六十六条、第六十九条；预算法实施条例第七十八条",
        "各项去处见 fisc year-end surplus；由本级政府在下年预算或预算调整中决定", blocks=False, named=20,
    ),
    _Look(
        "bank_unproven", "银行存款未对平", bank_open, "预算法实施条例第六十七条：月末、年末与国库对账",
        "不妨碍年终转账，但封账前须收取年末的对账单并办理 12 月 31 日的对账（fisc banking reconcile）；"
        "确实对不平的由两名人员说明原因（fisc banking make-unproven-notes）",
        blocks=False, named=20,
    ),
    _Look(
        "bank_explained", "银行存款未对平，已说明", bank_explained,
        "预算法实施条例第六十七条：月末、年末与国库对账",
        "下年继续查明；情况有变的，封账前另行说明", blocks=False, named=20,
    ),
)  # fmt: skip
_GONE: Final = _of_budgets("lapsed", "封账时已失效", _LAPSED_HINT)

#: What a locked year left that nobody decided on: it stands in the books until somebody does.
_AFTER_LOCK: Final = (
    _Look(
        "surplus_undecided", "结余须由本级政府决定（已封账）", undecided_open,
        "预算法第六十六条、第六十九条；预算法实施条例第七十八条",
        "余额已转入下年：由本级政府在下年预算或预算调整中安排（列上年结余收入），或凭批准文号调出、补充预算稳定调节基金"
        "（fisc reserves make-moves）；没有指标账的补登指标后结转",
        blocks=False, named=20,
    ),
)  # fmt: skip

#: Rule -> name of what may be open at a year's end.
KINDS: Final = {f"year_end.{look.kind}": look.name for look in _LOOKS}


def open_affairs(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What regions have not finished in a year, by kind and region; those that block the closing first.

    `amount_fen` is the sum of a kind, and its numbers are the evidence; None and none where its items cannot
    be added up, as the accounts of a book: then `what` says the amount of each.
    """
    return sorted(_found(_LOOKS, conn, regions, fiscal_year), key=lambda affair: not affair.refuses)


def without_money(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What of `open_affairs` is debt that did not arrive, or was carried over beyond what the year left."""
    asked = [look for look in _LOOKS if look.kind in ("bonds_not_arrived", "carry_without_money")]
    return _found(asked, conn, regions, fiscal_year)


def not_finished(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What of `left_at_lock` is documents that are neither in force nor given up."""
    return _found([_UNFINISHED], conn, regions, fiscal_year)


def left_at_lock(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What of regions' year must be gone before it is locked: quotas not carried over, books not closed.

    As `open_affairs`; none of it blocks the closing.
    """
    return _found(_AT_LOCK, conn, regions, fiscal_year)


def lapsing(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What of regions' budgets was never made quotas and lapses as the year is locked; nothing is blocked."""
    return _found(_AT_END, conn, regions, fiscal_year)


def undecided(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What regions whose year is locked left in it that nobody decided on; nothing is blocked."""
    return _found(_AFTER_LOCK, conn, regions, fiscal_year)


def lapsed(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """As `lapsing`, of regions whose year is locked: what lapsed with it."""
    return _found(_GONE, conn, regions, fiscal_year)


def _found(
    looks: Sequence[_Look], conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int
) -> list[Finding]:
    return [
        _finding(look, fiscal_year, one) for look in looks for one in look.open(conn, regions, fiscal_year)
    ]


def _finding(look: _Look, fiscal_year: int, one: Standing) -> Finding:
    where = divisions.lookup(one.mof_div_code)
    shown = "、".join(one.keys[: look.named]) + ("…" if one.number > look.named else "")
    place = where.name if where else one.mof_div_code
    is_sum = one.amount_fen is not None
    if one.amount_fen is None:
        words = f"{place}：{look.name}，{shown}"
    else:
        words = f"{place}：{look.name} {one.number} 笔 {format_fen(one.amount_fen)} 元（{shown}）"
    return Finding(
        f"year_end.{look.kind}", look.name, words, look.rule, one.mof_div_code, fiscal_year,
        about="" if is_sum else shown,
        amount_fen=one.amount_fen, hint=look.hint, refuses=look.blocks,
        evidence=tuple(f"document:{key}" for key in one.keys) if is_sum else (),
    )  # fmt: skip
