"""Money from above is spent from a registered receipt: once, to what is left of it, however it is written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Final

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.budget import services as budget
from fisc.budget.services.quota_flow import Signed
from fisc.documents import NotFound, Officer, RuleBroken, define_officers
from fisc.follow import follow_source
from fisc.kernel import Coding, DuplicateConflict, LedgerError, QuotaShortfall, credit, debit, post
from fisc.kernel.entries import Entry
from fisc.sheets.text import paper_number
from fisc.transfers import services as tr
from tests.papers import a_document
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    OTHER,
    UP,
    YEAR,
    Conn,
    arranged,
    hands,
    issued,
    own_budget,
    passed_on,
    pool,
    source,
)

#: Three ways in which the number UP may be typed.
WRITTEN = ("内财预[2022]12号", "内财预（2022）12 号", "内财预【２０２２】第０１２号")
SIGNED: Final[Signed] = {"by": "b-maker", "reviewed_by": "b-office", "approved_by": "b-head", "on": DAY}


def staffed(conn: Conn) -> None:
    """Officers of the city's budget, beside those of its transfers."""
    named = {"b-maker": "budget_make", "b-office": "office_review", "b-head": "budget_approve"}
    define_officers(conn, [Officer(code, code, "", frozenset({duty})) for code, duty in named.items()])


@pytest.fixture
def desks(city: Conn) -> Conn:
    """The city with officers of its budget too."""
    staffed(city)
    return city


def quotas(number: str, fen: int, doc_no: str = "鄂财指〔2022〕1号", **more: str) -> budget.QuotaDocument:
    """One quota of the city's under a number from above, out of what was received unless told otherwise."""
    coding = Coding(YEAR, CITY, "111", exp_func_code="2050202", source_type_code="2")
    given: dict[str, str] = {"base": "received", "source": "transfer"} | more
    line = budget.QuotaLine(f"Q-{doc_no}", fen, coding, is_executable=False)
    return budget.QuotaDocument(doc_no, CITY, YEAR, DAY, "下达指标", (line,), sup_bgt_doc_no=number, **given)


# ---- numbers in one form


def test_however_it_is_written_a_number_is_one_receipt(city: Conn) -> None:
    assert tr.receive(city, [source(900)], **hands(), on=DAY) == [True]
    for number in WRITTEN:
        assert tr.receive(city, [source(900, number)], **hands(), on=DAY) == [False]
        with pytest.raises(DuplicateConflict):
            tr.receive(city, [source(901, number)], **hands(), on=DAY)
    assert pool(city) == 900


def test_however_it_is_written_a_number_takes_from_the_same_money(desks: Conn) -> None:
    tr.receive(desks, [source(900, WRITTEN[0])], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-1", 300, sup_bgt_doc_no=WRITTEN[1])], **hands(), on=DAY)
    tr.issue(desks, [issued([(BANNER, 300)], sup=WRITTEN[2])], **hands(), on=DAY)
    budget.enter(desks, [quotas(" 内财预〔２０２２〕12", 600)], **SIGNED)
    assert pool(desks) == 0
    assert [(one.sup_bgt_doc_no, one.unused_fen) for one in tr.list_sources(desks, CITY, YEAR)] == [(UP, 0)]


BRACKETS = st.sampled_from(["〔〕", "[]", "【】", "（）", "()", "［］", "{}", "《》", "〈〉", "「」"])
SPACE = st.sampled_from(["", " ", "\u3000", "\u200b"])


@given(BRACKETS, SPACE, st.sampled_from(["", "第"]), st.sampled_from(["", "0", "00"]),
       st.sampled_from(["号", ""]), st.integers(1, 999), st.booleans())  # fmt: skip
def test_ways_to_write_a_number_have_one_form(
    pair: str, space: str, word: str, zeros: str, end: str, serial: int, is_wide: bool
) -> None:
    written = f"内财预{space}{pair[0]}2023{pair[1]}{space}{word}{zeros}{serial}{end}"
    if is_wide:
        written = written.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert paper_number(written) == f"内财预〔2023〕{serial}号"


@given(st.text(st.sampled_from("财办aZ09第号年〔〕[]（）()【】-—ー 　/2023"), max_size=24))
def test_the_one_form_is_its_own_form(text: str) -> None:
    assert paper_number(paper_number(text)) == paper_number(text)


def test_the_database_has_the_same_form(city: Conn) -> None:
    texts = [
        *WRITTEN,
        UP,
        "（内）财〔2022〕3号",
        "S-1",
        "s—1",
        "内财(2022年)第0号",
        "2022",
        "財發〔2022〕5號",
        "",
    ]
    rows = city.execute("select ledger.paper_number(t) from unnest(%s::text[]) t", [texts]).fetchall()
    assert [row[0] for row in rows] == [paper_number(text) for text in texts]


def test_a_coding_block_names_a_document_in_no_other_form(city: Conn) -> None:
    block = Coding(YEAR, CITY, "111", sup_bgt_doc_no=WRITTEN[0])
    entry = Entry("x", CITY, DAY, (debit("quota:9101", block, 1), credit("quota:9200", block, 1)),
                  document_id=a_document(city, CITY))  # fmt: skip
    with pytest.raises(LedgerError):
        post(city, [entry])


# ---- no money from nothing


def test_a_quota_of_a_document_that_nobody_registered_is_refused(desks: Conn) -> None:
    for asked in (quotas(UP, 1), quotas(UP, 1, base="approved", source="own")):
        with pytest.raises(NotFound, match="内财预〔2022〕12号") as refused:
            budget.enter(desks, [asked], **SIGNED)
        assert "先有预算、再有指标" in refused.value.rule and "make-receipts" in refused.value.hint


def test_an_addition_takes_from_the_receipt_and_no_more(desks: Conn) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    budget.append(desks, [quotas(UP, 600, base="")], **SIGNED)
    assert pool(desks) == 300
    with pytest.raises(QuotaShortfall, match="内财预〔2022〕12号"):
        budget.append(desks, [quotas(UP, 301, "鄂财指〔2022〕2号")], **SIGNED)
    with pytest.raises(RuleBroken, match=r"待安排 3\.00 元，要安排 3\.01 元"):
        tr.arrange(desks, [arranged("安-1", 301)], **hands(), on=DAY)


@pytest.mark.parametrize(
    ("base", "way"),
    [("approved", "fisc budget make-quotas"), ("reserve", "make-quotas"), ("added", "received")],
)
def test_an_addition_is_never_read_as_one_from_elsewhere(desks: Conn, base: str, way: str) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="鄂财指") as refused:
        budget.make_quota_documents(desks, [quotas(UP, 600, base=base)], by="纪", on=DAY, operation="append")
    assert way in refused.value.hint
    assert desks.execute("select count(*) from budget_quota_document").fetchone() == (0,)


def test_money_that_went_into_the_own_budget_is_entered_not_added(desks: Conn) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-1", 900)], **hands(), on=DAY)
    with pytest.raises(QuotaShortfall, match="内财预〔2022〕12号") as refused:
        budget.append(desks, [quotas(UP, 600)], **SIGNED)
    assert "make-quotas" in refused.value.hint


def test_two_uses_beyond_a_document_name_it_and_both_papers(desks: Conn) -> None:
    """Each fits alone; where the second is put into force, the document and the papers are named."""
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    tr.make_arrangements(desks, [arranged("安-1", 600)], by=hands()["by"], on=DAY)
    tr.make_arrangements(desks, [arranged("安-2", 301)], by=hands()["by"], on=DAY)
    over = r"内财预〔2022〕12号 待安排 9\.00 元，要安排 9\.01 元（安-1、安-2）"
    with pytest.raises(RuleBroken, match=over):
        tr.enter_arrangements(desks, ["安-1", "安-2"], by=hands()["reviewed_by"], on=DAY)


@pytest.mark.parametrize("account", ["9102", "9103"])
def test_nothing_but_receipts_and_budgets_makes_a_source_of_money_from_above(
    city: Conn, account: str
) -> None:
    income = Coding(YEAR, CITY, "111", rev_func_code="1100245", sup_bgt_doc_no=UP)
    lines = (debit(f"quota:{account}", income, 5), credit("quota:9200", Coding(YEAR, CITY, "111"), 5))
    with pytest.raises(RuleBroken, match="没有登记收到的文件"):
        post(city, [Entry("x", CITY, DAY, lines, document_id=a_document(city, CITY))])


def test_what_the_budget_holds_of_a_document_is_handed_on_once(desks: Conn) -> None:
    """Own use under the number and issues to banners together do not exceed what was received."""
    own_budget(desks, 10_000, "2300245")
    tr.receive(desks, [source(900, is_budgeted=True, is_advance=True)], **hands(), on=DAY)
    tr.issue(desks, [issued([(BANNER, 500)])], **hands(), on=DAY)
    with pytest.raises(QuotaShortfall, match="上级文 内财预〔2022〕12号"):
        tr.issue(desks, [issued([(OTHER, 401)], "鄂财预〔2022〕8号")], **hands(), on=DAY)
    tr.issue(desks, [issued([(OTHER, 400)], "鄂财预〔2022〕9号")], **hands(), on=DAY)
    with pytest.raises(QuotaShortfall, match="内财预〔2022〕12号"):
        budget.enter(desks, [quotas(UP, 1, base="approved", source="own")], **SIGNED)
    [use] = tr.list_sources(desks, CITY, YEAR)
    assert (use.received_fen, use.issued_fen, use.budgeted_fen, use.unused_fen) == (900, 900, 0, 0)


def test_banners_and_own_quotas_at_once_do_not_have_the_same_money(city_db: str) -> None:
    """Of four who each want two thirds of a document, in whatever spelling, one has it."""

    def hand_on(n: int) -> bool:
        with psycopg.connect(city_db, autocommit=True) as own:
            try:
                if n % 2:
                    asked = quotas(f"内财预[2022]{'0' * n}12号", 600, f"鄂财指〔2022〕{n}号")
                    given = replace(asked, base="approved", source="own", lines=(
                        replace(asked.lines[0], coding=replace(asked.lines[0].coding, source_type_code="1")),
                    ))  # fmt: skip
                    return budget.enter(own, [given], **SIGNED) == [True]
                document = issued([(BANNER, 600)], f"鄂财预〔2022〕{n}0号", WRITTEN[n % 3])
                return tr.issue(own, [document], **hands(), on=DAY) == [True]
            except QuotaShortfall:
                return False

    with psycopg.connect(city_db, autocommit=True) as city, ThreadPoolExecutor(4) as threads:
        staffed(city)
        own_budget(city, 10_000, "2300245")
        own_class(city, 10_000)
        tr.receive(city, [source(900, is_budgeted=True, is_advance=True)], **hands(), on=DAY)
        assert sum(threads.map(hand_on, range(4))) == 1
        [use] = tr.list_sources(city, CITY, YEAR)
        assert (use.issued_fen + use.quota_fen, use.budgeted_fen) == (600, 300)


def own_class(conn: Conn, amount_fen: int) -> None:
    """An approved budget of the city's own money for a class of spending (9201)."""
    income = Coding(YEAR, CITY, "111", rev_func_code="1010101", source_type_code="1")
    use = Coding(YEAR, CITY, "111", exp_func_code="2050202", source_type_code="1")
    lines = (debit("quota:9101", income, amount_fen), credit("quota:9201", use, amount_fen))
    post(conn, [Entry("own", CITY, date(YEAR, 1, 20), lines, document_id=a_document(conn, CITY))])


def test_what_is_taken_back_may_be_handed_on_again(desks: Conn) -> None:
    own_budget(desks, 10_000, "2300245")
    tr.receive(desks, [source(900, is_budgeted=True, is_advance=True)], **hands(), on=DAY)
    tr.issue(desks, [issued([(BANNER, 900)])], **hands(), on=DAY)
    back = tr.TakeBackItem("收-1", tr.line_key(CITY, YEAR, DOWN, 1), 300)
    tr.take_back(desks, [back], **hands(), on=DAY)
    again = issued([(OTHER, 300)], "鄂财预〔2022〕9号")
    assert tr.issue(desks, [again], **hands(), on=DAY) == [True]


def test_money_arranged_to_the_own_budget_gives_as_many_quotas_under_its_number(desks: Conn) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-1", 600, "2050202")], **hands(), on=DAY)
    budget.enter(desks, [quotas(UP, 400, base="approved", source="own")], **SIGNED)
    back = arranged("安-2", 201, "2050202", is_return=True)
    with pytest.raises(QuotaShortfall):
        tr.arrange(desks, [back], **hands(), on=DAY)
    [use] = tr.list_sources(desks, CITY, YEAR)
    assert (use.quota_fen, use.budgeted_fen, use.unused_fen) == (400, 200, 300)
    assert use.registered_by.startswith("zm")


def test_money_that_comes_within_the_year_is_of_no_first_budget(desks: Conn) -> None:
    """An arrangement says 年初预算 of what was told early alone; what it gives back is as it was arranged."""
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="不是年初预算的来源") as refused:
        tr.arrange(desks, [arranged("安-1", 600, "2050202", source_type_code="1")], **hands(), on=DAY)
    assert "提前下达" in refused.value.rule and "2 调整" in refused.value.hint
    tr.arrange(desks, [arranged("安-1", 600, "2050202")], **hands(), on=DAY)
    early = "内财预〔2022〕13号"
    tr.receive(
        desks, [source(500, early, is_advance=True, confirm_reason="已与来文核对无误")], **hands(), on=DAY
    )
    told = arranged("安-2", 500, "2050202", source_type_code="1", sup_bgt_doc_no=early)
    assert tr.arrange(desks, [told], **hands(), on=DAY) == [True]


def test_a_document_is_received_for_one_year(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    again = source(900, WRITTEN[0], fiscal_year=YEAR + 1)
    with pytest.raises(RuleBroken, match="已登记为 2022 年收到"):
        tr.receive(city, [again], **hands(), on=date(YEAR + 1, 1, 9))
    tr.take_back(city, [tr.TakeBackItem("收-1", tr.line_key(CITY, YEAR, UP, 1), 900)], **hands(), on=DAY)
    assert tr.receive(city, [again], **hands(), on=date(YEAR + 1, 1, 9)) == [True]


def test_a_banners_money_is_the_citys_document_and_no_other(desks: Conn) -> None:
    """The banner spends under the city's number; the number that the city had is not the banner's."""
    passed_on(desks, [(BANNER, 900)])
    assert (pool(desks, BANNER, DOWN), pool(desks, BANNER, UP)) == (900, 0)
    use = arranged("旗-1", 1, "2050202", mof_div_code=BANNER)
    with pytest.raises(NotFound, match="没有收到") as refused:
        tr.arrange(desks, [use], **hands(BANNER), on=DAY)
    assert f"请写 {DOWN}" in refused.value.hint
    mine = replace(use, sup_bgt_doc_no=DOWN)
    assert tr.arrange(desks, [mine], **hands(BANNER), on=DAY) == [True]
    assert [row.sup_bgt_doc_no for row in tr.list_sources(desks, BANNER, YEAR)] == [DOWN]


# ---- the number stays


def operated(conn: Conn, service: Callable[..., object], *changes: tuple[str, int], **more: object) -> object:
    """A document that changes quotas by fen, put into force."""
    lines = tuple(budget.QuotaChange(name, fen, "pending") for name, fen in changes)
    paper = budget.QuotaOperation("鄂调〔2022〕1号", CITY, YEAR, DAY, "调整", lines)
    return service(conn, [paper], **more, **SIGNED)


OWN: Final = {"base": "approved", "source": "own"}
#: A class of the first budget.
FIRST: Final = Coding(YEAR, CITY, "111", exp_func_code="2050202", source_type_code="1")


def of_first_budget(number: str, fen: int, doc_no: str) -> budget.QuotaDocument:
    """A quota out of the first budget."""
    given = quotas(number, fen, doc_no, **OWN)
    return replace(given, lines=(replace(given.lines[0], coding=FIRST),))


@pytest.mark.parametrize("way", ["cut", "take_back", "arranged"])
def test_what_stands_in_a_class_by_a_number_is_given_out_under_it_alone(desks: Conn, way: str) -> None:
    """Other money of the class does not make it otherwise: the number is not washed off."""
    own_class(desks, 10_000)
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    if way == "arranged":
        tr.arrange(desks, [arranged("安-1", 900, "2050202")], **hands(), on=DAY)
    else:
        budget.enter(desks, [quotas(UP, 900)], **SIGNED)
        more = {"kind": "unused"} if way == "take_back" else {}
        operated(desks, getattr(budget, way), ("Q-鄂财指〔2022〕1号", 900), **more)
    with pytest.raises(QuotaShortfall, match=UP):
        budget.enter(desks, [quotas("", 900, "鄂财指〔2022〕2号", **OWN)], **SIGNED)
    [use] = tr.list_sources(desks, CITY, YEAR)
    assert (use.budgeted_fen, use.quota_fen) == (900, 0)
    [region] = follow_source(desks, UP).parts
    assert [(part.name, part.amount_fen) for part in region.parts] == [("已列支出预算、未下达指标", 900)]
    budget.enter(desks, [quotas(WRITTEN[1], 900, "鄂财指〔2022〕3号", **OWN)], **SIGNED)
    [use] = tr.list_sources(desks, CITY, YEAR)
    assert (use.budgeted_fen, use.quota_fen) == (0, 900)


def test_what_was_cut_is_arranged_anew_through_the_pool(desks: Conn) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    budget.enter(desks, [quotas(UP, 900)], **SIGNED)
    operated(desks, budget.cut, ("Q-鄂财指〔2022〕1号", 300))
    tr.arrange(desks, [arranged("安-1", 300, "2050202", is_return=True)], **hands(), on=DAY)
    assert pool(desks) == 300


def test_a_quota_takes_what_its_class_holds_by_its_number_and_what_the_budget_holds_of_it(
    desks: Conn,
) -> None:
    own_class(desks, 10_000)
    tr.receive(desks, [source(900, code="1100202", is_budgeted=True, is_advance=True)], **hands(), on=DAY)
    budget.enter(desks, [of_first_budget(UP, 600, "鄂财指〔2022〕1号")], **SIGNED)
    operated(desks, budget.cut, ("Q-鄂财指〔2022〕1号", 400))
    with pytest.raises(QuotaShortfall):
        budget.enter(desks, [of_first_budget(UP, 701, "鄂财指〔2022〕2号")], **SIGNED)
    assert budget.enter(desks, [of_first_budget(UP, 700, "鄂财指〔2022〕3号")], **SIGNED) == [True]
    [use] = tr.list_sources(desks, CITY, YEAR)
    assert (use.budgeted_fen, use.quota_fen, use.unused_fen) == (0, 900, 0)


def test_the_budget_keeps_what_it_holds_of_money_with_a_purpose(desks: Conn) -> None:
    """What the first budget holds of a special transfer is given out by its number alone."""
    own_class(desks, 1_000)
    tr.receive(desks, [source(900, is_budgeted=True, is_advance=True)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match=rf"{UP} 的资金 9\.00 元，没有下达的只剩 8\.99 元"):
        budget.enter(desks, [of_first_budget("", 101, "鄂财指〔2022〕1号")], **SIGNED)
    assert budget.enter(desks, [of_first_budget("", 100, "鄂财指〔2022〕2号")], **SIGNED) == [True]
    assert budget.enter(desks, [of_first_budget(UP, 900, "鄂财指〔2022〕3号")], **SIGNED) == [True]


def test_a_budget_that_does_not_hold_a_special_transfer_does_not_count_it_in(desks: Conn) -> None:
    own_class(desks, 899)
    with pytest.raises(RuleBroken, match="没有下达的只剩"):
        tr.receive(desks, [source(900, is_budgeted=True, is_advance=True)], **hands(), on=DAY)


@pytest.mark.parametrize("account", ["quota:9201", "source_register:U200"])
def test_the_database_lets_no_quota_document_take_money_from_its_number(desks: Conn, account: str) -> None:
    """Whatever code posts: what leaves a number of a quota document leaves nothing to anybody else."""
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    budget.enter(desks, [quotas(UP, 900)], **SIGNED)
    ((document,),) = desks.execute("select id from budget_quota_document").fetchall()
    coding = budget.quota_codings(desks, ["Q-鄂财指〔2022〕1号"])["Q-鄂财指〔2022〕1号"]
    plain = Coding(YEAR, CITY, "111", exp_func_code="2050202", source_type_code="2")
    of = Coding(YEAR, CITY, "111", sup_bgt_doc_no=UP)
    noted = (debit("source_register:U100", of, 900), credit("source_register:U200", of, 900))
    lines = (debit("quota:9301", coding, 900), credit("quota:9201", plain, 900))
    entry = Entry(
        "wash", CITY, DAY, (*lines, *(noted if account.endswith("U200") else ())), document_id=document
    )
    with pytest.raises(RuleBroken, match="文号"):
        post(desks, [entry])


def test_no_reserve_and_no_cut_of_a_source_under_a_number(desks: Conn) -> None:
    tr.receive(desks, [source(900)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="动用预备费的指标写了上级文号"):
        budget.enter(desks, [quotas(UP, 1, base="reserve", basis_doc_no="鄂府发〔2022〕3号")], **SIGNED)
    budget.enter(desks, [quotas(UP, 900)], **SIGNED)
    with pytest.raises(RuleBroken, match="由转移支付办理退回"):
        operated(desks, budget.cut, ("Q-鄂财指〔2022〕1号", 1), with_source=True)
