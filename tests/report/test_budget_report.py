"""The shipped budget report: every figure it names exists, whatever the data turn out to be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fisc.catalogue import CATALOGUE
from fisc.reading.algebra import Unit
from fisc.reading.bind import definition_of
from fisc.registry.tables import read_table
from fisc.report.budget import budget_report
from fisc.report.formats import RENDERERS, render
from fisc.report.model import Chart, Table
from fisc.report.ports import BreakdownRow, FigureAsk, FigureResult
from fisc.report.source import city_scope

SCOPE = city_scope("530700", 2025, date(2026, 2, 13))


class CatalogueSource:
    """Every figure of the catalogue, each with the same money and the same ratio, or none at all."""

    def __init__(self, ratio: str | None) -> None:
        self.ratio = ratio

    def knows(self, figure_id: str) -> bool:
        return figure_id in CATALOGUE

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        return [self._get(ask) for ask in asks]

    def _get(self, ask: FigureAsk) -> FigureResult:
        figure = CATALOGUE[ask.figure_id]
        parts = (BreakdownRow("某类", "205", 10**12), BreakdownRow("某款", "20899", 10**11))
        if self.ratio is None:
            return FigureResult(ask, figure.name_zh, "", "1", "", "fen", None, "没有导入资料")
        words = definition_of(figure)
        if figure.unit is Unit.RATIO:
            return FigureResult(ask, figure.name_zh, words, "1", "", "ratio", Decimal(self.ratio))
        return FigureResult(ask, figure.name_zh, words, "1", "", "fen", 5_677_550_000 * 100, breakdown=parts)


def test_growth_and_decline_are_worded_by_the_data() -> None:
    grown = budget_report(CatalogueSource("0.05"), SCOPE).text()
    fallen = budget_report(CatalogueSource("-0.05"), SCOPE).text()
    flat = budget_report(CatalogueSource("0"), SCOPE).text()
    assert "增长 5.0%" in grown and "下降 5.0%" not in grown
    assert "下降 5.0%" in fallen and "增长 5.0%" not in fallen
    assert "持平" in flat and "持平" not in grown


def test_a_claim_about_the_debt_limit_follows_the_data() -> None:
    assert "没有超过限额" in budget_report(CatalogueSource("0.9"), SCOPE).text()
    over = budget_report(CatalogueSource("1.1"), SCOPE).text()
    assert "超过了限额" in over and "没有超过限额" not in over


@pytest.mark.usefixtures("livelihood_settled")
def test_livelihood_spending_names_the_set_it_adds_up() -> None:
    text = budget_report(CatalogueSource("0.05"), SCOPE).text()
    sentence = text[text.index("民生支出合计") :].split("。")[0]
    row = next(r for r in read_table("livelihood_sets.csv") if r["set_id"] == "weihai_2025")
    assert f"“{row['title']}”（第{row['version']}版）" in sentence and row["name"] in sentence


def test_it_has_the_parts_that_a_bureau_expects() -> None:
    report = budget_report(CatalogueSource("0.05"), SCOPE)
    heads = [section.heading.text for section in report.sections if section.heading]
    assert heads == ["2025年预算执行情况", "2026年预算草案", "数据口径和没有写入的部分"]
    blocks = list(report.blocks())
    assert sum(isinstance(block, Table) for block in blocks) >= 8
    assert sum(isinstance(block, Chart) for block in blocks) >= 4


@pytest.mark.parametrize(
    ("code", "own"), [("330800000", "市本级"), ("330881", "市本级"), ("410522", "县本级")]
)
def test_one_level_s_report_tells_nothing_twice_and_nothing_of_a_whole(code: str, own: str) -> None:
    report = budget_report(CatalogueSource("0.05"), city_scope(code, 2025, date(2026, 2, 13)))
    text = re.sub(r"[^\S\n]", "", report.text())
    said = [sentence for sentence in re.split(r"[。\n]", text) if own in sentence]
    assert len(said) == len(set(said)) > 8
    for table in (block for block in report.blocks() if isinstance(block, Table)):
        rows = [str(row) for row in table.rows]
        assert len(rows) == len(set(rows)), table.caption
    assert "汇总数" not in text and f"只含{own}自身收支" in text and "县（区）" not in text
    assert ("不含所属县（市、区）" in text) == (code == "330800000")


def test_counties_are_called_alike_in_both_reports() -> None:
    scope = city_scope("330800", 2025, date(2026, 2, 13))
    text = re.sub(r"\s", "", budget_report(CatalogueSource("0.05"), scope).text())
    assert "市本级与各县（市、区）汇总数" in text and "对县（市、区）转移支付提前下达" in text
    assert "县（区）" not in text


@pytest.mark.parametrize("kind", RENDERERS)
def test_an_empty_ledger_gives_a_report_that_lists_what_it_leaves_out(kind: str) -> None:
    report = budget_report(CatalogueSource(None), SCOPE)
    assert not [block for block in report.blocks() if isinstance(block, Chart)]
    said = re.sub(r"\s", "", report.text())
    assert {"社会保险基金预算", "政府债务限额和余额", "2026年预算安排"} <= {
        one.quantity for one in report.left_out
    }
    assert "2026年预算草案" not in said and "〔缺" not in said.replace("“〔缺〕”", "")
    assert "按主要科目看" not in said and "，。" not in said
    assert len(render(report, kind)) > 10_000


def test_nothing_is_told_twice_and_no_small_amount_sets_the_unit_of_a_great_one() -> None:
    report = budget_report(CatalogueSource("0.05"), SCOPE)
    captions = [block.caption for block in report.blocks() if isinstance(block, Table)]
    assert [words for words in captions if "国有资本经营预算收支平衡情况" in words] == [
        "2025年全市国有资本经营预算收支平衡情况"
    ]  # the city's own level would show the same
    text = report.text().replace(" ", "")
    assert "市本级国有资本经营预算的收支平衡情况与全市相同，不另列表" in text
    assert "按预算法第五十四条安排支出56.78亿元，全部是上年结转支出" in text


class Rolling(CatalogueSource):
    """As its kin, but balances move by amounts (亿元) of their own; `OFF` is what nobody told of."""

    MOVES: Mapping[str, int | None] = {
        "reserves.stabilisation_fund.opening": 30, "balance.general.outlay.set_aside": 7,
        "reserves.working_capital.to_stabilisation": 2, "revenue.stabilisation_drawn": None,
        "reserves.stabilisation_fund": 39, "reserves.working_capital.opening": 4,
        "balance.general.outlay.set_apart": 1, "reserves.working_capital": 3,
        "debt.issued": 5, "debt.repaid": 4, "debt.other_changes": -1,
        "debt.issued.budget": 3, "debt.repaid.budget": 2, "debt.other_changes.budget": -1,
    }  # fmt: skip

    def __init__(self, **changed: int) -> None:
        super().__init__("0.05")
        self.changed = {key.replace("__", "."): fen for key, fen in changed.items()}

    def _get(self, ask: FigureAsk) -> FigureResult:
        key = ask.figure_id.replace(".general", "").replace(".special", "")
        key = ask.figure_id if ask.figure_id.startswith("balance") else key
        values = {**self.MOVES, **self.changed}
        found = super()._get(ask)
        if key not in values:
            return found
        fen = values[key]
        return replace(found, value=None if fen is None else fen * 10**10, breakdown=())


def _told(source: CatalogueSource, start: str) -> list[str]:
    text = budget_report(source, SCOPE).text().replace(" ", "")
    return [words for words in text.splitlines() if words.startswith(start)]


def test_a_fund_s_sentence_names_all_that_moved_it() -> None:
    told = (
        "上年末余额30.00亿元，当年安排补充7.00亿元，预算周转金转入2.00亿元，当年没有动用，年末余额39.00亿元。"
    )
    assert _told(Rolling(), "预算稳定调节基金：") == [f"预算稳定调节基金：全市{told}市本级{told}"]
    told = "上年末余额4.00亿元，当年设置和补充1.00亿元，转入预算稳定调节基金2.00亿元，年末余额3.00亿元。"
    assert _told(Rolling(), "预算周转金：") == [f"预算周转金：全市{told}市本级{told}"]


def test_a_fund_drawn_is_told_in_one_unit_with_what_rounding_hides() -> None:
    drawn = Rolling(revenue__stabilisation_drawn=3, reserves__stabilisation_fund=36)
    (told,) = _told(drawn, "预算稳定调节基金：")
    assert "当年动用3.00亿元，年末余额36.00亿元" in told


@pytest.mark.parametrize(
    ("key", "part", "start"),
    [
        ("reserves__stabilisation_fund", "预算稳定调节基金", "预算稳定调节基金："),
        ("reserves__working_capital", "预算周转金", "预算周转金："),
        ("debt__issued", "政府债务限额、余额和偿还情况表", "表政府债务限额、余额和偿还情况"),
        ("debt__issued__budget", "2026年政府债务限额、转贷、偿还和余额安排表", "2026年政府债务限额、转贷"),
    ],
)
def test_what_does_not_come_out_is_left_out_and_said(key: str, part: str, start: str) -> None:
    report = budget_report(Rolling(**{key: 40}), SCOPE)
    captions = [block.caption for block in report.blocks() if isinstance(block, Table)]
    assert not [words for words in captions if words == part.removesuffix("表")]
    reason = next(one.reason for one in report.left_out if one.quantity == part)
    assert reason.startswith("全市的年初余额与各项增减不等于年末余额，差 ")
    assert not _told(Rolling(**{key: 40}), start)
    right = [block.caption for block in budget_report(Rolling(), SCOPE).blocks() if isinstance(block, Table)]
    assert not part.endswith("表") or part.removesuffix("表") in right


class Ended(CatalogueSource):
    """As its kin, but the year's end is done: a balance is 结转 and what reduces the deficit."""

    ZERO = ("carryover.general.unclosed", "carryover.general.net", "debt.balance", "reserve.used")

    def _get(self, ask: FigureAsk) -> FigureResult:
        found = super()._get(ask)
        if ask.figure_id.startswith("debt.balance"):
            return replace(found, value=None, gap_reason="没有登记")
        return replace(found, value=0) if ask.figure_id in self.ZERO else found


def _rows(source: CatalogueSource) -> list[str]:
    table = next(block for block in budget_report(source, SCOPE).blocks()
                 if isinstance(block, Table) and "一般公共预算收支平衡情况" in block.caption)  # fmt: skip
    return [row.cells[0].text.strip() for row in table.rows]


def test_what_goes_on_stands_apart_from_what_nobody_needs_once_the_year_s_end_is_done() -> None:
    assert "年终结转结余" in _rows(CatalogueSource("0.05"))
    ended = _rows(Ended("0.05"))
    assert ended[-4:] == ["结转下年支出", "超收收入冲减赤字（结转下年还本）", "净结余", "支出总计"]
    assert "年终结转结余" not in ended
    text = budget_report(Ended("0.05"), SCOPE).text().replace(" ", "")
    assert (
        "其中年终结转结余56.78亿元（结转下年支出56.78亿元，超收收入冲减赤字、结转下年还本56.78亿元，没有净结余）"
        in text
    )


def test_the_reserve_and_the_debt_on_the_books_are_told() -> None:
    report = budget_report(Ended("0.05"), SCOPE)
    text = report.text().replace(" ", "")
    assert "市本级年初预算安排预备费56.78亿元，全年没有动用，年末未动用56.78亿元，不结转下年。" in text
    assert "总账上应付的政府债券、外债等本金（转贷给下级的不重复计算）余额56.78亿元" in text
    assert "政府债务限额和余额" in {one.quantity for one in report.left_out}
    used = budget_report(CatalogueSource("0.05"), SCOPE).text().replace(" ", "")
    assert "年中动用（含预算调整调减）56.78亿元" in used and "总账上应付" not in used


def test_transfers_are_told_by_kind_and_special_ones_by_county_and_item() -> None:
    tables = {
        block.caption: block
        for block in budget_report(CatalogueSource("0.05"), SCOPE).blocks()
        if isinstance(block, Table)
    }
    kinds = tables["2025年对下转移支付分地区情况"]
    heads = [cell.runs[0].text.replace("\n", "") for cell in kinds.header[0].cells]
    assert heads == ["地区", "合计", "税收返还", "一般性转移支付", "其中：共同财政事权", "专项转移支付"]
    assert "2025年对下专项转移支付分地区分项目情况" in tables


class Adjusted(CatalogueSource):
    """As its kin, but sources of the general budget changed in the year as given; what was budgeted is known
    of transfers from above and own revenue."""

    def _get(self, ask: FigureAsk) -> FigureResult:
        found = super()._get(ask)
        key = ask.figure_id.removeprefix("balance.general.income.")
        changed = {"above.changed": 32, "own.changed": -7, "debt.adjusted": 14, "drawn.changed": 0}
        if key in changed:
            return replace(found, value=changed[key] * 10**10, breakdown=())
        if key in ("debt.budget", "moved_in.budget", "moved_in.adjusted"):
            return replace(found, value=None, gap_reason="没有符合口径条件的分录")
        if ask.figure_id == "expenditure.general.adjusted":
            return replace(found, value=10**14)
        return found


def test_what_was_added_from_above_and_what_was_adjusted_are_told_apart() -> None:
    text = budget_report(Adjusted("0.05"), SCOPE).text().replace(" ", "")
    (told,) = (words for words in text.splitlines() if words.startswith("预算变动："))
    assert told.endswith(
        "年初预算批准后，上级追加的转移支付增加32.00亿元（含转给下级的）。"
        "经批准的预算调整（预算法第六十七条）中，本级收入减少7.00亿元、债务收入增加14.00亿元。"
    )
