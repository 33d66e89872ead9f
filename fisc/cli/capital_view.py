"""What `fisc capital` shows: tables for people, dictionaries for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from fisc.capital.codes import USES
from fisc.cli import output
from fisc.cli.use_case_view import as_told
from fisc.documents.told import told
from fisc.kernel.money import format_fen
from fisc.registry.papers import paper_words
from fisc.registry.regions import name_of

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.capital.checks import OneSided
    from fisc.capital.services import (
        DividendState,
        InjectionRecord,
        LoanSaving,
        Stake,
        UseState,
    )
    from fisc.documents.terms import Term

_NONE = "—"


def _term(term: str, code: str, fiscal_year: int) -> str:
    from fisc.capital.codes import terms

    return terms(term, fiscal_year).get(code, code)


# ---- stakes


def stakes_dict(stakes: Sequence[Stake], dividends: Sequence[DividendState]) -> dict[str, Any]:
    """The register for machines, in fen."""
    return {**as_told("capital.stakes", told(stakes, ())), "dividends": told(dividends, ())}


def show_stakes(
    console: Console, of: tuple[str, date], stakes: Sequence[Stake], dividends: Sequence[DividendState],
    unit: str,
) -> None:  # fmt: skip
    """Stakes with their sums, then each dividend declared and what came in of it."""
    from fisc.capital.codes import ENTERPRISE_KIND

    code, day = of
    console.print(f"[bold]{name_of(code)} {day} 国有股权[/bold]（{unit}）")
    if not stakes:
        console.print(f"到 {day} 没有登记的国有股权。")
        return
    amounts = [
        (s.cost_fen, s.results_fen, s.book_fen, s.receivable_fen, s.received_fen) for s in stakes
    ]  # fmt: skip
    rows = [
        (s.enterprise_code, s.name, _term(ENTERPRISE_KIND, s.kind, day.year), f"{s.share_bp / 100:.2f}%",
         *_said(fen, unit))
        for s, fen in zip(stakes, amounts, strict=True)
    ]  # fmt: skip
    totals = [sum(column) for column in zip(*amounts, strict=True)]
    rows.append(("", "合计", "", "", *_said(totals, unit)))
    columns = (
        "代码",
        "企业",
        "类别",
        "持股>",
        "投资成本>",
        "损益调整>",
        "账面余额>",
        "应收股利>",
        "已收股利>",
    )
    console.print(output.table(columns, rows))
    output.say_rounding(console, zip(zip(*amounts, strict=True), totals, strict=True), unit)
    _show_dividends(console, dividends, {s.enterprise_code: s.name for s in stakes}, unit)


def _show_dividends(
    console: Console, dividends: Sequence[DividendState], names: Mapping[str, str], unit: str
) -> None:
    rows = [
        (d.number, names[d.enterprise_code], d.evidence_no, d.declared_on, d.due_on,
         *_said((d.declared_fen, d.received_fen, d.declared_fen - d.received_fen), unit),
         "；".join(f"{day} {report or number}" for number, day, _, _, report in d.receipts) or _NONE)
        for d in dividends
    ]  # fmt: skip
    columns = ("宣告单", "企业", "决议", "宣告日", "应缴日", "宣告>", "收到>", "未缴>", "缴款（日报）")
    console.print(output.table(columns, rows, title="股利利润"))


def _said(amounts: Iterable[int], unit: str) -> list[str]:
    return [format_fen(fen, unit) for fen in amounts]


# ---- injections


def injections_dict(found: Sequence[InjectionRecord], uneven: Sequence[OneSided]) -> dict[str, Any]:
    """Injections for machines, in fen, and where one entry stands without the other."""
    one_sided = [row | {"message": str(x)} for row, x in zip(told(uneven, ()), uneven, strict=True)]
    return {**as_told("capital.injections", told(found, ())), "one_sided": one_sided}


def show_injections(
    console: Console, of: tuple[str, int], found: Sequence[InjectionRecord], uneven: Sequence[OneSided],
    unit: str,
) -> None:  # fmt: skip
    """Each injection from its basis to its equity, its uses, and whether both entries are equal."""
    from fisc.capital.kinds import INJECTION

    code, year = of
    console.print(f"[bold]{name_of(code)} {year} 年资本金注入[/bold]（{unit}），{len(found)} 笔")
    if not found:
        console.print(f"{year} 年没有注资单据。")
        return
    for i in found:
        console.print(f"[bold]{i.injection_no}[/bold] {i.enterprise_name} {INJECTION.states[i.state]}")
        console.print(output.facts(_facts(i, unit)))
        console.print(output.table(("行>", "用途", "内容", "金额>", "已还贷>", "已退回>"),
                                   [_use(u, year, unit) for u in i.uses]))  # fmt: skip
    spent, equity = sum(i.spent_fen for i in found), sum(i.equity_fen for i in found)
    console.print(
        f"合计：注资支出 {format_fen(spent, unit)}，确认股权 {format_fen(equity, unit)}（{unit}）",
        style="bold",
    )
    both = (([i.spent_fen for i in found], spent), ([i.equity_fen for i in found], equity))
    output.say_rounding(console, both, unit)
    if uneven:
        console.print("[bold red]两笔分录不相等[/bold red]（财库〔2015〕192号 T26；财库〔2022〕41号）")
        for x in uneven:
            console.print(f"  {x}", markup=False, soft_wrap=True)
    elif found:
        console.print("两笔分录逐要素核对相等。")


def _facts(i: InjectionRecord, unit: str) -> dict[str, object]:
    """An injection in words: basis, budget, payment, both entries."""
    c = i.coding
    budget = f"{i.bgt_id} 文号 {c.cor_bgt_doc_no or _NONE}；支出功能 {c.exp_func_code}、"
    paid = f"{i.paid_on} 支付" if i.paid_on else "尚未支付"
    back = f"，退回 {format_fen(i.refunded_fen, unit)}" if i.refunded_fen else ""
    entries = "；".join(
        f"{e.business_date} "
        + "、".join(f"{what} {format_fen(fen, unit)}"
                   for what, fen in (("支出", e.spent_fen), ("股权", e.equity_fen)) if fen)
        for e in i.entries
    )  # fmt: skip
    return {
        "金额": f"{format_fen(i.amount_fen, unit)}{unit}，注资后持股 {i.share_bp / 100:.2f}%",
        "依据": f"{i.basis_name} {i.basis_doc_no}（{i.basis_on}）",
        "预算": f"{budget}政府经济分类 {c.gov_bgt_eco_code}、资金性质 {c.fund_type_code}",
        "支付": f"{i.pay_app_no} {paid}{back}",
        "分录": entries or "尚无",
    }


def _use(u: UseState, fiscal_year: int, unit: str) -> tuple[object, ...]:
    from fisc.capital.codes import SECTOR

    line = u.line
    if line.kind == "loan":
        what = (
            f"{line.bank_name} {line.contract_no}，利率 {line.rate_bp / 100:.2f}%，"
            f"新资金 {line.new_rate_bp / 100:.2f}%，到期 {line.due_on}"
        )
    else:
        what = " ".join(x for x in (_term(SECTOR, line.sector, fiscal_year), line.project_name) if x) or _NONE
    amounts = _said((line.amount_fen, u.prepaid_fen, u.refunded_fen), unit)
    return (line.line_no, USES.get(line.kind, line.kind), what, *amounts)


# ---- loans


def loans_dict(loans: Sequence[LoanSaving]) -> dict[str, Any]:
    """Loans for machines, in fen; savings in the year after and by calendar year."""
    return {
        **as_told("capital.loans", told(loans, ())),
        "principal_fen": sum(x.principal_fen for x in loans),
        "saving_fen": sum(x.saving_fen for x in loans if x.is_yearly),
        "tail_saving_fen": sum(x.saving_fen for x in loans if not x.is_yearly), "by_year": _by_year(loans),
    }  # fmt: skip


def _by_year(loans: Sequence[LoanSaving]) -> dict[int, int]:
    years = sorted({year for x in loans for year in x.by_year})
    return {year: sum(x.by_year.get(year, 0) for x in loans) for year in years}


def show_loans(console: Console, of: tuple[str, int], loans: Sequence[LoanSaving], unit: str) -> None:
    """Each loan with what makes its saving, the sums, and the saving of each calendar year."""
    code, year = of
    console.print(f"[bold]{name_of(code)} {year} 年用注资提前偿还的贷款[/bold]（{unit}），{len(loans)} 笔")
    if not loans:
        console.print(f"{year} 年没有用注资提前偿还的贷款。")
        return
    rows: list[tuple[object, ...]] = [
        (x.injection_no, x.enterprise_code, f"{x.bank_name} {x.contract_no}", *_said([x.principal_fen], unit),
         f"{x.rate_bp / 100:.2f}%", f"{x.new_rate_bp / 100:.2f}%", x.prepaid_on, x.due_on, x.days,
         *_said([x.saving_fen], unit), x.evidence_no)
        for x in loans
    ]  # fmt: skip
    yearly = sum(x.saving_fen for x in loans if x.is_yearly)
    sums = _said((sum(x.principal_fen for x in loans), yearly), unit)
    rows.append(("合计", "", "", sums[0], "", "", "", "", "", sums[1], ""))
    columns = ("注资单", "企业", "贷款", "本金>", "原利率>", "新资金>", "还款日", "原到期日", "天数>",
               "每年节约>", "银行回单")  # fmt: skip
    console.print(output.table(columns, rows))
    console.print(
        "  每年节约 = 本金 ×（原利率 − 新资金利率）× 天数 ÷ 365；剩余期限不足一年的按剩余天数，不计入合计。",
        markup=False, style="dim",
    )  # fmt: skip
    by_year = [(f"{y} 年", *_said([fen], unit)) for y, fen in _by_year(loans).items()]
    console.print(output.table(("年度", "节约利息>"), by_year, title="各年节约（到原到期日为止）"))


# ---- duties


def alerts_dict(late: Sequence[Term], states: Sequence[Term]) -> dict[str, Any]:
    """Duties for machines, in fen: what is late, and every one where they were asked for."""
    return {**as_told("capital.alerts", told(late, ())), "duties": told(states, ())}


def show_alerts(
    console: Console, of: tuple[str, date], late: Sequence[Term], states: Sequence[Term], unit: str
) -> None:
    """What is late with its rule, or every duty as it stands."""
    code, day = of
    console.print(f"[bold]{name_of(code)} {day} 出资人职责[/bold]（{unit}）")
    if states:
        every = [
            (s.code, s.what, s.about, s.document, s.due_on, s.done_on or "未办",
             s.days_late or "", format_fen(s.amount_fen, unit) if s.amount_fen else "", s.evidence)
            for s in states
        ]  # fmt: skip
        heads = ("代码", "职责", "企业", "事项", "期限", "办结", "逾期天数>", "金额>", "文号")
        console.print(output.table(heads, every))
    rows = [
        (a.what, a.about, a.document, a.due_on, a.days_late,
         format_fen(a.amount_fen, unit) if a.amount_fen else "", paper_words(a.rule))
        for a in late
    ]  # fmt: skip
    if late:
        columns = ("职责", "企业", "事项", "期限", "逾期天数>", "金额>", "依据")
        console.print(output.table(columns, rows, title="逾期未办"))
    console.print(f"逾期未办 {len(late)} 项。", style="bold red" if late else "bold")
