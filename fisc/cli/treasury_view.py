"""What `fisc treasury` shows: tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fisc.cli import output
from fisc.cli.use_case_view import tell_dry
from fisc.kernel.money import format_fen
from fisc.registry.books import account_words
from fisc.registry.papers import paper_words

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.cash.services import CashOutlook, CashPosition
    from fisc.cash.services.outlook import FlowItem, Shortage
    from fisc.kernel.findings import Finding
    from fisc.treasury.services.imports import ImportReport
    from fisc.treasury.services.payroll import Accepted, Proposal

#: Rows of a list that are shown; --json has all.
SHOWN = 15

_STEPS = {"swap": "调剂", "append": "追加"}


def _more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"  另有 {count - SHOWN:,} 项；加 --json 列出全部。")


def _listed(console: Console, title: str, texts: Sequence[str]) -> None:
    if texts:
        console.print(f"[bold]{title}[/bold]")
        for text in texts[:SHOWN]:
            console.print(f"  {text}", markup=False, soft_wrap=True)
        _more(console, len(texts))


def show_import(console: Console, report: ImportReport, *, is_dry: bool) -> None:
    """Counts, the first faults, and where the file with all of them is."""
    tell_dry(console, is_dry)
    names = {"imported": "已导入", "already": "此前已导入", "refused": "有误", "held": "无误但未导入"}
    counts = {name: f"{report.count(status):,} 行" for status, name in names.items() if report.count(status)}
    seconds = "，".join(f"{phase} {value:.2f}" for phase, value in report.seconds.items())
    console.print(f"[bold]{report.file.name}[/bold] {len(report.rows):,} 行")
    console.print(output.facts({
        **counts, "导入金额": f"{format_fen(report.amount_fen)} 元", "结果文件": report.out or "",
        "用时（秒）": seconds,
    }))  # fmt: skip
    _listed(console, "请留意", report.notes)
    problems = report.problems()
    _listed(
        console, "有误的行", [f"第 {p['row']} 行：{p['message'].removeprefix('未导入：')}" for p in problems]
    )


def show_position(console: Console, at: CashPosition, found: Sequence[Finding], unit: str) -> None:
    """Accounts, payments under way, what is expected, and what does not agree."""

    from fisc.cash.services.balances import CASH_KINDS

    def said(fen: int) -> str:
        return format_fen(fen, unit)

    console.print(f"[bold]{at.region} {at.on} 库款头寸[/bold]（{unit}）")
    if not at.accounts:
        console.print(f"到 {at.on} 账上没有库款：没有记过国库存款和专户。")
        return
    accounts = [
        (name, account_words(account), CASH_KINDS[kind], said(fen))
        for kind, account, name, fen in at.accounts
    ]
    console.print(output.table(["账户", "科目", "性质", "余额>"], accounts))
    pending = [(p.name, f"{p.count:,}", said(p.amount_fen)) for p in (*at.pending, at.uncleared) if p.count]
    if pending:
        console.print(output.table(["支付", "笔数>", "金额>"], pending))
    expected = [(i.expected_on, i.title, said(i.amount_fen)) for i in at.expected]
    if expected:
        console.print(output.table(["预计日期", "事项", "收付>"], expected[:SHOWN]))
        _more(console, len(expected))
    console.print(output.facts({
        "国库存款": said(at.treasury_fen), "已申请未支付": said(at.committed_fen),
        "支付后可用": said(at.free_fen), "未来 30 日预计净收付": said(at.expected_fen),
        "本年剩余指标": said(at.quota_left_fen),
    }))  # fmt: skip
    _listed(console, "核对不符", [f"{f.what}。依据：{paper_words(f.source)}" for f in found])


def show_forecast(console: Console, made: CashOutlook, unit: str, *, by_day: bool) -> None:
    """Days or weeks with the balance and its interval, then what is short when."""

    def said(fen: int | None) -> str:
        return "" if fen is None else format_fen(fen, unit)

    console.print(
        f"[bold]{made.mof_div_code} 自 {made.on} 起 {len(made.daily)} 天库款预测[/bold]（{unit}），"
        f"期初 {said(made.treasury_fen)}"
    )
    rows: Iterable[Sequence[object]]
    if by_day:
        rows = [
            (d.on, *map(said, (d.inflow_fen, d.outflow_fen, d.balance_fen, d.low_fen, d.high_fen)))
            for d in made.daily
        ]  # fmt: skip
        console.print(output.table(["日期", "收入>", "支出>", "余额>", "低>", "高>"], rows))
    else:
        rows = [
            (f"{w.first:%m-%d} 至 {w.last:%m-%d}", said(w.inflow_fen), said(w.outflow_fen),
             said(w.balance_fen), said(w.least_fen), said(w.low_fen), said(w.high_fen))
            for w in made.weeks
        ]  # fmt: skip
        console.print(output.table(["周", "收入>", "支出>", "周末余额>", "周内最低>", "低>", "高>"], rows))
    for note in made.notes:
        console.print(f"  {note}", markup=False, style="dim")
    _show_shortage(console, made, unit)


def _show_shortage(console: Console, made: CashOutlook, unit: str) -> None:
    short = made.shortage
    if short is None:
        floor = format_fen(made.floor_fen, unit)
        words = f"期内预计不低于库底 {floor}{unit}"
        if made.low_first_day:
            words += f"；但按区间下限，{made.low_first_day} 起可能低于库底"
        console.print(f"[bold]{words}。[/bold]")
        return
    console.print(
        f"[bold red]{short.first_day} 起低于库底，当日差 {format_fen(short.deficit_fen, unit)}{unit}；"
        f"最低在 {short.worst_day}，差 {format_fen(short.worst_fen, unit)}{unit}[/bold red]"
    )
    console.print(f"  {short.recovers_on} 恢复到库底以上" if short.recovers_on else "  期内不恢复")
    if not short.causes:
        console.print("  此前没有预计的支付：期初余额已低于库底")
    _listed(console, "由这些支付引起", [_item(item, unit) for item in short.causes])
    _listed(console, _may_wait(short, unit), [_item(item, unit) for item in short.movable])


def _may_wait(short: Shortage, unit: str) -> str:
    enough = "可补足当日" if short.movable_fen >= short.deficit_fen else "仍不足"
    return f"可以推迟的支付（共 {format_fen(short.movable_fen, unit)}{unit}，{enough}）"


def _item(item: FlowItem, unit: str) -> str:
    key = f" {item.key}" if item.key else ""
    return f"{item.on} {item.title}{key} {format_fen(-item.amount_fen, unit)}{unit}"


def show_payroll(
    console: Console, proposal: Proposal, place: Path | None, accepted: Accepted | None, *, is_dry: bool
) -> None:
    """What each quota pays, which lines stay over and why, what would help, what was applied for."""
    tell_dry(console, is_dry)
    found = proposal.matching
    console.print(f"[bold]{proposal.file.name}[/bold] {proposal.region} {proposal.pay_month} 工资")
    rows = [
        (bgt_id, f"{len(shares):,}", format_fen(sum(s.item.amount_fen for s in shares)),
         format_fen(found.left_fen[bgt_id]), "、".join(sorted({str(s.step) for s in shares})))
        for bgt_id, shares in proposal.by_quota.items()
    ]  # fmt: skip
    console.print(output.table(["指标", "行数>", "金额（元）>", "匹配后余额（元）>", "规则"], rows))
    console.print(output.facts({
        "已匹配": f"{len(found.shares):,} 行 {format_fen(found.matched_fen)} 元",
        "未匹配": f"{len(found.residual):,} 行 {format_fen(found.residual_fen)} 元",
        "此前已发": f"{len(proposal.paid_before):,} 行", "有误": f"{len(proposal.sheet.faults):,} 行",
        "结果文件": place or "",
    }))  # fmt: skip
    faults = [f"第 {row} 行：{'；'.join(texts)}" for row, texts in sorted(proposal.sheet.faults.items())]
    _listed(console, "请留意", proposal.sheet.notes)
    _listed(console, "有误的行", faults)
    _listed(console, "未匹配的行", [f"第 {e.item.row_no} 行 {e.text}" for e in proposal.explanations])
    _listed(console, "建议", [f"{_STEPS[s.kind]}：{s.text}" for s in proposal.suggestions])
    if accepted is None:
        console.print("尚未申请支付；核对后加 --accept 接受。")
    else:
        console.print(
            f"[bold]已申请支付 {len(accepted.pay_app_nos)} 笔，{format_fen(accepted.amount_fen)} 元。[/bold]"
        )
