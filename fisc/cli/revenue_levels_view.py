"""What `fisc revenue levels`, `daily` and `rank` show: how revenue was divided, places among peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fisc.cli import output
from fisc.cli.revenue_view import code_name, percent, title
from fisc.cli.use_case_view import as_told
from fisc.documents.told import told
from fisc.kernel.money import format_fen
from fisc.registry.papers import paper_words
from fisc.registry.regions import name_of

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.revenue.services import DayLine, LevelShare, Published, RegionBooks, SectionRule, Standing

_LEVELS = {"centre": "中央", "region": "省级", "city": "市级", "county": "县级", "own": "征收级"}
_NONE = "—"


# ---- levels


def levels_dict(
    shares: Sequence[LevelShare], books: Sequence[RegionBooks], rules: Sequence[SectionRule]
) -> dict[str, Any]:
    """The division for machines, in fen: by section, all together, the books, the rules in force."""
    from fisc.revenue.services import by_level

    return {
        **as_told("revenue.levels", told(shares, ())), "levels": told(by_level(shares), ()),
        "books": told(books, ()), "rules": told(rules, ()),
    }  # fmt: skip


def show_levels(
    console: Console, of: tuple[str, int, int], shares: Sequence[LevelShare], books: Sequence[RegionBooks],
    rules: Sequence[SectionRule] | None, *, unit: str,
) -> None:  # fmt: skip
    """What each level got, by section and with the rules where asked, and what the books hold."""
    from fisc.revenue.services import by_level

    console.print(title(of, "收入划分", unit))
    _show_shares(console, by_level(shares), "各级合计", unit, of[1])
    if rules is not None:
        _show_shares(console, shares, "分款", unit, of[1])
        _show_rules(console, rules, of[1])
    rows = [
        (name_of(b.mof_div_code), *(format_fen(fen, unit) for fen in
         (b.daily_fen, b.shared_fen, -b.refunded_fen, b.other_fen, b.books_fen)))
        for b in books
    ]  # fmt: skip
    columns = ("区划", "收入日报>", "分成收入>", "退库>", "其他单据>", "账上合计>")
    console.print(output.table(columns, rows, title="账上本级收入（各类资金）"))
    sums = (((b.daily_fen, b.shared_fen, -b.refunded_fen, b.other_fen), b.books_fen) for b in books)
    output.say_rounding(console, sums, unit)


def _show_shares(
    console: Console, shares: Sequence[LevelShare], name: str, unit: str, fiscal_year: int
) -> None:
    if not shares:
        console.print("  没有按总额登记的分成收入和退库；收入日报只列本级所得，不含上级的份额。")
        return
    whole = sum(s.received_fen for s in shares)
    rows = [
        (code_name(s.rev_func_code, fiscal_year) if s.rev_func_code else "全部", _LEVELS[s.level],
         name_of(s.to_div_code) if s.to_div_code else _NONE,
         *(format_fen(fen, unit) for fen in (s.received_fen, s.refunded_fen, s.net_fen)),
         percent(Decimal(s.received_fen) / whole if whole else None))
        for s in shares
    ]  # fmt: skip
    columns = ("科目", "级次", "归属", "收入>", "退库>", "净额>", "占收入>")
    console.print(output.table(columns, rows, title=name))


def _show_rules(console: Console, rules: Sequence[SectionRule], fiscal_year: int) -> None:
    """Each section or code once, with the places where one rule holds together."""
    places: dict[tuple[str, ...], list[str]] = {}
    for r in sorted(rules, key=lambda rule: rule.rev_func_code):
        shares = "、".join(f"{_LEVELS[level]} {bp / 100:g}%" for level, bp in r.shares)
        source = paper_words(r.source) + ("" if r.is_verified else "（未核）")
        source += "（本地文件）" if r.is_ours else ""
        key = (code_name(r.rev_func_code, fiscal_year), shares, str(r.valid_from), source)
        places.setdefault(key, []).append(name_of(r.mof_div_code))
    everywhere = len({r.mof_div_code for r in rules})
    rows = [
        (section, "、".join(names) if len(names) < everywhere else "全部", shares, first, source)
        for (section, shares, first, source), names in places.items()
    ]
    columns = ("科目", "征收地", "各级比例", "起始", "来源")
    console.print(output.table(columns, rows, title="分成办法"))


# ---- a day

_DOCUMENTS = {"daily_report": "收入日报", "receipt": "分成收入", "refund": "收入退还书"}


def show_day(console: Console, region: str, on: date, found: Sequence[DayLine], unit: str) -> None:
    """A day's receipts and refunds, one line for each document, code and level."""

    def said(fen: int) -> str:
        return format_fen(fen, unit)

    console.print(f"[bold]{name_of(region)} {on} 国库收入[/bold]（{unit}）")
    if not found:
        console.print("  当日没有入账的收入和退库。")
        return
    rows = [
        (name_of(x.collected_in), code_name(x.rev_func_code, on.year), x.fund_type_code,
         _LEVELS.get(x.level, "本级所得"), name_of(x.to_div_code) if x.to_div_code else _NONE,
         said(x.amount_fen), f"{_DOCUMENTS[x.document]} {x.doc_no}")
        for x in found
    ]  # fmt: skip
    columns = ("征收地", "科目", "资金性质", "级次", "归属", "金额>", "单据")
    console.print(output.table(columns, rows))
    ours = sum(x.amount_fen for x in found if x.level in ("", "city", "county"))
    above = sum(x.amount_fen for x in found) - ours
    console.print(f"  本地区所得 {said(ours)}，上划中央和省级 {said(above)}（{unit}）")


# ---- rank


def rank_rows(
    found: Sequence[Standing], papers: Mapping[tuple[str, int, str], Published], region: str, year: int
) -> list[dict[str, Any]]:
    """Every peer with its values, its places and its papers, the greatest total first."""
    from fisc.revenue.services import ranked_with

    values = {s.measure: s.values for s in found}
    rows = [
        {"region": code, "name": name_of(code),
         **{s.measure: s.values.get(code) for s in found},
         "位次": {s.measure: _place(s, code) for s in found},
         "paper": papers.get((code, year, "")), "paper_before": papers.get((code, year - 1, ""))}
        for code in ranked_with(region)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -(values["总量"].get(str(row["region"])) or Decimal(0)))


def _place(standing: Standing, code: str) -> int | None:
    """A peer's place; None while any peer's figure is missing."""
    if standing.missing:
        return None
    return 1 + sum(1 for value in standing.values.values() if value > standing.values[code])


def show_rank(
    console: Console, found: Sequence[Standing], rows: Sequence[dict[str, Any]], region: str, year: int, *,
    unit: str,
) -> None:  # fmt: skip
    """The peers, then the region's own places in words, or what is missing."""
    console.print(f"[bold]{name_of(region)} {year} 年在全省（区）盟市中的位次[/bold]（{unit}）")
    columns = ("盟市", "总量>", "位>", "增量>", "位>", "增速>", "位>", "来源")
    console.print(output.table(columns, [_rank_row(row, unit) for row in rows]))
    for s in found:
        if s.missing:
            names = "、".join(name_of(code) for code in s.missing)
            console.print(f"  {s.measure}：不排位，缺 {names} 的数", markup=False)
        else:
            console.print(f"  {s.measure}：第 {s.place} 位", style="bold")


def _rank_row(row: dict[str, Any], unit: str) -> tuple[object, ...]:
    def money(value: Decimal | None) -> str:
        return _NONE if value is None else format_fen(int(value), unit)

    places = {name: place or _NONE for name, place in row["位次"].items()}
    return (
        row["name"], money(row["总量"]), places["总量"], money(row["增量"]), places["增量"],
        percent(row["增速"]), places["增速"], _papers(row),
    )  # fmt: skip


def _papers(row: dict[str, Any]) -> str:
    papers = [p for p in (row["paper"], row["paper_before"]) if p]
    return "；".join(dict.fromkeys(f"{p.source_name} {p.source_no}".strip() for p in papers)) or "没有登记"
