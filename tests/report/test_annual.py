"""The annual summary: a sentence for every slot, claims only while true, gaps in plain sight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from fisc.figures.algebra import Unit
from fisc.figures.catalogue import CATALOGUE
from fisc.report.annual import TEMPLATE, Annual
from fisc.report.formats import RENDERERS, render
from fisc.report.model import FigureRun
from fisc.report.ports import FigureAsk, FigureResult, Value, VoucherRow
from fisc.report.slots import SlotState, absent_reason, slots
from fisc.report.source import city_scope
from fisc.report.template import TEMPLATES

SCOPE = city_scope("150600", 2022, date(2022, 12, 31))
YI = 10_000_000_000
RANKS = ("stat.general_revenue.rank", "stat.general_revenue.delta.rank", "stat.general_revenue.yoy.rank")
FIRST: dict[str, Value] = dict.fromkeys(RANKS, 1)
#: Figures that have no place in the catalogue yet; a city that has them must be able to say so.
LATER: dict[str, Value] = {
    "debt.hidden.balance": 0, "debt.ratio.drop": Decimal("0.031"), "output.elderly_coverage": 1,
    "oversight.idle.recovered": 3 * YI, "oversight.idle.to_livelihood": 3 * YI,
    "oversight.arrears.overdue": 0, "procurement.offline": 0, "procurement.two_site_reviews": 2,
    "stat.income_lifted.yoy": Decimal("0.12"), "stat.income_rural_province.yoy": Decimal("0.07"),
}  # fmt: skip


@dataclass
class Books:
    """Values by (figure id, year) or by figure id; anything else of the catalogue is `rest`."""

    values: Mapping[object, Value | None] = field(default_factory=dict)
    rest: bool = True

    def knows(self, figure_id: str) -> bool:
        return figure_id in CATALOGUE or figure_id in self.values or (figure_id, 2022) in self.values

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        return [self._get(ask) for ask in asks]

    def _get(self, ask: FigureAsk) -> FigureResult:
        figure = CATALOGUE.get(ask.figure_id)
        unit = figure.unit if figure else Unit.FEN
        usual: Value = {Unit.FEN: 12 * YI, Unit.RATIO: Decimal("0.0986"), Unit.COUNT: 440_000_000}[unit]
        is_year = ask.fiscal_year == 2022
        default = usual if self.rest and is_year else None
        value = self.values.get((ask.figure_id, ask.fiscal_year))
        if value is None:
            value = self.values.get(ask.figure_id, default) if is_year else None
        gap = "" if value is not None else "这一年没有记账"
        name = figure.name_zh if figure else ask.figure_id
        rows = (VoucherRow(7, date(2022, 12, 1), "某单据", "表!A1", 12 * YI, "treasury_2015:4001", "T01"),)
        return FigureResult(ask, name, f"{name}的口径", "1", "", unit.value, value, gap,
                            row_count=1, load_rows=lambda: rows)  # fmt: skip


def states(books: Books) -> dict[str, SlotState]:
    return {state.slot.n: state for state in Annual(books, SCOPE, 11).states()}


def text(books: Books) -> str:
    return re.sub(r"\s+", "", Annual(books, SCOPE, 11).report().text())


def test_every_slot_is_said_in_the_template() -> None:
    words = (TEMPLATES / TEMPLATE).read_text(encoding="utf-8")
    said = re.findall(r"(?:slot|grew|rose|verdict)\('([^']+)'\)", words)
    assert set(said) == {slot.n for slot in slots()}


def test_it_has_four_sections_an_outlook_and_the_checks() -> None:
    report = Annual(Books(), SCOPE, 11).report()
    heads = [section.heading.text.split("：")[0] for section in report.sections if section.heading]
    assert heads == ["稳", "保", "增", "抓", "展望", "口径与核对"]
    assert report.title == "鄂尔多斯市财政局2022年工作总结"


def test_the_slots_are_known_and_their_gaps_have_reasons() -> None:
    found = states(Books())
    assert list(found) == [slot.n for slot in slots()] and len(found) == 90
    assert found["1"].value == 11 and found["19"].value == "鄂尔多斯市"
    assert found["2"].value == 12 and found["2"].exact == 12 * YI and found["2"].rows == 1
    assert found["3"].value == Decimal("9.86") and found["35"].value == Decimal("4.4")
    assert found["16"].state == "gap" and found["16"].reason == absent_reason("output.watershed")
    assert all(state.reason for state in found.values() if state.state == "gap")


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_fresh_ledger_gives_a_summary_of_gaps(kind: str) -> None:
    report = Annual(Books(rest=False), SCOPE).report()
    found = Annual(Books(rest=False), SCOPE).states()
    assert {s.slot.kind for s in found if s.state == "filled"} == {"period", "name"}
    assert len(report.gaps()) > 80 and not any(isinstance(run, FigureRun) for run in report.runs())
    assert len(render(report, kind)) > 10_000


def test_every_number_printed_is_a_figure_that_opens() -> None:
    report = Annual(Books(FIRST | LATER), SCOPE, 11).report()
    page = render(report, "html").decode()
    for run in report.runs():
        if isinstance(run, FigureRun):
            assert f">{run.text}</a>" in page
    assert render(report, "html") == render(Annual(Books(FIRST | LATER), SCOPE, 11).report(), "html")


def test_first_place_is_said_only_with_three_first_places() -> None:
    assert "三项都是首位" in text(Books(FIRST))
    assert states(Books(FIRST))["5a"].value is True
    second = text(Books(FIRST | {RANKS[2]: 2}))
    assert "三项都是首位" not in second and "增速列第2位" in second
    assert "收入总量、增量、增速位次第一（总量、增量、增速分别为第1位、第1位、第2位）" in second
    gap = states(Books(dict.fromkeys(RANKS), rest=False))["5a"]
    assert (gap.state, gap.value) == ("gap", None)


def test_a_record_needs_an_earlier_year_to_beat() -> None:
    key = "expenditure.livelihood"
    record = states(Books({(key, 2022): 500 * YI, (key, 2021): 400 * YI, (key, 2020): 450 * YI}))
    assert record["40a"].value is True
    beaten = Books({(key, 2022): 440 * YI, (key, 2021): 400 * YI, (key, 2020): 450 * YI})
    assert states(beaten)["40a"].value is False
    assert "没有超过以往各年的最高值" in text(beaten)
    alone = states(Books({(key, 2022): 500 * YI}))["40a"]
    assert alone.value is False and "更早年度" in alone.reason


def test_a_growth_record_needs_growth() -> None:
    key = "special.science_talent.yoy"
    grown = {(key, 2022): Decimal("0.3"), (key, 2021): Decimal("0.2")}
    assert states(Books(grown))["21a"].value is True
    falling = {(key, 2022): Decimal("-0.1"), (key, 2021): Decimal("-0.2")}
    assert states(Books(falling))["21a"].reason == "投入没有比上年增长"
    assert "比上年同期下降10.0%（投入没有比上年增长）" in text(Books(falling))


def test_claims_of_later_businesses_stand_once_their_figures_do() -> None:
    bands = {("debt.risk_band", 2021): 4, ("debt.risk_band", 2022): 3}
    base = FIRST | LATER | bands | {("debt.balance.yoy", 2022): Decimal("-0.02")}
    found = states(Books(base))
    claims = [n for n in found if found[n].slot.kind == "claim" and n not in {"21a", "40a"}]
    assert [found[n].value for n in claims] == [True] * len(claims)
    words = text(Books(base))
    assert "隐性债务已经清零的有：" in words and "准格尔旗" in words
    fallen = {
        "debt.ratio.drop": Decimal("-0.01"), "output.elderly_coverage": Decimal("0.9"),
        "debt.hidden.balance": 5, "oversight.idle.to_livelihood": 2 * YI, "oversight.arrears.overdue": 1,
        "procurement.offline": 3, "stat.income_lifted.yoy": Decimal("0.01"), ("debt.risk_band", 2022): 4,
    }  # fmt: skip
    told = states(Books(base | fallen))
    assert [told[n].value for n in claims if n != "5a"] == [False] * (len(claims) - 1)
    assert "盘活资金全部投入民生（盘活资金没有全部用于民生）" in text(Books(base | fallen))


def test_the_smallest_growth_of_key_areas_is_rounded_down() -> None:
    key = "expenditure.key_areas.min_yoy"
    assert "增长率都在9%以上" in text(Books({key: Decimal("0.0986")}))
    falling = Books({key: Decimal("-0.012")})
    assert "增长率最低为-2%" in text(falling)
    assert states(falling)["43"].value == -2


def test_growth_and_decline_follow_the_data() -> None:
    fallen = text(Books({"transfers.to_banners.yoy": Decimal("-0.05")}))
    assert "比上年同期下降5.0%，用于旗区" in fallen
    assert "城镇居民人均可支配收入比上年增加2,700元" in text(Books({"stat.income_urban.delta": 270_000}))
    assert "农牧民人均可支配收入比上年减少30元" in text(Books({"stat.income_rural.delta": -3_000}))
