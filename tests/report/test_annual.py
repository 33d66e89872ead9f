"""The annual summary: a clause for every slot, claims only while true, gaps in plain sight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest

from fisc.catalogue import CATALOGUE
from fisc.reading.algebra import Unit
from fisc.report.annual import TEMPLATE, Annual, region_words
from fisc.report.claims import CLAIMS, Facts
from fisc.report.formats import RENDERERS, render
from fisc.report.marks import Marks
from fisc.report.model import FigureRun, Signature, Table
from fisc.report.ports import BreakdownRow, FigureAsk, FigureResult, Value, VoucherRow
from fisc.report.reasons import absent, why
from fisc.report.slots import SlotState, slots, slots_of
from fisc.report.source import city_scope
from fisc.report.template import TEMPLATES
from fisc.report.views import Desk

SCOPE = city_scope("150600", 2022, date(2022, 12, 31))
CUT = replace(SCOPE, through_month=11)
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


def _unit(value: Value | None) -> Unit:
    """The unit of a figure that the catalogue lacks, by the value a test gives it."""
    if isinstance(value, Decimal):
        return Unit.RATIO
    return Unit.FEN if value and abs(value) >= YI // 10 else Unit.COUNT


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
        unit = figure.unit if figure else _unit(self.values.get(ask.figure_id))
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
    return {state.slot.n: state for state in Annual(books, CUT).states()}


def text(books: Books, month: int = 11) -> str:
    return re.sub(r"\s+", "", Annual(books, replace(SCOPE, through_month=month)).report().text())


def body(books: Books) -> str:
    return text(books).split("现将")[1].split("附件：")[0]


def test_every_slot_is_said_once_and_in_order() -> None:
    words = (TEMPLATES / TEMPLATE).read_text(encoding="utf-8")
    verbs = "slot|grew|rose|raised|dropped|beyond_plan|lowest|said|verdict|rival"
    said = re.findall(rf"\b(?:{verbs})\('([^']+)'", words)
    assert list(dict.fromkeys(said)) == [slot.name for slot in slots()]
    verbs = "slot|grew|rose|raised|dropped|beyond_plan|lowest"
    numbers = re.findall(rf"\b(?:{verbs})\('([^']+)'", words)
    claims = {slot.name for slot in slots() if slot.kind == "claim"}
    assert len(numbers) == len(set(numbers)) == len(slots()) and claims <= set(numbers)


def test_it_has_four_sections_an_outlook_and_an_annex() -> None:
    report = Annual(Books(), CUT).report()
    heads = [section.heading.text for section in report.sections if section.heading]
    for head, word in zip(heads, ("“稳”", "“保”", "“增”", "“抓”", "展望2023年", "口径"), strict=True):
        assert word in head
    assert report.title == "鄂尔多斯市财政局2022年工作总结"
    kinds = [type(block) for block in report.blocks()]
    assert kinds.count(Signature) == 1 and kinds[-1] is Table


@pytest.mark.parametrize("month", [1, 6, 11, 12])
def test_the_cut_off_month_is_said_where_figures_are(month: int) -> None:
    said = text(Books(), month)
    assert said.count(f"截至{month}月底") == 3
    assert not re.search(rf"截至(?!{month}月底)\d+月", said)


def test_the_slots_are_known_and_their_gaps_have_reasons() -> None:
    found = states(Books())
    assert list(found) == [slot.n for slot in slots()] and len(found) == 90
    assert found["1"].value == 11 and found["19"].value == "鄂尔多斯市"
    assert found["2"].value == 12 and found["2"].exact == 12 * YI and found["2"].rows == 1
    assert found["3"].value == Decimal("9.86") and found["35"].value == Decimal("4.4")
    assert found["16"].state == "gap" and found["16"].reason == absent("output.watershed")
    assert all(state.reason and state.reason.text for state in found.values() if state.state == "gap")


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_fresh_ledger_gives_a_summary_of_gaps(kind: str) -> None:
    report = Annual(Books(rest=False), SCOPE).report()
    found = Annual(Books(rest=False), SCOPE).states()
    assert {s.slot.kind for s in found if s.state == "filled"} == {"period", "name"}
    assert len(report.gaps()) > 80 and not any(isinstance(run, FigureRun) for run in report.runs())
    assert len(render(report, kind)) > 10_000


def test_a_reason_is_said_once_and_then_by_its_letter() -> None:
    said = text(Books())
    assert said.count("〔缺A：") == 1 and said.index("〔缺A：") < said.index("〔缺A〕")
    assert "小流域〔缺A：项目绩效产出尚无报送〕平方公里，完成林草生态建设〔缺A〕万亩" in said
    rows = next(block for block in Annual(Books(), SCOPE).report().blocks() if isinstance(block, Table)).rows
    first = [cell.text for cell in rows[0].cells]
    assert first[0] == "A" and "小流域治理面积、林草建设面积" in first[2]
    assert [row.cells[0].text for row in rows] == sorted(set(re.findall(r"〔缺([A-Z])", said)))


def test_a_gap_reads_as_a_clause_with_its_unit() -> None:
    said = text(Books({"stat.income_urban.delta": None, "transfers.to_banners.yoy": None}, rest=False))
    assert re.search(r"同比增减〔缺[A-Z](：[^〕]+)?〕%", said)
    assert re.search(r"人均可支配收入比上年增减〔缺[A-Z](：[^〕]+)?〕元", said)
    assert re.search(r"低保标准调整〔缺[A-Z](：[^〕]+)?〕%", said)
    assert re.search(r"债务率升降〔缺[A-Z](：[^〕]+)?〕个百分点", said)
    assert not re.search(r"(增长|增加|提高|下降|减少)〔缺", said)
    page = render(Annual(Books(rest=False), CUT).report(), "html").decode()
    assert "〕</a>&NoBreak;%" in page and "〕</a>%" not in page and "&lt;/a&gt;" not in page


def test_every_number_printed_is_a_figure_that_opens() -> None:
    report = Annual(Books(FIRST | LATER), CUT).report()
    page = render(report, "html").decode()
    for run in report.runs():
        if isinstance(run, FigureRun):
            assert f">{run.text}</a>" in page
    assert render(report, "html") == render(Annual(Books(FIRST | LATER), CUT).report(), "html")


def test_each_amount_is_in_the_unit_that_fits_it() -> None:
    """A small amount says nothing of the unit of those beside it."""
    vouchers: dict[str, Value] = {
        "benefits.vouchers": YI // 8, "benefits.vouchers.driven": 2 * YI, "benefits.car": YI // 3,
        "benefits.car.driven": 9 * YI,
    }  # fmt: skip
    said = body(Books(vouchers))
    assert "兑付消费券1,250万元，带动消费2.00亿元；发放购车补贴3,333.33万元，带动汽车消费9.00亿元。" in said


def test_first_place_is_said_only_with_three_first_places() -> None:
    assert "三项都居首位" in text(Books(FIRST))
    assert states(Books(FIRST))["5a"].value is True
    second = text(Books(FIRST | {RANKS[2]: 2}))
    assert "三项都居首位" not in second and "增量列第1位、增速列第2位" in second
    gap = states(Books(dict.fromkeys(RANKS), rest=False))["5a"]
    assert (gap.state, gap.value) == ("gap", None)
    assert "在全区各盟市中的位次〔缺" in text(Books(dict.fromkeys(RANKS), rest=False))


def test_a_record_needs_an_earlier_year_to_beat() -> None:
    key = "expenditure.livelihood"
    past: dict[object, Value | None] = {(key, 2021): 400 * YI, (key, 2020): 450 * YI}
    record = Books(past | {(key, 2022): 500 * YI})
    assert states(record)["40a"].value is True and "，高于2020—2021年各年同期。" in text(record)
    assert "与账上可比的2020—2021年各年相比" in text(record)
    once = text(Books({(key, 2022): 500 * YI, (key, 2021): 400 * YI}))
    assert "，高于2021年同期。" in once and "各年" not in once[: once.index("附件：")]
    beaten = Books(past | {(key, 2022): 440 * YI})
    assert states(beaten)["40a"].value is False
    assert "，没有超过2020年的450.00亿元。" in text(beaten)
    alone = states(Books({(key, 2022): 500 * YI}))["40a"]
    assert (alone.state, alone.value) == ("gap", None)
    assert alone.reason is not None and "更早年度" in alone.reason.text
    said = text(Books({(key, 2022): 500 * YI}))
    assert re.search("，是否为历年最高〔缺[A-Z]+：账上没有更早年度的同期民生支出可比〕", said)
    assert "不作判断账上没有更早年度的同期民生支出可比" in said


def test_a_growth_record_needs_growth() -> None:
    key = "special.science_talent.yoy"
    grown = Books({(key, 2022): Decimal("0.3"), (key, 2021): Decimal("0.2")})
    assert states(grown)["21a"].value is True and "，增幅高于2021年。" in text(grown)
    falling = Books({(key, 2022): Decimal("-0.1"), (key, 2021): Decimal("-0.2")})
    reason = states(falling)["21a"].reason
    assert reason is not None and reason.text == "投入没有比上年增长"
    assert "同比下降10.0%，投入没有比上年增长" in text(falling)
    slower = Books({(key, 2022): Decimal("0.1"), (key, 2021): Decimal("0.2")})
    assert "同比增长10.0%，增幅没有超过2021年的20.0%" in text(slower)


BANDS: dict[object, Value | None] = {("debt.risk_band", 2021): 4, ("debt.risk_band", 2022): 3}
TRUE: dict[object, Value | None] = {**FIRST, **LATER, **BANDS, ("debt.balance.yoy", 2022): Decimal("-0.02")}
FALSE: dict[object, Value | None] = {
    "debt.ratio.drop": Decimal("-0.01"), "output.elderly_coverage": Decimal("0.9"),
    "debt.hidden.balance": 5 * YI, "oversight.idle.to_livelihood": 2 * YI, "oversight.arrears.overdue": 1,
    "procurement.offline": 3, "stat.income_lifted.yoy": Decimal("0.01"), ("debt.risk_band", 2022): 4,
}  # fmt: skip
#: What is said where a claim stands, where it fell, and where it cannot be told.
SAID = {
    "32a": ("同时高于全市和全区农村居民收入增速", "脱贫人口收入增长1.0%，全市农村居民收入增长9.9%，全区",
            "农村居民的比较〔缺"),
    "62a": ("养老服务已全部覆盖", "养老服务覆盖率90.0%，尚未全部覆盖", "养老服务的覆盖情况〔缺"),
    "71a": ("全部重新安排用于民生", "重新安排用于民生2.00亿元，两者不相等", "重新安排的去向〔缺"),
    "73a": ("伊金霍洛旗隐性债务余额为零", "各旗区隐性债务均未清零，全市余额5.00亿元", "隐性债务清零情况〔缺"),
    "73b": ("伊金霍洛旗退出红色风险等级", "没有旗区退出红色风险等级，仍在红色等级的有东胜区、",
            "退出红色风险等级情况〔缺"),
    "74a": ("东胜区债务率下降3.1个百分点，全市债务规模和债务率同时下降",
            "东胜区债务率上升1.0个百分点，全市政府债务余额下降2.0%，两者没有同时下降",
            "全市债务规模和债务率的总体变化〔缺"),
    "74b": ("账款没有逾期未付的", "账款仍有逾期未付的", "账款的清偿情况〔缺"),
    "77a": ("采购全程网上办理，跨区域远程异地评审2次", "线下办理的采购3项，跨区域远程异地评审2次，",
            "采购网上办理和远程异地评审情况〔缺"),
}  # fmt: skip


@pytest.mark.parametrize("n", SAID)
def test_a_claim_is_said_as_it_is(n: str) -> None:
    worlds = (Books(TRUE), Books(TRUE | FALSE), Books({"stat.income_lifted.yoy": None}))
    assert [states(books)[n].value for books in worlds] == [True, False, None]
    texts = [text(books) for books in worlds]
    for at, words in enumerate(SAID[n]):
        assert [words in one for one in texts] == [place == at for place in range(3)], words


def test_words_of_a_claim_open_to_what_it_rests_on() -> None:
    report = Annual(Books(TRUE), CUT).report()
    claim = next(run for run in report.runs() if isinstance(run, FigureRun) and run.text == "三项都居首位")
    figure = report.exhibits[claim.key]
    assert [operand.ask.figure_id for operand in figure.operands] == list(RANKS)
    assert "都列第1位" in figure.definition_zh


def test_the_smallest_growth_of_key_areas_is_rounded_down() -> None:
    key = "expenditure.key_areas.min_yoy"
    assert "四类支出的增速均在9%以上，最低的一类支出增长9.9%" in text(Books({key: Decimal("0.0986")}))
    falling = Books({key: Decimal("-0.012")})
    assert "四类支出中增速最低的一类支出下降1.2%" in text(falling)
    assert states(falling)["43"].value == Decimal("-1.2")
    assert "四类支出中增速最低的一类支出增长0.5%" in text(Books({key: Decimal("0.0051")}))


@dataclass
class Areas(Books):
    """Books in which the least growth of the key areas names what it is the least of."""

    def _get(self, ask: FigureAsk) -> FigureResult:
        found = super()._get(ask)
        if ask.figure_id != "expenditure.key_areas.min_yoy":
            return found
        parts = ("education", "social_security", "health", "urban_rural")
        asks = (replace(ask, figure_id=f"expenditure.{part}.yoy") for part in parts)
        return replace(found, operands=tuple(super(Areas, self)._get(one) for one in asks))


def test_all_that_tie_for_the_lowest_are_named() -> None:
    low = ("expenditure.key_areas.min_yoy", "expenditure.education.yoy", "expenditure.health.yoy")
    tied: dict[object, Value | None] = dict.fromkeys(low, Decimal("0.11"))
    rest = dict.fromkeys(("expenditure.social_security.yoy", "expenditure.urban_rural.yoy"), Decimal("0.2"))
    said = text(Areas(tied | rest))
    assert "四类支出的增速均在11%以上，最低的教育支出和卫生健康支出均增长11.0%" in said
    alone = text(Areas(tied | rest | {"expenditure.health.yoy": Decimal("0.12")}))
    assert "最低的教育支出增长11.0%" in alone
    near = text(Areas(tied | rest | {one: Decimal("0.1997") for one in low}))
    assert "四类支出的增速均在19%以上，最低的教育支出和卫生健康支出均增长19.97%" in near


def test_growth_and_decline_follow_the_data() -> None:
    fallen = text(Books({"transfers.to_banners.payments.yoy": Decimal("-0.05")}))
    assert "同比下降5.0%，为旗区兑现民生政策" in fallen
    assert "城镇居民人均可支配收入比上年增加2,700元" in text(Books({"stat.income_urban.delta": 270_000}))
    assert "农牧民人均可支配收入比上年减少30元" in text(Books({"stat.income_rural.delta": -3_000}))
    flat = Books({"revenue.general.yoy": Decimal("0.0001"), "stat.income_rural.delta": 0})
    assert "同比持平" in text(flat) and "农牧民人均可支配收入比上年没有变化" in text(flat)
    opens = [run.text for run in Annual(flat, SCOPE).report().runs() if isinstance(run, FigureRun)]
    assert "持平" in opens and "没有变化" in opens
    assert "化解政府隐性债务3.00亿元，比年度计划少1.00亿元" in text(
        Books({"debt.hidden.resolved": 3 * YI, "debt.hidden.over_plan": -YI})
    )


def test_words_are_true_to_the_scope_of_the_figure() -> None:
    said = body(Books())
    own = {slot.n for slot in slots() if slot.scope == "own"}
    assert own == {*map(str, (*range(7, 16), 20, 21, 29, 30, 33, 46, 75, 79, 80, 81)), "21a"}
    for words in (
        "市级财政投入黄河",
        "市级财政投入科技",
        "市级财政投入乡村",
        "市本级压减",
        "市级财政向市属",
        "市级财政兑付产业",
        "市级财政下达涉农",
        "市级财政拨付职业",
        "市级重点绩效",
        "市级下达旗区",
        "全市投入疫情",
        "全市拨付辅警",
        "全市收到上级",
        "全市民生支出",
        "全市教育、社会",
    ):
        assert words in said, words


#: What a sentence may call the place of a slot by its scope; a county has its own name.
NAMED = {"own": ("市级", "市本级"), "whole": ("全市",), "150602000": ("东胜区",)}
PLACE = re.compile("全市|市本级|市级|" + "|".join(one.name for one in SCOPE.counties))


def test_no_sentence_names_another_place_than_its_slot_is_about() -> None:
    """Of every number that a slot prints: what it was asked of, and what place its sentence last named."""
    report = Annual(Books(TRUE), SCOPE, 12).report()
    scopes = {slot.figure: slot.scope for slot in slots() if slot.kind not in ("claim", "period", "name")}
    codes = {"whole": SCOPE.whole, "own": SCOPE.level}
    told = set()
    for block in report.blocks():
        said = ""
        for run in getattr(block, "runs", ()):
            ask = report.exhibits[run.key].ask if isinstance(run, FigureRun) else None
            if ask and (scope := scopes.get(ask.figure_id)):
                assert ask.region == codes.get(scope, scope), ask.figure_id
                named = PLACE.findall(re.split("[。；]", re.sub(r"\s", "", said))[-1])
                if named:
                    assert named[-1] in NAMED[scope], (said[-30:], run.text)
                    told.add(scope)
            said += run.text
    assert told == set(NAMED)


def test_another_province_has_its_own_words() -> None:
    scope = city_scope("530700", 2022, date(2022, 12, 31))
    said = re.sub(r"\s+", "", Annual(Books(), scope).report().text())
    assert "全省各市（州）" in said and "县（区）" in said
    assert not re.search("盟市|旗区|牧区|农牧民|涉牧", said) and "涉农资金" in said


@pytest.mark.parametrize("code", ["410600", "330800", "530700"])
def test_a_theme_that_is_not_a_place_s_own_names_no_other_place(code: str) -> None:
    scope = city_scope(code, 2022, date(2022, 12, 31))
    said = re.sub(r"\s+", "", Annual(Books(rest=False), scope).report().text())
    assert "本地没有设定这个专题，账上也没有这项数" in said
    assert "鄂尔多斯" not in said and "内蒙古" not in said


@dataclass
class Sectors(Books):
    """Books whose major projects are of the sectors given, each with its fen."""

    sectors: Mapping[str, int] = field(default_factory=dict)

    def _get(self, ask: FigureAsk) -> FigureResult:
        found = super()._get(ask)
        parts = tuple(BreakdownRow(name, name, fen) for name, fen in self.sectors.items())
        return replace(found, breakdown=parts) if ask.figure_id == "capital.major_projects" else found


@pytest.mark.parametrize(
    ("sectors", "told"),
    [
        ({"水利": YI, "轨道交通": 2 * YI, "其他": 9 * YI}, "。轨道交通、水利等"),
        ({"其他": YI}, "。"),
        ({}, "。"),
    ],
)
def test_sectors_are_those_that_the_books_name(sectors: Mapping[str, int], told: str) -> None:
    said = text(Sectors(sectors=sectors), 12)
    assert f"{told}重大项目得到资本金12.00亿元" in said


def test_a_claim_reads_only_what_it_declares() -> None:
    desk = Desk(Books(TRUE), Marks())
    for claim in CLAIMS.values():
        facts = Facts(desk, SCOPE)
        assert claim.judge(facts).state == "unknown" or not desk.wanted  # not judged before all is fetched
        desk.known |= {key: desk.source.get_many([ask])[0] for key, ask in desk.wanted.items()}
        desk.wanted.clear()
        verdict = claim.judge(Facts(desk, SCOPE))
        assert not desk.wanted and verdict.reason != "尚未取数"
        declared = {ask.key for read in claim.reads for ask in read.asks(SCOPE)}
        assert {result.ask.key for result in verdict.figures} <= declared
        with pytest.raises(LookupError, match="没有申报"):
            replace(claim, reads=()).judge(Facts(desk, SCOPE))


@pytest.mark.parametrize(
    ("city", "words"),
    [
        ("150600000", ("自治区", "全区", "全区各盟市", "旗区")),
        ("530700000", ("省", "全省", "全省各市（州）", "县（区）")),
        ("640100000", ("自治区", "全区", "全区各市", "县（市、区）")),
        ("450700000", ("自治区", "全区", "全区各市", "县（区）")),
    ],
)
def test_a_province_and_its_cities_are_called_what_they_are(city: str, words: tuple[str, ...]) -> None:
    found = region_words(city)
    assert tuple(found[name] for name in ("province", "whole_province", "peers", "below")) == words


@pytest.mark.parametrize(
    ("place", "own", "province"),
    [("150602", "全区", "全自治区"), ("150622", "全旗", "全区"), ("530702", "全区", "全省")],
)
def test_a_district_and_its_autonomous_region_are_not_called_alike(
    place: str, own: str, province: str
) -> None:
    scope = city_scope(place, 2022, date(2022, 12, 31))
    words = region_words(scope.level)
    assert (scope.told_word, scope.area_word, words["whole_province"]) == (own, own, province)
    assert words["peers"].startswith(province)
    [rural] = [slot for slot in slots_of(scope) if slot.figure == "claim.rural_income"]
    assert rural.quantity.startswith(f"脱贫人口收入增速高于{own}和{province}农村")


def test_an_own_level_is_reported_by_nine_digits_and_called_so() -> None:
    own, whole = (city_scope(code, 2022, date(2022, 12, 31)) for code in ("410600000", "410600"))
    assert (own.whole, own.counties, own.whole_word) == ("410600000", (), "市本级")
    assert (whole.whole, whole.whole_word, whole.own_word) == ("410600998", "全市", "市本级")
    assert city_scope("152500", 2022, date(2022, 12, 31)).whole_word == "全盟"


@pytest.mark.parametrize(
    ("code", "name", "area"),
    [("330881", "市本级", "全市"), ("150602000", "区本级", "全区"), ("410522", "县本级", "全县")],
)
def test_a_county_s_own_report_says_nothing_of_what_lies_below(code: str, name: str, area: str) -> None:
    scope = city_scope(code, 2022, date(2022, 12, 31))
    assert (scope.whole, scope.counties, scope.below) == (scope.level, (), "")
    report = Annual(Books(), scope).report()
    said = re.sub(r"\s+", "", report.text())
    assert f"{area}一般公共预算收入" in said and f"收支只含{name}账上的数" in said
    told = said.split("附件：")[0]
    foreign = ("下达县级", "下达旗", "帮助", "隐性债务清零", "县级隐性债务", "退出红色", "位次", "旗区")
    for words in (*foreign, *(() if area == "全市" else ("市级", "市本级", "全市"))):
        assert words not in told, words
    assert "对下转移支付 涉及下级地区，本总结只含本级" in report.text()
    states = {state.slot.name: state for state in Annual(Books(), scope).states()}
    reason = states["claim.left_red"].reason
    assert reason is not None and reason.text == "不列入：涉及下级地区，本总结只含本级"
    quantities = [state.slot.quantity for state in states.values()]
    assert f"{area}一般公共预算收入" in quantities


def test_an_own_level_compares_its_people_with_all_of_the_city_s() -> None:
    scope = city_scope("330800000", 2022, date(2022, 12, 31))
    said = re.sub(r"\s+", "", Annual(Books(rest=False), scope).report().text())
    assert "脱贫人口收入增速与全市、全省农村居民的比较" in said
    assert "不含所属县（市、区）" in said and "全市一般公共预算" not in said


def test_a_whole_that_cannot_be_formed_says_which_level_can_be_asked() -> None:
    silent = FigureResult(
        FigureAsk("revenue.general", "410600998", 2026), "收入", "", "1", "", "fen", None,
        gap_reason="没有公布的辖区合计，而 410602000 在 2026 年没有记过这套账，全市数无法合成",
    )  # fmt: skip
    reason = why(silent, lambda _: True)
    assert "全市的数合不成" in reason.text and "410600000" in reason.text


def test_a_place_that_settled_no_livelihood_set_says_so() -> None:
    """The books know no number, and no other city's set is named."""
    scope = city_scope("410100", 2022, date(2022, 12, 31))
    gap = "410100998 没有设定民生支出口径：这个数要先说明包括哪些类"

    class Unsettled(Books):
        def _get(self, ask: FigureAsk) -> FigureResult:
            found = super()._get(ask)
            is_livelihood = ask.figure_id == "expenditure.livelihood"
            return replace(found, value=None, gap_reason=gap) if is_livelihood else found

    report = Annual(Unsettled(), scope).report()
    said = re.sub(r"\s+", "", report.text())
    assert re.search(r"全市民生支出〔缺[A-Z]+：本地没有设定民生支出口径〕亿元", said)
    assert "郑州市也没有设定自己的口径，不借用别处的口径" in said and "威海" not in said
    clean = Annual(Unsettled(), scope, is_clean=True).report()
    assert ("39", "本地没有设定民生支出口径") in [(one.n, one.reason) for one in clean.left_out]
