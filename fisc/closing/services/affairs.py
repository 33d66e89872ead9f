"""What is still under way when a year is to be closed: read only, each kind by its rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc.closing.balances import of_year
from fisc.closing.rules.sources import SourceLeft
from fisc.closing.rules.surplus import SurplusItem, items
from fisc.closing.services.bank import bank_explained, bank_open
from fisc.closing.services.open_items import Open, advances_left, affairs_of, documents, uneven
from fisc.closing.services.owing import HELD, owing
from fisc.closing.services.quotas import QUOTA_RULE, quotas_left, spendable, unallotted
from fisc.closing.services.sources import SOURCES_RULE, sources_left
from fisc.closing.services.surplus import SURPLUS_RULE, left_over
from fisc.debt import services as debt
from fisc.documents.book_keeping import unfinished
from fisc.documents.listing import Standing
from fisc.documents.refusals import printed
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Among
from fisc.registry import funds
from fisc.registry import regions as divisions
from fisc.registry.books import account_words
from fisc.revenue.kinds import DAILY_REPORT
from fisc.transfers import services as transfers
from fisc.treasury.flow import UNDER_WAY
from fisc.treasury.kinds import AFFAIR, PAYMENT, REFUND

_YEAR_END: Final = "财库〔2015〕192号第四十四条：年终前清理核对"


#: Of what cannot be added up, as the accounts of a book: each says its own amount.
_NO_SUM: Final = None


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


def _quotas(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Quotas of a year that can still be spent from: no more once they were carried over."""
    return [
        Standing(region, len(left), sum(left.values()), tuple(map(account_words, left)))
        for region, stands in quotas_left(conn, regions, fiscal_year).items()
        if (left := spendable(stands))
    ]


def _book(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Accounts of a year's quota book that its closing brings to zero, each with what stands on it."""
    return [
        Standing(region, 1, _NO_SUM, (f"{account_words(one)} {format_fen(left[one])} 元",))
        for region, left in quotas_left(conn, regions, fiscal_year).items()
        for one in sorted(left.keys() - spendable(left).keys())
    ]


def _sources(is_meant: Callable[[SourceLeft], bool]) -> Open:
    """Money from above that no quota holds, document by document."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {
            region: [one for one in of if is_meant(one)]
            for region, of in sources_left(conn, regions, fiscal_year).items()
        }
        return [
            Standing(region, len(of), sum(one.fen for one in of), tuple(map(str, of)))
            for region, of in stands.items() if of
        ]  # fmt: skip

    return found


def _surplus(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of a year's balances law gives to the stabilisation fund."""
    return _of_items(conn, regions, fiscal_year, lambda one: one.is_settled_by_us)


def _decided(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of a year's balances somebody must decide on."""
    return _of_items(conn, regions, fiscal_year, lambda one: one.is_for_decision)


def _short(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What was carried over beyond what the year left, by fund."""
    return [
        Standing(region, len(short), sum(short.values()), tuple(map(funds.words, short)))
        for region, left in left_over(conn, regions, fiscal_year).items() if (short := left.short)
    ]  # fmt: skip


def _unfinished(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Documents of every kind that are drafts or between two steps; not those that block the closing."""
    found = []
    for region, of in unfinished(conn, regions, fiscal_year).items():
        told = tuple(f"{kind.name} {printed(key)}" for kind, key in of if kind not in _ASKED_BEFORE)
        found += [Standing(region, len(told), _NO_SUM, told)] if told else []
    return found


#: Kinds whose drafts are open affairs by themselves.
_ASKED_BEFORE: Final = (AFFAIR, DAILY_REPORT)


def _of_items(
    conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int,
    is_meant: Callable[[SurplusItem], bool],
) -> list[Standing]:  # fmt: skip
    found = []
    for region, left in left_over(conn, regions, fiscal_year).items():
        meant = [one for one in items(left) if is_meant(one)]
        if meant:
            fen = sum(one.amount_fen for one in meant)
            found.append(Standing(region, len(meant), fen, tuple(map(str, meant))))
    return found


def _by_region_year(of: Callable[[psycopg.Connection[Any], str, int], list[tuple[str, int]]]) -> Open:
    """What is left of documents, by number and fen, asked region by region."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {region: of(conn, region, fiscal_year) for region in regions}
        return [
            Standing(region, len(left), sum(fen for _, fen in left), tuple(number for number, _ in left))
            for region, left in stands.items() if left
        ]  # fmt: skip

    return found


def _lapsing(account: str) -> Open:
    """What of a budget was never made quotas, line by line."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {
            region: [one for one in of if one.account == account]
            for region, of in unallotted(conn, regions, fiscal_year).items()
        }
        return [
            Standing(region, len(of), sum(one.fen for one in of), tuple(map(str, of)))
            for region, of in stands.items() if of
        ]  # fmt: skip

    return found


def _balances(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What stands in the books that are closed and carried on, account by account and side by side."""
    found: list[Standing] = []
    for region, balances in of_year(conn, regions, fiscal_year).items():
        sides: dict[str, list[int]] = {}
        for one in balances:
            sides.setdefault(one.account, [0, 0])[one.fen < 0] += abs(one.fen)
        found += [
            Standing(region, 1, _NO_SUM, (f"{account_words(account)}{_sides(*of)}",))
            for account, of in sides.items()
        ]
    return found


def _sides(debit: int, credit: int) -> str:
    return "".join(f" {side} {format_fen(fen)} 元" for side, fen in (("借", debit), ("贷", credit)) if fen)


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
        "carry_without_money", "结转没有资金", _short, SURPLUS_RULE,
        "结转不超过年末结转结余：请核对未到账的资金；短收的动用预算稳定调节基金、调入资金"
        "（fisc reserves make-moves），或收回结转的指标",
    ),
    _Look(
        "withheld_uncharged", "上级扣缴的本息没有列支", _by_region_year(debt.uncharged),
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
        "（fisc treasury make-affairs，事项“预拨经费转列支出”）；余额可结转下年",
        blocks=False, named=20,
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

#: What the closing passes over, and the locking refuses: said where people ask how far a year's end is.
_UNFINISHED: Final = _Look(
    "unfinished", "单据没有办完", _unfinished,
    "当年的单据当年办完：年终前清理核对（财库〔2015〕192号第四十四条、会计基础工作规范）",
    "不妨碍年终转账，但封账前须审核办结或作废这些单据；封账以后当年的不能再办",
    blocks=False, named=50,
)  # fmt: skip
_AT_LOCK: Final = (
    _UNFINISHED,
    _Look(
        "quotas_left",
        "指标账仍有余额",
        _quotas,
        QUOTA_RULE,
        "不妨碍年终转账，但封账前须办指标结转（fisc year-end carry）",
        blocks=False,
    ),
    _Look(
        "sources_uncarried",
        "上级资金未按文号结转",
        _sources(lambda one: one.goes_on),
        SOURCES_RULE,
        "不妨碍年终转账，但指标账结账前须办上级资金结转（fisc year-end carry-sources）",
        blocks=False,
        named=20,
    ),
    _Look(
        "surplus_unsettled",
        "超收和结余未处理",
        _surplus,
        SURPLUS_RULE,
        "不妨碍年终转账，但封账前须办超收和结余处理（fisc year-end settle-surplus）",
        blocks=False,
        named=20,
    ),
    _Look(
        "quota_book_open",
        "指标账未结账",
        _book,
        QUOTA_RULE,
        "不妨碍年终转账，但封账前须办指标账结账（fisc year-end close-quotas）",
        blocks=False,
        named=20,
    ),
    _Look(
        "books_standing",
        "账簿仍有余额",
        _balances,
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
            f"{kind}_{account.rpartition(':')[2]}", f"{name}未成指标，{what}", _lapsing(account), _LAPSE_RULE,
            hint, blocks=False, named=20,
        )
        for account, name in _LAPSE_NAMES.items()
    )  # fmt: skip


#: What goes with the year when it is locked: said before, line by line; and what went with it.
_AT_END: Final = (
    *_of_budgets("lapses", "封账时失效", _LAPSE_HINT),
    _Look(
        "sources_lapse", "上级资金不结转", _sources(lambda one: bool(one.fen and one.why_not)), _LAPSE_RULE,
        "没有限定用途的作结余；满两年的作结余，应交回上级的由本级政府办理上解", blocks=False, named=20,
    ),
    _Look(
        "surplus_decided", "结余须由本级政府决定", _decided,
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
