"""A source of figures from a dictionary, and a small template that uses every feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fisc.report.ports import BreakdownRow, FigureAsk, FigureResult, Place, Scope, VoucherRow

WAN = 1_000_000
WHOLE, LEVEL = "530700998", "530700000"


def scope(**changes: object) -> Scope:
    values: dict[str, object] = {
        "name": "丽江市", "whole": WHOLE, "level": LEVEL, "fiscal_year": 2025,
        "counties": (Place("530702000", "古城区"), Place("530721000", "玉龙县")),
        "compiled_by": "丽江市财政局", "dated_on": date(2026, 1, 1), "issued_on": date(2026, 2, 13),
    }  # fmt: skip
    return Scope(**(values | changes))  # type: ignore[arg-type]


@dataclass
class FakeSource:
    """Values by figure id or by ask key; a `str` value is a gap with that reason."""

    values: dict[str, int | Decimal | str]
    undefined: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    row_total: int = 3

    def knows(self, figure_id: str) -> bool:
        return figure_id in self.values or figure_id in self.undefined

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        self.calls += 1
        return [self._get(ask) for ask in asks]

    def _get(self, ask: FigureAsk) -> FigureResult:
        value = self.values.get(ask.key, self.values.get(ask.figure_id))
        gap = value if isinstance(value, str) else ""
        number = None if isinstance(value, str) else value
        name = f"指标{ask.figure_id}"
        if ask.figure_id.endswith((".yoy", ".completion")):
            base = self._get(FigureAsk("money.base", ask.region, ask.fiscal_year - 1))
            return FigureResult(
                ask,
                name,
                f"{name}的口径。",
                "1",
                "预算法",
                "ratio",
                number,
                gap,
                self.undefined.get(ask.figure_id, ""),
                operands=(base,),
            )
        parts = (
            BreakdownRow("增值税", "10101", 3 * WAN),
            BreakdownRow("契税", "10119", 2 * WAN),
            BreakdownRow("车船税", "10114", 0),
        )
        return FigureResult(
            ask,
            name,
            f"{name}的口径。",
            "1",
            "预算法",
            "fen",
            number,
            gap,
            self.undefined.get(ask.figure_id, ""),
            parts,
            (),
            self.row_total,
            lambda: tuple(self._row(i) for i in range(self.row_total)),
        )

    def _row(self, index: int) -> VoucherRow:
        return VoucherRow(
            index + 1,
            date(2025, 12, 31),
            "2025年预算执行情况表",
            f"01-1!E{index + 5}",
            100 * WAN,
            "treasury_2022_budget:6001",
            "R1",
            "一般公共预算收入",
        )


def sample(**changes: int | Decimal | str) -> FakeSource:
    values: dict[str, int | Decimal | str] = {
        "money.total": 567_755 * WAN, "money.tax": 288_755 * WAN, "money.other": 279_000 * WAN,
        "money.total.yoy": Decimal("0.0019"), "money.tax.yoy": Decimal("-0.1179"),
        "money.flat.yoy": Decimal("0.0004"), "money.total.completion": Decimal("0.954"),
        "money.small": 374 * WAN, "money.negative": -1416 * WAN, "money.base": 566_703 * WAN,
        "money.gap": "表六没有这一行",
    }  # fmt: skip
    return FakeSource(values | changes, {"money.new.yoy": "上年为零"})


TEMPLATE = """\
# {{ scope.name }}{{ year }}年预算执行情况报告
开篇一段，尚无标题。
## 预算执行
### 收入
#### 全市
全市一般公共预算收入{{ fig('money.total') }}，较上年{{ city.change('money.total.yoy') }}，完成预算的\
{{ fig('money.total.completion') }}。其中税收收入{{ fig('money.tax') }}，{{ city.change('money.tax.yoy') }}；\
国资收入{{ fig('money.small') }}，占{{ fig('money.total') }}的很小一部分。缺口{{ fig('money.gap') }}。\
新设项目{{ city.change('money.new.yoy') }}。**加粗的话**与“引号”。
:::table 收入情况 | 单位：万元
| 项目 | {{ year }}年执行数 | 增长% |
| **合计** | {{ fig('money.total') }} | {{ fig('money.total.yoy') }} |
| 　税收收入 | {{ fig('money.tax') }} | {{ fig('money.tax.yoy') }} |
| 　冲减 | {{ fig('money.negative') }} | {{ fig('money.new.yoy') }} |
| 　没有 | {{ fig('money.gap') }} | — |
:::
> 增长按决算数计算，缺{{ fig('money.gap') }}。
:::chart stacked 收入构成 | 单位：亿元
| | 税收收入 | 其他收入 |
| 全市 | {{ city.fig('money.tax') }} | {{ city.fig('money.other') }} |
| 市本级 | {{ level.fig('money.tax') }} | {{ level.fig('money.gap') }} |
:::
:::chart bar 没有数据的图 | 单位：亿元
| | 缺 |
| 全市 | {{ city.fig('money.gap') }} |
:::
## 其他事项
{% for part in city.parts('money.tax') %}
{{ part.label }}一项。

{% endfor %}
{% for county in counties %}
{{ county.name }}收入{{ county.fig('money.total') }}。

{% endfor %}
"""
