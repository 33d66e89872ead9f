"""What `fisc year-end` shows to people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fisc.cli import output
from fisc.kernel.money import format_fen
from fisc.registry.books import account_words, in_words
from fisc.registry.papers import paper_words
from fisc.registry.regions import name_of

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.closing.services import (
        Reconciliation,
        YearEndPaper,
        YearEndStatus,
        YearSettlement,
    )
    from fisc.kernel.findings import Finding

_NONE = "—"


def show_status(console: Console, year: int, found: YearEndStatus) -> None:
    """Open affairs, what lapsed with locked years, then the state of every region's year."""
    from fisc.closing.papers import PAPER_NAMES

    _show_affairs(console, year, found)
    if found.lapsed:
        columns = ("区划", "已失效", "金额（元）>", "说明", "依据", "去处")
        gone = [
            (name_of(a.mof_div_code), a.name, _fen(a), a.what, paper_words(a.source), a.hint)
            for a in found.lapsed
        ]
        console.print(output.table(columns, gone, f"{year} 年封账时已失效"))
    shown = [
        (name_of(s.mof_div_code), _closed(s.is_december_closed),
         *(_papers(s.papers, kind) for kind in PAPER_NAMES), _closed(s.is_year_closed))
        for s in found.states
    ]  # fmt: skip
    heads = ("区划", "十二月", *PAPER_NAMES.values(), "年终期间")
    console.print(output.table(heads, shown, f"{year} 年结账进度"))


def _fen(affair: Finding) -> str:
    """The sum of an affair; none where its items cannot be added up."""
    return format_fen(affair.amount_fen) if affair.amount_fen is not None else _NONE


def _show_affairs(console: Console, year: int, found: YearEndStatus) -> None:
    affairs = found.affairs
    if affairs:
        columns = ("区划", "未了事项", "金额（元）>", "说明", "妨碍结账", "依据", "怎么办")
        rows = [
            (name_of(a.mof_div_code), a.name, _fen(a), a.what,
             "是" if a.refuses else "否", paper_words(a.source), a.hint)
            for a in affairs
        ]  # fmt: skip
        console.print(output.table(columns, rows, f"{year} 年未了事项"))
    elif not found.open_findings:
        console.print(f"{year} 年没有未了事项。")
    for one in found.open_findings:
        console.print(
            f"{name_of(one.mof_div_code)} {year} 年有 {one}", markup=False, soft_wrap=True, style="yellow"
        )


def _closed(is_closed: bool) -> str:
    return "已结账" if is_closed else "未结账"


def _papers(papers: Sequence[YearEndPaper], kind: str) -> str:
    words = [
        f"{p.signed_on} {p.made_by}／{p.signed_by} 凭证 {p.entry_count} 张" for p in papers if p.kind == kind
    ]
    return "\n".join(words) or _NONE


def show_file(console: Console, path: Path, titles: Sequence[str], wrong: Sequence[str], check: str) -> None:
    """What was written where, and what a check of it (named, or '' where there was none) found."""
    for title in titles:
        console.print(f"  {title}", markup=False)
    console.print(f"已写 {len(titles)} 张表到 {path}", markup=False, soft_wrap=True)
    for words in wrong:
        console.print(f"不符：{words}", style="red", markup=False)
    if check and not wrong:
        console.print(f"{check}：0 处差异。")


def show_final_accounts(
    console: Console, path: Path, titles: Sequence[str], wrong: Sequence[str], check: str, *, missing: int
) -> None:
    """As `show_file`; that tables of the published set are lacking is said with where they are named."""
    show_file(console, path, titles, wrong, check)
    if missing:
        console.print(
            f"公开表中有 {missing} 项没有编，连同原因列在“未编各表”页。", markup=False, soft_wrap=True
        )


def show_settlement(console: Console, owed: YearSettlement, unit: str) -> None:
    """What was given, claims by document, what is owed to each other government, where the books disagree."""
    wrong = owed.differences
    title = f"{owed.fiscal_year} 年{name_of(owed.mof_div_code)}与上下级往来"
    given = [
        (name_of(one.giver_div_code), name_of(one.rec_div_code), format_fen(one.granted_fen, unit),
         format_fen(one.booked_fen, unit))
        for one in owed.exchanged
    ]  # fmt: skip
    if given:
        heads = ("付出方", "接收方", f"下达或上解（{unit}）>", f"其中已列收支（{unit}）>")
        console.print(output.table(heads, given, title))
    elif not (owed.claims or wrong):
        console.print(f"{title}：没有下达、拨付或上解，也没有应付应收。")
        return
    _show_claims(console, owed, unit)
    for d in wrong:
        console.print(
            f"不符：{name_of(d.mof_div_code)} {d.doc_no or d.side}：上级账 {format_fen(d.city_fen)}，"
            f"下级账 {format_fen(d.banner_fen)} 元",
            style="red", markup=False,
        )  # fmt: skip
    if not wrong:
        console.print("按文号核对，上下级双方的账一致。")


def _show_claims(console: Console, owed: YearSettlement, unit: str) -> None:
    if not owed.claims:
        console.print("都已结清：没有应付未付、应收未收。")
        return
    rows = [
        (
            c.name,
            c.doc_no or _NONE,
            name_of(c.debtor),
            name_of(c.creditor),
            format_fen(c.amount_fen, unit),
        )
        for c in owed.claims
    ]
    heads = ("事项", "文号", "应付方", "应收方", f"金额（{unit}）>")
    console.print(output.table(heads, rows, "尚未结清"))
    for one in owed.balances:
        fen = one.amount_fen
        words = "净应付" if fen >= 0 else "净应收"
        console.print(
            f"{name_of(one.mof_div_code)}：{words} {format_fen(abs(fen), unit)} {unit}", markup=False
        )


def show_conversion(console: Console, made: Reconciliation, unit: str) -> None:
    """A line for every old account and new book, what the rule says of it, then what does not agree.

    A new account that was mapped from memory bears a star.
    """
    if not (made.lines or made.differences):
        console.print(f"{name_of(made.mof_div_code)} 2022 年末没有余额，没有可衔接的科目。")
        return
    columns = ("原科目", "年末余额>", "新科目", "年初余额>", "差额>")
    rows = [
        (f"{line.old_account.partition(':')[2]} {line.old_name}", format_fen(line.old_fen, unit),
         _new(line.new_account, line.new_name) + ("" if line.is_verified else " ※"),
         format_fen(line.new_fen, unit), format_fen(line.difference_fen, unit))
        for line in made.lines
    ]  # fmt: skip
    console.print(
        output.table(columns, rows, f"{name_of(made.mof_div_code)} 新旧制度衔接（{unit}，借方为正）")
    )
    for line in made.lines:
        if line.explanation:
            old, new = (name.partition(":")[2] for name in (line.old_account, line.new_account))
            console.print(f"{old} → {new}：{line.explanation}", markup=False)
    papers = {paper_words(line.source).removesuffix("（凭记忆，待核实）") for line in made.lines}
    for source in sorted(papers):
        console.print(f"依据：{source}。※ 凭记忆，待核实。", markup=False)
    for account, fen in made.cash.items():
        what = account_words(account)
        console.print(f"资金结存与国库存款的差：{what} {format_fen(fen, unit)} {unit}", markup=False)
    for words in made.differences:
        console.print(f"不符：{in_words(words)}", style="red", markup=False)
    if not made.differences:
        console.print("每个年初数都有来历，差额为零。")


def _new(account: str, name: str) -> str:
    book, _, code = account.partition(":")
    side = {"treasury_2022_financial": "财务", "treasury_2022_budget": "预算"}.get(book, "")
    return f"{side} {code} {name}" if account else "应无余额"
