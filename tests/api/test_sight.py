"""Who sees and does what over HTTP: a region's officers their region, a unit's officers their unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.documents.findings import record
from fisc.documents.sight import sees_unit
from fisc.kernel.findings import Finding
from fisc.treasury import services as treasury
from tests.api.conftest import Api
from tests.api.test_api import ON, application
from tests.treasury import paying
from tests.treasury.paying import BANNER, CITY, DAY, YUAN, state

OFFICERS = (
    Officer("city", "市国库", CITY, frozenset({"treasury_review"})),
    Officer("banner", "旗国库", BANNER, frozenset({"treasury_review"})),
    Officer("own", "市一中", CITY, frozenset({"unit_make"}), "101001"),
    Officer("own2", "市一中审核", CITY, frozenset({"unit_review"}), "101001"),
    Officer("other", "市二中", CITY, frozenset({"unit_make"}), "101002"),
    Officer("other2", "市二中审核", CITY, frozenset({"unit_review"}), "101002"),
)


@pytest.fixture
def city(api: Api) -> Iterator[Api]:
    """A payment of the city's 101001 stands; officers of regions and units are there."""
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, OFFICERS)
    assert api.call("own", "POST", "/treasury/apply", json=application("A1") | ON).status_code == 201
    yield api


#: Ways to ask for the payment, or for what it is paid from.
ASKED = (
    "/documents/pay_app/A1",
    "/treasury/show-payments?pay_app_no=A1",
    "/treasury/show?pay_app_no=A1",
    "/treasury/list-of-quotas?bgt_id=Q1",
    "/budget/show-quotas?bgt_id=Q1",
    "/documents/pay_app/ａ１",
)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("officer", ["city", "own", "unit"])
def test_who_may_see_it_is_told(city: Api, officer: str, asked: str) -> None:
    found = city.call(officer, "GET", asked)
    assert found.status_code == 200
    assert found.json().get("rows", [found.json()])


@pytest.mark.parametrize(("officer", "told"), [("city", ["LQ1"]), ("own", [])])
def test_what_belongs_to_a_document_is_told_to_who_sees_it(city: Api, officer: str, told: list[str]) -> None:
    with psycopg.connect(city.dsn, autocommit=True) as conn:
        certs = paying.paid(conn, paying.application("A2"))
        treasury.issue_clearing_notices(conn, CITY, DAY, by="clearer", on=DAY)
        moved = treasury.TreasuryDebit("LQ1", "111", "ICBC", 100 * YUAN, DAY, certs)
        assert treasury.clear(conn, CITY, DAY, [moved], by="clearer2", on=DAY) == [True]
    payment = city.call(officer, "GET", "/documents/pay_app/A2").json()
    assert [one["doc_key"] for one in payment["up"]] == told


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("officer", ["banner", "other"])
def test_who_may_not_see_it_is_told_nothing(city: Api, officer: str, asked: str) -> None:
    assert city.call(officer, "GET", asked).status_code == 404


@pytest.mark.parametrize("asked", ASKED[:3])
def test_a_document_of_others_sounds_like_none(city: Api, asked: str) -> None:
    hidden = city.call("other", "GET", asked).json()
    missing = city.call("other", "GET", asked.replace("A1", "A9")).text
    assert hidden["title"].replace("A1", "A9") in missing
    assert {**hidden, "title": "", "details": ""} == {
        **city.call("other", "GET", asked.replace("A1", "A9")).json(), "title": "", "details": ""
    }  # fmt: skip


def test_lists_of_a_unit_are_its_own(city: Api) -> None:
    asked = {"mof_div_code": CITY, "fiscal_year": 2022}
    for path in ("/treasury/list-payments", "/budget/list-quotas"):
        assert city.call("own", "GET", path, params=asked).json()["rows"]
        assert city.call("other", "GET", path, params=asked).json()["rows"] == []


def test_what_tells_of_many_units_in_one_is_not_told_to_one(city: Api) -> None:
    year = {"mof_div_code": CITY, "fiscal_year": 2022}
    ledger = {"mof_div_code": CITY, "fiscal_year": 2022, "account": "quota:9201"}
    assert city.call("city", "GET", "/books/ledger", params=ledger).status_code == 200
    assert city.call("own", "GET", "/books/ledger", params=ledger).status_code == 404
    documents = city.call("city", "GET", "/budget/list-quota-documents", params=year).json()["rows"]
    assert documents
    for number in [one["doc_key"] for one in documents]:
        for path in (f"/documents/quota_document/{number}", f"/budget/show-quota-documents?doc_key={number}"):
            assert city.call("city", "GET", path).status_code == 200
            assert city.call("own", "GET", path).status_code == 404


def test_quotas_left_at_the_end_of_a_year_are_told_to_their_units(city: Api) -> None:
    assert city.call("own", "POST", "/treasury/withdraw", json={"pay_app_no": "A1"} | ON).status_code == 201
    asked = {"mof_div_code": CITY, "fiscal_year": 2022}
    rows = city.call("city", "GET", "/budget/list-unspent", params=asked).json()["rows"]
    own = city.call("own", "GET", "/budget/list-unspent", params=asked).json()["rows"]
    assert own == [row for row in rows if row["agency_code"] == "101001"] != []
    assert city.call("other", "GET", "/budget/list-unspent", params=asked).json()["rows"] == [
        row for row in rows if row["agency_code"] == "101002"
    ]


def test_what_has_no_books_is_refused_and_not_answered_with_zeros(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, [Officer("all", "省", "", frozenset({"treasury_review"}))])
    nowhere = {"mof_div_code": "410602000", "fiscal_year": 2031}
    for path, more in (("/revenue/progress", {"month": 3}), ("/treasury/show-settings", {}),
                       ("/treasury/in-transit", ON)):  # fmt: skip
        asked = {name: value for name, value in nowhere.items() if name != "fiscal_year" or "on" not in more}
        told = api.call("all", "GET", path, params=asked | more)
        assert (told.status_code, told.json()["type"]) == (409, "urn:fisc:problem:NoBooks"), told.text


def test_books_of_the_city_are_no_books_of_a_county(city: Api) -> None:
    """What a city's books say of a county is not the county's own: where it keeps none there is no figure."""
    of_county = {"mof_div_code": "150603", "fiscal_year": 2022}
    for path, more in (
        ("/revenue/progress", {"month": 3}),
        ("/revenue/progress-by-region", {"month": 3}),
        ("/revenue/books", {"month": 3}),
        ("/transfers/early-notices", {"as_of": "2022-12-31"}),
        ("/year-end/conversion", {}),
    ):
        asked = (of_county | more) if more else {"mof_div_code": "150603"}
        told = city.call("city", "GET", path, params=asked)
        assert (told.status_code, told.json()["type"]) == (409, "urn:fisc:problem:NoBooks"), told.text
    lists = city.call("city", "GET", "/treasury/list-payments", params=of_county).json()
    assert (lists["rows"], "没有开账" in lists["why_empty"]) == ([], True)


@pytest.mark.parametrize("said", [[], [CITY], ["150600"], ["鄂尔多斯市"], ["150602", "150600"]], ids=str)
def test_regions_are_written_alike_whether_one_or_several(city: Api, said: list[str]) -> None:
    found = Finding("test", "试验", "核对不符", mof_div_code=CITY, fiscal_year=2022, document="A1", about="x")
    with psycopg.connect(city.dsn, autocommit=True) as conn:
        record(conn, [found], on=date(2022, 3, 1))
    asked = {"mof_div_codes": said} if said else {}
    for officer in ("unit", "city", "own"):
        told = city.call(officer, "GET", "/findings/list", params=asked)
        assert (told.status_code, len(told.json()["rows"])) == (200, 1), told.text
    assert city.call("other", "GET", "/findings/list").json()["rows"] == []


def test_an_empty_list_says_where_no_books_stand(city: Api) -> None:
    for year, said in ((2031, "2031 年没有开账"), (2023, "")):
        asked = {"mof_div_code": CITY, "fiscal_year": year}
        told = city.call("city", "GET", "/treasury/list-payments", params=asked).json()
        assert told["rows"] == []
        assert said in told["why_empty"] and bool(told["why_empty"]) == bool(said)


def test_nobody_acts_for_another_unit(city: Api) -> None:
    made = city.call("other", "POST", "/treasury/apply", json=application("A2") | ON)
    moved = city.call("other2", "POST", "/treasury/review", json={"pay_app_no": "A1"} | ON)
    assert (made.status_code, moved.status_code) == (404, 404)
    with psycopg.connect(city.dsn) as conn:
        assert state(conn, "A1") == "draft"
    assert city.call("own2", "POST", "/treasury/review", json={"pay_app_no": "A1"} | ON).status_code == 201


@pytest.mark.parametrize("officer", ["banner", "other", "unit"])
def test_what_all_regions_share_everybody_sees(city: Api, officer: str) -> None:
    found = city.call(officer, "GET", "/registry/list-payees?fiscal_year=2022").json()
    assert {row["payee_code"] for row in found["rows"]} == {"S1", "S2", "S3"}


#: Who asks for the approval of a payment that nobody has reviewed yet, and what they are told of it.
JUDGED = (
    ("banner", 404, "没有支付申请 A1"),
    ("other2", 404, "没有支付申请 A1"),
    ("signer", 403, "没有本区划的岗位"),
    ("own2", 403, "没有本区划的岗位"),
    ("reviewer", 409, "处于“草稿”"),
)


@pytest.mark.parametrize(("officer", "status", "said"), JUDGED)
@pytest.mark.parametrize("way", ["single", "bulk", "trial"])
def test_where_it_stands_is_told_to_who_may_act_alone(
    city: Api, officer: str, status: int, said: str, way: str
) -> None:
    given = {"items": ["A1"]} if way == "bulk" else {"pay_app_no": "A1"}
    place = {"single": "", "bulk": "/bulk", "trial": "?dry_run=true"}[way]
    refused = city.call(officer, "POST", f"/treasury/approve{place}", json=given | ON)
    assert refused.status_code == status
    assert said in refused.json()["title"]


def test_a_document_of_others_sounds_like_none_to_who_acts(city: Api) -> None:
    hidden, missing = (
        city.call("other2", "POST", "/treasury/review", json={"pay_app_no": number} | ON).json()
        for number in ("A1", "A9")
    )
    assert {**hidden, "title": hidden["title"].replace("A1", "A9"), "details": ""} == {
        **missing,
        "details": "",
    }


def test_what_was_done_before_is_told_to_who_may_do_it_alone(city: Api) -> None:
    reviewed = {"pay_app_no": "A1"} | ON
    assert city.call("own2", "POST", "/treasury/review", json=reviewed).status_code == 201
    again = {officer: city.call(officer, "POST", "/treasury/review", json=reviewed).status_code
             for officer in ("own2", "other2", "own", "banner")}  # fmt: skip
    assert again == {"own2": 200, "other2": 404, "own": 403, "banner": 404}


def test_nobody_learns_of_quotas_of_others_by_asking_for_their_money(city: Api) -> None:
    told = {
        officer: city.call(
            officer, "POST", "/treasury/apply", json=application("A3", amount_fen=10**12) | ON
        ).status_code
        for officer in ("banner-unit", "other", "own")
    }
    assert told == {"banner-unit": 404, "other": 404, "own": 409}


def test_a_voucher_is_shown_to_whom_it_concerns(city: Api) -> None:
    assert city.call("own2", "POST", "/treasury/review", json={"pay_app_no": "A1"} | ON).status_code == 201
    entries = city.call("unit", "GET", "/treasury/show-payments?pay_app_no=A1").json()["rows"][0]["entries"]
    asked = {"number": entries[0]["natural_key"]}
    told = {officer: city.call(officer, "GET", "/books/voucher", params=asked).status_code
            for officer in ("unit", "city", "own", "other", "banner")}  # fmt: skip
    assert told == {"unit": 200, "city": 200, "own": 200, "other": 404, "banner": 404}


def test_a_message_is_shown_to_the_office_of_its_region(city: Api) -> None:
    steps = (("own2", "review"), ("reviewer", "approve"), ("signer", "certify"))
    for officer, step in steps:
        done = city.call(officer, "POST", f"/treasury/{step}", json={"pay_app_no": "A1"} | ON).json()
    account = {
        "acct_no": "4106000001",
        "name": "零余额",
        "bank_no": "ICBC",
        "mof_div_code": CITY,
        "kind": "11",
    }
    assert city.call("clerk", "POST", "/banking/register-accounts", json=account).status_code == 201
    made = city.call("teller", "POST", "/banking/make-order", json={"pay_cert_no": done["answer"]} | ON)
    asked = {"message_id": made.json()["answer"][0]["number"], "bank_no": "ICBC"}
    told = {officer: city.call(officer, "GET", "/banking/show-sent", params=asked).status_code
            for officer in ("unit", "city", "own", "banner")}  # fmt: skip
    assert told == {"unit": 200, "city": 200, "own": 404, "banner": 404}
    for strange in ("100%s", "%", "'"):
        none = city.call("unit", "GET", "/banking/show-sent", params=asked | {"bank_no": strange})
        assert none.status_code == 404


def test_what_is_printed_names_what_one_sees(city: Api) -> None:
    with psycopg.connect(city.dsn) as conn:
        found = conn.execute(
            "select doc_key from budget_quota_document where mof_div_code = %s", [CITY]
        ).fetchone()
    assert found is not None
    printed = found[0].split(":", 2)[2]
    asked = {"doc_key": printed, "mof_div_code": CITY}
    [row] = city.call("city", "GET", "/budget/show-quota-documents", params=asked).json()["rows"]
    assert row["document"]["doc_key"] == found[0]
    assert city.call("banner", "GET", "/budget/show-quota-documents", params=asked).status_code == 404
    hidden = city.call("banner", "GET", "/budget/show-quota-documents", params={"doc_key": printed})
    assert found[0] not in hidden.text


@pytest.mark.parametrize(
    ("owned", "is_seen"),
    [
        ({"agency_code": "101001", "dept_code": "101"}, True),
        ({"agency_code": "102001", "dept_code": "102"}, False),
        ({"agency_code": "", "dept_code": "102"}, False),  # a department's, to be handed on to its units
        ({"agency_code": "", "dept_code": ""}, True),
        ({"agency_code": ""}, True),
        ({"dept_code": "101001"}, True),
        ({"dept_code": "102"}, False),
        ({}, True),
    ],
)
def test_a_unit_sees_its_own_and_what_is_of_none(owned: dict[str, str], is_seen: bool) -> None:
    officer = Officer("unit", "单位", "150600000", frozenset({"unit_make"}), "101001")
    assert sees_unit(officer, owned) == is_seen
