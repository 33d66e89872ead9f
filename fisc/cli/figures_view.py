"""How figures, traces and records look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from fisc.cli import moments, output
from fisc.cli.figure_words import formula_lines
from fisc.documents.words import shown_heading
from fisc.kernel.money import format_fen
from fisc.reading.algebra import Figure
from fisc.reading.bind import definition_of
from fisc.reading.record import Difference
from fisc.reading.service import FigureResult, Value
from fisc.reading.trace import Trace, TracedEntry
from fisc.registry.settings import figure_area

if TYPE_CHECKING:
    from fisc.reading.models import RecordedFigure

_UNITS = {"fen": "元", "ratio": "%", "count": "个"}
_SCOPES = {"whole": "全市（辖区）", "own": "本级"}
#: What an engine reads, as people call it.
_READ = {
    "postgresql/balance": "取自余额表", "postgresql/posting": "取自逐笔分录",
    "duckdb/snapshot": "取自账务快照",
}  # fmt: skip
_FEN_PER_WAN = 1_000_000


def shown(value: Value | None, unit: str) -> str:
    """A value for reading: money in 万元, ratios in percent with two places, or a dash."""
    if value is None:
        return "—"
    if unit == "fen":
        return f"{format_fen(int(value), '万元', 0 if int(value) % _FEN_PER_WAN == 0 else 2)} 万元"
    if unit == "ratio":
        percent = round(Decimal(value) * 100, 2)
        return f"{abs(percent) if percent == 0 else percent:,.2f} %"
    return f"{value:,}"


def groups(figures: Iterable[Figure]) -> RenderableType:
    """The catalogue in short: how many figures an id begins with, and the first of them."""
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.id.partition(".")[0], []).append(figure)
    rows = [(group, len(those), f"{those[0].name_zh} 等") for group, those in found.items()]
    title = f"指标目录：{sum(map(len, found.values()))} 个（fisc figures 名称或编号 查找，--all 全列）"
    return output.table(("编号开头!", "个>", "内容"), rows, title)


def catalogue(figures: Iterable[Figure]) -> Table:
    """The catalogue, one figure a row; ids are for copying and never cut. `show` has the 口径."""
    table = Table(title="指标目录（口径见 fisc figures show 编号）", box=None, padding=(0, 1, 0, 0))
    table.add_column("编号", no_wrap=True)
    table.add_column("名称", overflow="fold")
    table.add_column("单位", no_wrap=True)
    for f in figures:
        table.add_row(f.id, f.name_zh, _UNITS[f.unit.value])
    return table


def definition(console: Console, figure: Figure) -> None:
    """One figure: its definition, its source in law, what it is computed from."""
    console.print(f"[bold]{figure.name_zh}[/]  {figure.id}  第 {figure.version} 版")
    console.print(f"口径：{definition_of(figure)}")
    console.print(f"依据：{figure.legal_source}")
    console.print(f"单位：{_UNITS[figure.unit.value]}；默认范围：{_SCOPES[figure_area('', figure.id)]}")
    for line in formula_lines(figure):
        console.print(Text(line))


def values(results: Sequence[FigureResult]) -> RenderableType:
    """Computed figures, one a row; a gap shows its reason, an earlier moment is named."""
    rows = [(r.id, r.name_zh, _place(r) + _moment(r), shown(r.value, r.unit), r.reason) for r in results]
    return output.table(("编号!", "名称", "范围", "数值>", "说明"), rows)


def _place(result: FigureResult) -> str:
    return f"{result.ask.region} {result.ask.fiscal_year} {_SCOPES[result.scope]}"


def trace(console: Console, opened: Trace, depth: int = 0) -> None:
    """A trace: the figure, its breakdown, its entries; then its operands."""
    result = opened.result
    console.rule(Text(f"{'组成：' if depth else ''}{result.name_zh}（{result.id}，第 {result.version} 版）"))
    console.print(f"[bold]{shown(result.value, result.unit)}[/]  {_place(result)}{_moment(result)}")
    if result.reason:
        console.print(f"没有数值：{result.reason}", style="yellow")
    console.print(Text(f"口径：{result.definition_zh}"))
    console.print(Text(f"依据：{result.legal_source}"))
    if result.divisions:
        read = _READ.get(result.source_name, result.source_name)
        console.print(f"取数：{'、'.join(result.divisions)}，共 {result.row_count} 条分录（{read}）")
    if result.breakdown:
        console.print(_breakdown(result))
    if opened.entries:
        console.print(_entries(opened))
    for operand in opened.operands:
        trace(console, operand, depth + 1)


def _moment(result: FigureResult) -> str:
    return f"  截至 {moments.shown(result.ask.as_of)} 所知" if result.ask.as_of else ""


def _breakdown(result: FigureResult) -> RenderableType:
    rows = [(part.code, part.label, shown(part.value, result.unit)) for part in result.breakdown]
    title = f"分项（{shown_heading(result.by.element) if result.by else '来源'}）"
    return output.table(("代码", "名称", "数值>"), rows, title)


def _entries(opened: Trace) -> RenderableType:
    count = sum(len(entry.lines) for entry in opened.entries)
    more = "" if opened.is_complete else f"，共 {opened.result.row_count} 条，其余用 --limit 或 --code 查看"
    rows = [
        (entry.entry_id, entry.period, entry.code, format_fen(entry.amount_fen, "元"), entry.source_ref,
         _accounts(entry), _paper(entry))
        for entry in opened.entries
    ]  # fmt: skip
    columns = ("凭证>", "期间>", "分类", "金额（元）>", "出处", "科目", "单据或摘要")
    return output.table(columns, rows, f"凭证（{count} 条分录{more}）")


def _paper(entry: TracedEntry) -> str:
    """The document of an entry, and below it the other governments where money passes between two."""
    others = (one.words for one in entry.counterparts)
    return "\n".join(filter(None, (entry.document_title or entry.source_name or entry.summary, *others)))


def _accounts(entry: TracedEntry) -> str:
    return "\n".join(dict.fromkeys(line.account.partition(":")[2] for line in entry.lines))


def records(rows: Iterable[RecordedFigure]) -> Table:
    """Recorded figures, one a row."""
    table = Table("编号", "指标", "区划", "年度", "数值", "分录数", "分录摘要（SM3）", title="已记录")
    for row in rows:
        table.add_row(
            str(row.pk), row.figure_id, row.region, str(row.fiscal_year), row.value or row.reason,
            str(row.posting_count), row.posting_digest[:16],
        )  # fmt: skip
    return table


def record_json(row: RecordedFigure) -> dict[str, Any]:
    """A recorded figure as plain data."""
    return {
        "record_id": row.pk, "figure": row.figure_id, "version": row.figure_version, "region": row.region,
        "scope": row.scope, "fiscal_year": row.fiscal_year, "cutoff_month": row.cutoff_month,
        "as_of": row.as_of.isoformat(), "value": row.value or None, "unit": row.unit, "reason": row.reason,
        "posting_count": row.posting_count, "posting_digest": row.posting_digest,
    }  # fmt: skip


def differences(console: Console, count: int, found: Sequence[Difference]) -> None:
    """What of the records no longer holds, or that all of it does."""
    if not found:
        console.print(f"已记录的 {count} 项指标全部相符")
        return
    table = Table("记录", "指标", "区划", "年度", "哪一项", "记录的", "重算的", title=f"{len(found)} 处不符")
    for d in found:
        table.add_row(
            str(d.record_id), d.figure_id, d.region, str(d.fiscal_year), d.what, d.recorded, d.recomputed
        )
    console.print(table)
