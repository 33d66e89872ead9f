"""The clean edition: what a number is missing for is left out and listed, and what is left still reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fisc.report.annual import Annual
from fisc.report.claims import CLAIMS
from fisc.report.clauses import Mark, pruned, whole
from fisc.report.clean import gathered
from fisc.report.formats import RENDERERS, render
from fisc.report.model import Chart, GapRun, Heading, LeftOut, Paragraph, Report, Signature, Table
from fisc.report.ports import FigureAsk, FigureResult, Value
from fisc.report.slots import PLACE_NAMES, slots
from fisc.report.source import city_scope
from fisc.report.template import compose_text
from tests.report.fake import FakeSource
from tests.report.fake import scope as fake_scope
from tests.report.test_annual import BANDS, FALSE, FIRST, LATER, TRUE, YI, Books

#: A league city, one of its banners, its own level, a city on the Yellow River of no own words, a prefecture.
PLACES = ("150600", "150622", "150600000", "410100", "532300")
FIGURES = sorted(
    {slot.figure for slot in slots() if slot.kind not in ("claim", "period", "name")}
    | {read.figure_id for claim in CLAIMS.values() for read in claim.reads}
)  # fmt: skip
#: A figure that the catalogue lacks is there where a test gives it.
FUTURE: dict[object, Value | None] = {
    **FIRST, **LATER, **BANDS,
    **{
        slot.figure: {"ratio": Decimal("0.03"), "fen": 3 * YI, "count": 7}[slot.measure]
        for slot in slots() if slot.kind not in ("claim", "period", "name")
    },
    "name.innovation.platforms": 3,
}  # fmt: skip


@dataclass
class Holed(Books):
    """Books without some figures."""

    missing: frozenset[str] = field(default=frozenset())

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        held = super().get_many(asks)
        return [self._without(one) if one.ask.figure_id in self.missing else one for one in held]

    def _without(self, result: FigureResult) -> FigureResult:
        return Books({}, rest=False).get_many([result.ask])[0]


def clean(
    region: str, missing: frozenset[str], world: dict[object, int | Decimal | None], month: int = 11
) -> Report:
    scope = city_scope(region, 2022, date(2022, 12, 31), through_month=month)
    return Annual(Holed(world, missing=missing), scope, is_clean=True).report()


def body(report: Report) -> list[str]:
    """The paragraphs before the signature; one of running text each."""
    found = []
    for block in report.blocks():
        if isinstance(block, Signature):
            break
        if isinstance(block, Paragraph):
            found.append("".join(run.text for run in block.runs))
    return found[:-1]  # the line that names the annex


#: A case costs a whole report: what fails is told as it was drawn.
_UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
#: Joints with nothing on one side of them, words that something has to follow, marks of what is missing.
BROKEN = (
    r"[，、；：][，、；：。]", r"。[，、；。]", r"^[，、；：。]", r"[，、；：]$", r"[〔〕⟦⟧]", r"—（",
    r"(投入|支持|支持全.|带动|下达|拨付|其中|同比|收到|完成|兑付|实施|“一卡通”|达|为)[，、；。]",
    r"(并|和|与|达|为|其中|同比)$", r"None", r"（）",
)  # fmt: skip


@pytest.mark.parametrize("region", PLACES)
@given(
    missing=st.frozensets(st.sampled_from(FIGURES)),
    kept=st.frozensets(st.sampled_from(FIGURES), max_size=6),
    is_sparse=st.booleans(),
    is_false=st.booleans(),
    month=st.sampled_from([1, 11, 12]),
)
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None, phases=_UNSHRUNK)
def test_what_is_left_reads_whatever_is_missing(
    region: str, missing: frozenset[str], kept: frozenset[str], is_sparse: bool, is_false: bool, month: int
) -> None:
    gone = frozenset(FIGURES) - kept if is_sparse else missing
    report = clean(region, gone, {**FUTURE, **TRUE, **(FALSE if is_false else {})}, month)
    for paragraph in body(report):
        assert paragraph.endswith("。"), paragraph
        for wrong in BROKEN:
            assert not re.search(wrong, paragraph), (wrong, paragraph)
    assert not any(isinstance(run, GapRun) for run in report.runs())
    blocks = list(report.blocks())
    for block, after in pairwise(blocks):
        assert not (isinstance(block, Heading) and isinstance(after, Heading | Signature)), block
    _nothing_is_lost(report, region, gone, month)


def _nothing_is_lost(report: Report, region: str, gone: frozenset[str], month: int) -> None:
    """Each slot is said, or listed as left out or as not asked of the place."""
    scope = city_scope(region, 2022, date(2022, 12, 31), through_month=month)
    books = Holed({**FUTURE, **TRUE}, missing=gone)
    states = {state.slot.n: state for state in Annual(books, scope).states()}
    listed = {one.n for one in report.left_out}
    aside = {n for n, state in states.items() if state.reason and state.reason.text.startswith("不列入")}
    said = {run.key.split("@")[0] for run in report.runs() if hasattr(run, "key")}
    for n, state in states.items():
        slot = state.slot
        figure = f"name.{slot.name}" if slot.kind == "name" else slot.figure
        is_named = slot.kind == "period" or slot.name in PLACE_NAMES
        is_fallen = slot.kind == "claim" and n not in listed
        assert n in listed or n in aside or figure in said or is_named or is_fallen, slot
    assert not listed & aside


def test_all_that_is_there_is_said_and_nothing_listed() -> None:
    earlier: dict[object, Value | None] = {
        ("special.science_talent.yoy", 2021): Decimal("0.01"), ("expenditure.livelihood", 2021): YI,
    }  # fmt: skip
    world = {**FUTURE, **TRUE, **earlier}
    report = clean("150600", frozenset(), world, 12)
    assert report.left_out == ()
    assert "正文没有因缺数而略去的内容。" in report.text()
    scope = city_scope("150600", 2022, date(2022, 12, 31))
    assert body(report) == body(Annual(Holed(world), scope).report())


def test_what_is_left_out_says_why_and_who_brings_it() -> None:
    report = clean("150600", frozenset(), {})
    forest = next(one for one in report.left_out if one.n == "17")
    assert (forest.reason, forest.provider) == ("项目绩效产出尚无报送", "林草部门")
    table = next(block for block in report.blocks() if isinstance(block, Table))
    assert [cell.text for cell in table.header[0].cells] == ["所缺内容", "原因", "由谁提供"]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert ["林草建设面积", "项目绩效产出尚无报送", "林草部门"] in rows
    assert all(one.reason and one.provider for one in report.left_out)


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_heading_goes_with_what_stood_under_it(kind: str) -> None:
    report = clean("150600", frozenset(FIGURES), {})
    heads = [block.number + block.text for block in report.blocks() if isinstance(block, Heading)]
    assert heads == ["一、展望2023年，做好四件大事", "附件：数据口径和略去的内容"]
    assert len(render(report, kind)) > 10_000


_ONE_DRAWING = """# 某报告

## 一项

收入{{ fig('none') }}。
{{ more }}
:::chart bar 某图 | 单位：亿元
| | 收入 |
| 今年 | {{ fig('money') }} |
:::

## 另一项

有字。
"""


@pytest.mark.parametrize(("more", "stands"), [("", False), ("支出持平。\n", True)])
def test_a_part_without_a_sentence_has_no_heading_and_no_drawing(more: str, stands: bool) -> None:
    source = FakeSource({"none": "没有数", "money": 3 * YI})
    text = _ONE_DRAWING.replace("{{ more }}", more)
    report = compose_text(text, "t", source, fake_scope(), is_clean=True)
    heads = [block.text for block in report.blocks() if isinstance(block, Heading)]
    assert heads == (["一项", "另一项"] if stands else ["另一项"])
    assert any(isinstance(block, Chart) for block in report.blocks()) == stands
    assert ("图：某图" in [one.quantity for one in report.left_out]) != stands


def marked(text: str) -> str:
    """A text with {a} for the number a, as marks."""
    return re.sub(r"\{(\w)\}", lambda found: f"\ue000{ord(found[1])}\ue001", text)


def left(text: str, gone: str) -> str:
    told = pruned(marked(text), lambda mark: Mark.MISSING if chr(int(mark[1:-1])) in gone else Mark.THERE)
    return re.sub("\ue000(\\d+)\ue001", lambda found: chr(int(found[1])), told)


TALE = (
    "**收支**方面，截至6月，⟦收入{a}⟦，增长{b}⟧⟧；⟦支出{c}⟦，增长{d}⟧⟧。投入⟦衔接{e}⟧、⟦产业{f}⟧，支持振兴。"
)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("", "**收支**方面，截至6月，收入a，增长b；支出c，增长d。投入衔接e、产业f，支持振兴。"),
        ("a", "**收支**方面，截至6月，支出c，增长d。投入衔接e、产业f，支持振兴。"),
        ("bc", "**收支**方面，截至6月，收入a。投入衔接e、产业f，支持振兴。"),
        ("ac", "**收支**方面，投入衔接e、产业f，支持振兴。"),
        ("acf", "**收支**方面，投入衔接e，支持振兴。"),
        ("ef", "**收支**方面，截至6月，收入a，增长b；支出c，增长d。"),
        ("acef", ""),
    ],
)
def test_a_paragraph_without_what_is_missing(gone: str, said: str) -> None:
    assert left(TALE, gone) == said


@given(st.frozensets(st.sampled_from("abcdef")))
def test_what_goes_is_told(gone: frozenset[str]) -> None:
    told: list[str] = []
    text = pruned(
        marked(TALE), lambda mark: Mark.MISSING if chr(int(mark[1:-1])) in gone else Mark.THERE, told.append
    )
    assert sorted([*told, *re.findall("\ue000\\d+\ue001", text)]) == sorted(
        re.findall("\ue000\\d+\ue001", marked(TALE))
    )


def test_the_working_edition_has_all_clauses_and_brackets_must_fit() -> None:
    assert whole("⟦收入⟦，增长⟧⟧。") == "收入，增长。"
    for wrong in ("⟦收入。支出⟧", "收入⟧。", "⟦收入。"):
        with pytest.raises(ValueError, match=r"分句|没有对应"):
            pruned(wrong, lambda _: Mark.THERE)


def test_the_clean_edition_has_no_column_and_no_bar_without_a_number() -> None:
    text = (
        "# 报告\n\n:::table 收入 | 单位：万元\n| 项目 | 上年 | 本年 |\n"
        "| 税收 | {{ fig('gone') }} | {{ fig('there') }} |\n:::\n\n"
        ":::chart bar 收入 | 单位：亿元\n| | 上年 | 本年 |\n"
        "| 税收 | {{ fig('gone') }} | {{ fig('there') }} |\n"
        "| 非税 | {{ fig('gone') }} | {{ fig('gone') }} |\n:::\n"
    )
    source = FakeSource({"there": 3 * YI, "gone": "没有"})
    clean, working = (
        list(compose_text(text, "例", source, fake_scope(), is_clean=is_clean).blocks())
        for is_clean in (True, False)
    )
    table = next(block for block in clean if isinstance(block, Table))
    assert [cell.text for cell in table.header[0].cells] == ["项目", "本年"]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["税收", "30,000"]]
    chart = next(block for block in clean if isinstance(block, Chart))
    assert (chart.labels, chart.series) == (("税收",), ("本年",))
    assert len(next(block for block in working if isinstance(block, Table)).header[0].cells) == 3


def test_every_growth_that_a_first_year_lacks_is_told_as_one() -> None:
    reason = "没有上年同期数可比"
    names = ("一般公共预算收入增长率", "税收收入增长率：增值税", "税收收入增长率：契税", "对下补助支出增长率")
    told = gathered(
        [*(LeftOut("", name, reason, "") for name in names), LeftOut("", "民生支出", "没有数", "")]
    )
    assert [one.quantity for one in told] == [
        "一般公共预算收入增长率、税收收入增长率：增值税等 4 项",
        "民生支出",
    ]
