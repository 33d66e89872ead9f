"""From template text to the document model: words, figures, gaps, refusals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fisc.report.errors import FontCoverageError, TemplateError
from fisc.report.fonts import missing
from fisc.report.model import Chart, FigureRun, GapRun, Heading, Note, Paragraph, Report, Table
from fisc.report.parser import chinese
from fisc.report.template import compose_text
from tests.report.fake import sample, scope


def words(template: str, **changes: int | Decimal | str) -> str:
    made = compose_text(template, "t.md", sample(**changes), scope())
    return "\n".join("".join(run.text for run in b.runs) for b in made.blocks() if isinstance(b, Paragraph))


def first(made: Report, kind: type) -> object:
    return next(block for block in made.blocks() if isinstance(block, kind))


def test_headings_number_themselves(report: Report) -> None:
    heads = [block for block in report.blocks() if isinstance(block, Heading)]
    assert [(h.level, h.number) for h in heads] == [(1, "一、"), (2, "（一）"), (3, "1."), (1, "二、")]
    assert [chinese(n) for n in (1, 10, 11, 20, 34)] == ["一", "十", "十一", "二十", "三十四"]


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        ("0.0186", "比上年增长1.9%"),
        ("-0.0186", "比上年下降1.9%"),
        ("0.0004", "比上年持平"),
        ("-0.0004", "比上年持平"),
    ],
)
def test_growth_wording_follows_the_data(ratio: str, said: str) -> None:
    text = words("比上年{{ city.change('money.total.yoy') }}", **{"money.total.yoy": Decimal(ratio)})
    assert text == said


def test_growth_over_nothing_is_a_dash_with_its_reason() -> None:
    assert words("收入{{ city.change('money.new.yoy') }}。") == "收入增速为—（上年为零）。"


def test_amount_changes_follow_the_sign() -> None:
    say = "余额{{ city.amount_change('money.total') }}"
    assert words(say, **{"money.total": 2 * 10**10}) == "余额增加2.00亿元"
    assert words(say, **{"money.total": -2 * 10**10}) == "余额减少2.00亿元"
    assert words(say, **{"money.total": 0}) == "余额没有变化"


def test_claims_stand_only_while_the_data_says_so() -> None:
    say = "{{ city.claim('money.total.completion', yes='完成预算', no='未完成预算', at_least=1) }}。"
    assert words(say, **{"money.total.completion": Decimal("1.02")}) == "完成预算。"
    assert words(say, **{"money.total.completion": Decimal("0.98")}) == "未完成预算。"
    assert words(say, **{"money.total.completion": "没有预算数"}) == "。"


def test_each_amount_of_a_sentence_is_in_its_own_fitting_unit() -> None:
    say = "收入{{ fig('money.total') }}，其中{{ fig('money.small') }}。支出{{ fig('money.tax') }}。"
    assert words(say) == "收入56.78亿元，其中374万元。支出28.88亿元。"


def test_a_gap_is_visible_and_never_a_zero(report: Report) -> None:
    paragraphs = [block for block in report.blocks() if isinstance(block, Paragraph)]
    gaps = [run.text for block in paragraphs for run in block.runs if isinstance(run, GapRun)]
    assert gaps == ["〔缺A：账上没有发生额〕", "—（上年为零）"]
    assert {gap.reason for gap in report.gaps()} == {"账上没有发生额"}
    assert {report.exhibits[gap.key].gap_reason for gap in report.gaps()} == {"表六没有这一行"}


def test_tables_have_units_numbers_to_the_right_and_short_gaps(report: Report) -> None:
    table = first(report, Table)
    assert isinstance(table, Table)
    assert (table.unit, table.is_numeric) == ("万元", (False, True, True))
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["合计", "567,755", "0.2"],
        ["税收收入", "288,755", "-11.8"],
        ["冲减", "-1,416", "—"],
        ["没有", "〔缺〕", "—"],
    ]
    assert [row.is_total for row in table.rows] == [True, False, False, False]
    assert [row.cells[0].depth for row in table.rows] == [0, 1, 1, 1]


def test_chart_data_are_figures_and_a_chart_without_data_is_a_note(report: Report) -> None:
    charts = [block for block in report.blocks() if isinstance(block, Chart)]
    assert [chart.caption for chart in charts] == ["收入构成"]
    point = charts[0].values[0][0]
    assert isinstance(point, FigureRun)
    assert (point.number, point.key) == (Decimal("28.8755"), "money.tax@530700998/2025")
    notes = [block for block in report.blocks() if isinstance(block, Note)]
    assert any("没有数据的图" in note.runs[0].text for note in notes)


def test_every_number_names_a_figure_that_the_report_carries(report: Report) -> None:
    keys = {run.key for run in report.runs() if isinstance(run, FigureRun | GapRun)}
    assert keys <= set(report.exhibits)
    assert len(keys) > 8


def test_figures_are_asked_for_in_a_few_rounds_and_each_once() -> None:
    source = sample()
    say = "{% if city.value('money.total') %}{{ fig('money.tax') }}{{ fig('money.tax') }}{% endif %}"
    made = compose_text(say, "t.md", source, scope())
    assert source.calls == 2
    assert list(made.exhibits) == ["money.total@530700998/2025", "money.tax@530700998/2025"]


def test_words_written_as_constants_stand_in_every_round() -> None:
    say = (
        "{{ '**甲**' }}{% if city.value('money.total') %}乙{{ fig('money.tax') }}{{ '丙' ~ '丁' }}{% endif %}"
    )
    assert words(say).startswith("**甲**乙") and words(say).endswith("丙丁")


def test_narrowed_figures_are_figures_of_their_own() -> None:
    made = compose_text(
        "{{ fig('money.tax', rev_func_code='10101') }}{{ fig('money.tax') }}", "t.md", sample(), scope()
    )
    assert list(made.exhibits) == ["money.tax@530700998/2025,rev_func_code=10101", "money.tax@530700998/2025"]


@pytest.mark.parametrize(
    "name",
    [
        "甲|乙",
        "# 甲",
        "**甲**",
        ":::table",
        "甲\n## 乙",
        "{{ fig }}",
        "<b>&amp;",
        "> 甲",
        "甲||乙",
    ],
)
def test_names_from_data_are_never_read_as_markup(name: str) -> None:
    plain = name.replace("\n", " ")
    text = """\
# 题{{ scope.name }}
{{ scope.name }}完。
:::table 表{{ scope.name }} | 单位：万元
| 甲 | 乙 |
| {{ scope.name }} | {{ fig('money.tax') }} |
:::
"""
    made = compose_text(text, "t.md", sample(), scope(name=name))
    paragraph, table, _ = made.blocks()
    assert made.title_lines == (f"题{plain}",)
    assert isinstance(paragraph, Paragraph) and isinstance(table, Table)
    assert "".join(run.text for run in paragraph.runs) == f"{plain}完。"
    assert (table.caption, table.unit) == (f"表{plain}", "万元")
    assert table.rows[0].cells[0].text == plain


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("好\n\n{{ fig('no.such') }}", r"第 3 行 no\.such"),
        ("\n{% if false %}{{ city.change('no.such') }}{% endif %}", r"第 2 行 no\.such"),
        ("一\n{{ fig('money' ~ '.none') }}", r"第 2 行.*money\.none"),
        ("一\n\n\n{{ nobody }}", "第 4 行用了没有的名字"),
        ("一\n{% if %}", "第 2 行写法有误"),
        (":::table 表 | 单位：万元\n| 甲 |\n| 乙 |", "没有用 ::: 结束"),
        (":::table 表 | 单位：万元\n| 甲 | 乙 |\n| 丙 |\n:::", "有一行是 1 格，表头是 2 格"),
        (":::table 表 | 单位：万元\n| 甲 | 乙 |\n:::", "没有数据行"),
        (":::chart pie 图 | 单位：万元\n| | 甲 |\n| 乙 | {{ fig('money.tax') }} |\n:::", "没有“pie”这种图"),
        ("# 标题{{ fig('money.tax') }}", "只能写文字"),
        ("##### 太深", "标题最多三级"),
        ("::: 什么", "看不懂这一行"),
    ],
)
def test_refusals_say_what_and_where(template: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        compose_text(template, "t.md", sample(), scope())


def test_a_template_cannot_reach_into_python() -> None:
    with pytest.raises(Exception, match=r"unsafe|没有"):
        compose_text("{{ scope.__class__.__mro__ }}", "t.md", sample(), scope())


def test_characters_without_a_glyph_are_refused_by_name() -> None:
    assert missing("一般公共预算，①～“”℃") == []
    with pytest.raises(FontCoverageError, match="U\\+20BB7"):
        compose_text("这是𠮷字", "t.md", sample(), scope())
