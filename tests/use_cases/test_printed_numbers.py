"""Documents are named by what is printed on them, where that says which one is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fisc.documents import Officer, define_officers
from fisc.documents.desk import Asked, serve
from fisc.documents.items import from_texts
from fisc.documents.numbers import as_known
from fisc.kernel import FiscError
from fisc.use_cases import use_case, use_cases
from tests.transfers.world import BANNER, CITY, DAY, ED, UPPER, YEAR
from tests.use_cases.desk import Desk

MAKER, REVIEWER, OTHER_MAKER = f"zm-{CITY}", f"zr-{CITY}", f"zm-{BANNER}"
ON = ["--on", "2022-03-01"]
UP = "内财预〔2022〕7号"
KEY = f"{CITY}:{YEAR}:{UP}"


@pytest.fixture
def desk(transfers_desk: Desk) -> Desk:
    """The city and its banners, and who reviews in every division."""
    everywhere = Officer("province", "各区划审核", "", frozenset({"transfer_review"}))
    define_officers(transfers_desk.conn, [everywhere])
    return transfers_desk


def receipt(number: str, region: str = CITY, year: str = "2022", by: str = MAKER) -> list[object]:
    """A document of the province's, which keeps no books here: the city's would come by its issue."""
    return [
        by, "transfers", "make-receipts", "--region", region, "--year", year, "--fund-type-code", "111",
        "--from-div-code", UPPER, "--doc-no", number, "--dated-on", f"{year}-02-20", "--title", "通知",
        "--line-no", "1",
        "--rev-func-code", "1100245", "--amount", "1000", *ON,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "named", [UP, "内财预[2022]7号", "内财预（2022）7 号", "内财预〔２０２２〕７号", f"2022:{UP}", KEY,
              f"{CITY}:2022:内财预(2022)7号", "內財預〔2022〕第7號", "内财预2022年7号",
              "内财预〔二〇二二〕七号", "关于内财预字〔2022〕007号的通知", f"{CITY}:2022:内财预2022年第7号"]
)  # fmt: skip
def test_what_is_printed_names_the_document(desk: Desk, named: str) -> None:
    desk.told(*receipt(UP))
    [shown] = desk.told("", "transfers", "show-receipts", named)
    assert shown["document"]["doc_key"] == KEY
    assert desk.new(REVIEWER, "transfers", "receive", named, *ON) == [True]
    assert desk.new(REVIEWER, "transfers", "receive", KEY, *ON) == [False]


def test_numbers_that_are_keys_differ_in_no_brackets(desk: Desk) -> None:
    desk.told(*receipt(UP))
    desk.told(REVIEWER, "transfers", "receive", UP, *ON)
    place = ["--region", "150600", "--year", "2022", "--fund-type-code", "111"]
    desk.told(
        MAKER, "transfers", "make-arrangements", *place, "--arrange-no", "安〔2022〕1号",
        "--sup-bgt-doc-no", UP, "--use", "对下转移支付", "--func-code", ED, "--amount", "500", *ON,
    )  # fmt: skip
    assert desk.new(REVIEWER, "transfers", "arrange", "安[2022]1号", *ON) == [True]


def test_what_nothing_bears_is_not_found(desk: Desk) -> None:
    desk.told(*receipt(UP))
    for named in ("财预〔2022〕7号", "内财预〔2022〕17号", "7号", "2022", "%", "内财预〔2023〕7号"):
        assert "没有上级转移支付文件" in desk.refused(REVIEWER, "transfers", "receive", named, *ON)


def test_of_several_none_is_guessed(desk: Desk) -> None:
    desk.told(*receipt("合财〔2022〕1号"))
    desk.told(*receipt("合财〔2022〕1号", BANNER, by=OTHER_MAKER))
    showing = ["transfers", "show-receipts", "合财〔2022〕1号"]
    said = desk.refused("", *showing)
    assert (
        f"{CITY}:2022:合财〔2022〕1号" in said
        and f"{BANNER}:2022:合财〔2022〕1号" in said
        and "财政区划" in said
    )
    for region in (CITY, BANNER):
        [shown] = desk.told("", *showing, "--region", region)
        assert shown["document"]["mof_div_code"] == region
    assert "有 2 份" in desk.refused("", *showing, "--year", "2022")
    assert desk.new(REVIEWER, "transfers", "receive", "合财〔2022〕1号", *ON) == [
        True
    ]  # of those who act, their own
    [shown] = desk.told("", *showing, "--region", BANNER)
    assert shown["document"]["state"] == "draft"
    assert "有 2 份" in desk.refused("province", "transfers", "receive", "合财〔2022〕1号", *ON)


def test_of_a_group_the_one_that_is_not_clear_is_refused_alone(desk: Desk) -> None:
    for number in ("合财〔2022〕1号", "合财〔2022〕20号"):
        desk.told(*receipt(number))
    desk.told(*receipt("合财〔2022〕1号", BANNER, by=OTHER_MAKER))
    case = use_case("transfers.receive")
    named = (
        ("合财〔2022〕1号", "province"),
        ("合财〔2022〕20号", REVIEWER),
        ("合财〔2022〕1号", REVIEWER),
        ("合财〔2022〕9号", REVIEWER),
    )
    asked = [Asked(case, number, number, DAY, by=by) for number, by in named]
    first, *others, last = serve(desk.conn, asked)
    assert isinstance(first, FiscError) and "有 2 份" in first.message
    assert others == [True, True]
    assert isinstance(last, FiscError) and "没有上级转移支付文件" in last.message


def test_what_was_given_up_stands_in_no_number_s_way(desk: Desk) -> None:
    number = "合财〔2022〕1号"
    desk.told(*receipt(number))
    desk.told(*receipt(number, BANNER, by=OTHER_MAKER))
    desk.told(MAKER, "transfers", "discard-receipts", KEY.replace(UP, number), *ON)
    [shown] = desk.told("", "transfers", "show-receipts", number)
    assert shown["document"]["mof_div_code"] == BANNER
    assert desk.new("province", "transfers", "receive", number, *ON) == [True]


def test_what_is_not_seen_is_no_candidate(desk: Desk) -> None:
    desk.told(*receipt("合财〔2022〕1号"))
    desk.told(*receipt("合财〔2022〕1号", BANNER, by=OTHER_MAKER))
    case = use_case("transfers.show-receipts")
    assert as_known(desk.conn, case, ["合财〔2022〕1号"], {}, OTHER_MAKER) == [
        f"{BANNER}:2022:合财〔2022〕1号"
    ]
    with pytest.raises(FiscError, match="有 2 份"):
        as_known(desk.conn, case, ["合财〔2022〕1号"], {}, MAKER)


def test_what_an_item_names_is_named_by_what_is_printed_too(desk: Desk) -> None:
    desk.told(*receipt("合财〔2022〕1号"))
    desk.told(*receipt("合财〔2022〕1号", BANNER, by=OTHER_MAKER))
    case = use_case("transfers.make-arrivals")
    item = from_texts(case, {"cash_no": "收1", "line_key": "合财（2022）１号#1", "amount_fen": "100"})
    [known] = as_known(desk.conn, case, [replace(item, line_key="合財2022年第1号＃1")], {}, MAKER)
    assert known.line_key == f"{CITY}:2022:合财〔2022〕1号#1"
    for region, by in ((CITY, MAKER), (BANNER, OTHER_MAKER)):
        [known] = as_known(desk.conn, case, [item], {}, by)
        assert (known.line_key, known.cash_no) == (f"{region}:2022:合财〔2022〕1号#1", "收1")
    with pytest.raises(FiscError, match="有 2 份") as refused:
        as_known(desk.conn, case, [item], {}, "")
    assert refused.value.details["candidates"] == [
        f"{region}:2022:合财〔2022〕1号#1" for region in (CITY, BANNER)
    ]
    assert refused.value.details["keys"] == ["收1"]


def test_what_is_to_be_made_is_called_as_it_is_said(desk: Desk) -> None:
    """A new number is nobody's short name of another."""
    makes = [case for case in use_cases().values() if case.step == "make"]
    assert makes and not any(case.numbered for case in makes)


def test_every_kind_is_looked_for(desk: Desk) -> None:
    """Whatever is named: what nothing bears stays as it was said, few or many."""
    few, many = ["某〔2022〕1号"], [f"某〔2022〕{n}号" for n in range(30)]
    looked = [case for case in use_cases().values() if case.numbered and case.shape is None]
    assert len({case.kind for case in looked}) > 30
    for case in looked:
        assert as_known(desk.conn, case, few, {"mof_div_code": CITY, "fiscal_year": 2022}, MAKER) == few
        assert as_known(desk.conn, case, many, {}, "") == many
