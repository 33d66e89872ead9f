"""The API: the same use cases as at the command line, problems in words, lists a page at a time."""

from __future__ import annotations

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

import psycopg
import pytest

from fisc.api.turns import MOST_OF_ONE
from fisc.documents import Officer, RuleBroken, define_officers
from fisc.documents.desk import Asked, serve
from fisc.documents.flow import MAKE
from fisc.revenue.services import Source, StatisticEntry
from fisc.treasury import services as treasury
from fisc.use_cases import use_cases
from tests.api.conftest import Api
from tests.treasury import paying
from tests.treasury.paying import DAY, state

ON = {"on": DAY.isoformat()}


def application(number: str, **more: Any) -> dict[str, Any]:
    return asdict(paying.application(number)) | more


DONE = {"number": "A1", "is_new": True, "answer": None, "notes": []}


def test_a_payment_goes_its_way_over_http_and_a_repetition_changes_nothing(api: Api) -> None:
    given = application("A1") | ON
    first = api.call("unit", "POST", "/treasury/apply", json=given)
    assert (first.status_code, first.json()) == (201, DONE)
    again = api.call("unit", "POST", "/treasury/apply", json=given)
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    for officer, step in (("unit2", "review"), ("reviewer", "approve"), ("signer", "certify")):
        done = api.call(officer, "POST", f"/treasury/{step}", json={"pay_app_no": "A1"} | ON)
        assert done.status_code in (200, 201), done.text
    with psycopg.connect(api.dsn) as conn:
        assert state(conn, "A1") == "certified"
    shown = api.call("unit", "GET", "/documents/pay_app/A1").json()
    assert [step["officer"] for step in shown["trail"]] == ["unit", "unit2", "reviewer", "signer"]


@pytest.mark.parametrize("written", ["Ａ１é", "A１e\u0301"], ids=["full width", "é as two signs"])
def test_one_number_has_one_form_however_it_is_written(api: Api, written: str) -> None:
    given = application("A1é") | ON
    assert api.call("unit", "POST", "/treasury/apply", json=given).status_code == 201
    again = api.call("unit", "POST", "/treasury/apply", json=given | {"pay_app_no": written})
    assert (again.status_code, again.json()["number"]) == (200, "A1é"), again.text


def test_what_was_withdrawn_is_not_answered_as_done(api: Api) -> None:
    given = application("A1") | ON
    assert api.call("unit", "POST", "/treasury/apply", json=given).status_code == 201
    assert api.call("unit", "POST", "/treasury/withdraw", json={"pay_app_no": "A1"} | ON).is_success
    again = api.call("unit", "POST", "/treasury/apply", json=given)
    assert again.status_code == 409
    assert "撤销" in again.json()["title"]
    assert "新的单据号" in again.json()["hint"]


def test_another_content_under_a_number_that_stands_is_refused(api: Api) -> None:
    assert api.call("unit", "POST", "/treasury/apply", json=application("A1") | ON).status_code == 201
    other = api.call("unit", "POST", "/treasury/apply", json=application("A1", amount_fen=1) | ON)
    problem = other.json()
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert problem["type"].endswith("DuplicateConflict")
    assert problem["rule"]
    assert problem["hint"]


@pytest.mark.parametrize(
    ("officer", "given", "status"),
    [
        ("", {}, 401),
        ("signer", {}, 403),
        ("unit", {"amount_fen": 10**12}, 409),
        ("unit", {"bgt_id": "NONE"}, 404),
        ("unit", {"amount_fen": "100"}, 422),
        ("unit", {"amount_fen": 1.5}, 422),
        ("unit", {"colour": "red"}, 422),
        ("unit", {"mof_div_code": "999999999"}, 404),
    ],
)  # fmt: skip
def test_what_is_refused_is_a_problem_and_leaves_nothing(
    api: Api, officer: str, given: dict[str, Any], status: int
) -> None:
    refused = api.call(officer, "POST", "/treasury/apply", json=application("A1") | ON | given)
    assert refused.status_code == status, refused.text
    assert refused.json()["status"] == status
    assert api.call("unit", "GET", "/documents/pay_app").json()["documents"] == []


@pytest.mark.parametrize(
    ("method", "place", "said"),
    [
        ("POST", "/treasury/apply?on=2022-03-01", "on：写在请求体里，不写在地址里"),
        ("POST", "/treasury/apply?bogus=1&dry_run=true", "bogus：没有这一栏"),
        ("POST", "/treasury/apply/bulk?on=2022-03-01", "on：写在请求体里，不写在地址里"),
        ("GET", "/documents/pay_app?stat=draft", "stat：没有这一栏"),
        ("GET", "/documents?limit=1", "limit：没有这一栏"),
        ("GET", "/treasury/list-payments?mof_div_code=150600&bogus=1", "bogus：没有这一栏"),
        ("DELETE", "/sessions?all=true", "all：没有这一栏"),
    ],
)
def test_a_name_in_an_address_that_nobody_reads_is_refused(
    api: Api, method: str, place: str, said: str
) -> None:
    one = application("A1") | ON
    given = {} if method != "POST" else {"items": [one]} if "bulk" in place else one
    refused = api.call("unit", method, place, **({"json": given} if given else {}))
    assert refused.status_code == 422, refused.text
    assert refused.json()["details"]["errors"] == [said]
    assert api.call("unit", "GET", "/documents/pay_app").json()["documents"] == []


def test_a_bulk_request_is_done_whole_or_not_at_all(api: Api) -> None:
    items = [application(f"A{n}") for n in range(3)]
    bad = api.call(
        "unit",
        "POST",
        "/treasury/apply/bulk",
        json={"items": [*items, application("A9", amount_fen=-1)]} | ON,
    )
    assert bad.status_code == 409
    assert api.call("unit", "GET", "/documents/pay_app").json()["documents"] == []
    tried = api.call("unit", "POST", "/treasury/apply/bulk?dry_run=true", json={"items": items} | ON)
    assert [row["is_new"] for row in tried.json()["rows"]] == [True] * 3
    assert api.call("unit", "GET", "/documents/pay_app").json()["documents"] == []
    done = api.call("unit", "POST", "/treasury/apply/bulk", json={"items": items} | ON)
    assert [row["is_new"] for row in done.json()["rows"]] == [True] * 3


def test_of_a_bulk_request_each_item_may_have_its_own_answer(api: Api) -> None:
    items = [application(f"A{n}") for n in range(2)] + [application("A9", amount_fen=-1)]
    for ways, is_new in (("each=true&dry_run=true", True), ("each=true", True), ("each=true", False)):
        done = api.call("unit", "POST", f"/treasury/apply/bulk?{ways}", json={"items": items} | ON).json()
        assert [(row["number"], row["is_new"]) for row in done["rows"]] == [
            ("A0", is_new), ("A1", is_new), ("A9", None)
        ]  # fmt: skip
        assert [bool(row["refusal"]) for row in done["rows"]] == [False, False, True]
        assert done["rows"][2]["refusal"]["hint"]
    lacking = api.call("signer", "POST", "/treasury/apply/bulk?each=true", json={"items": items} | ON).json()
    assert [row["refusal"]["status"] for row in lacking["rows"]] == [403] * 3


def test_lists_go_on_where_the_page_ended(api: Api) -> None:
    items = [application(f"A{n}") for n in range(5)]
    api.call("unit", "POST", "/treasury/apply/bulk", json={"items": items} | ON)
    seen, after = [], ""
    while True:
        page = api.call("unit", "GET", "/documents/pay_app", params={"limit": 2, "after": after}).json()
        seen += [one["pay_app_no"] for one in page["documents"]]
        if not (after := page["after"]):
            break
    assert seen == [f"A{n}" for n in range(5)]


def test_a_session_begins_with_a_password_and_ends_when_it_is_left(api: Api) -> None:
    from fisc.documents.sessions import found_admin

    with psycopg.connect(api.dsn, autocommit=True) as conn:
        found_admin(conn, "admin", "管理员", "long-enough-1")
    wrong = api.call("", "POST", "/sessions", json={"officer": "admin", "password": "not-this-one"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
    begun = api.call("", "POST", "/sessions", json={"officer": "admin", "password": "long-enough-1"})
    api.tokens["admin"] = begun.json()["token"]
    assert api.call("admin", "GET", "/officers/list").status_code == 200
    assert api.call("admin", "DELETE", "/sessions").status_code == 200
    assert api.call("admin", "GET", "/officers/list").status_code == 401


def test_a_password_is_changed_with_the_old_one_or_by_an_administrator(api: Api) -> None:
    from fisc.documents.sessions import found_admin

    with psycopg.connect(api.dsn, autocommit=True) as conn:
        found_admin(conn, "admin", "管理员", "long-enough-1")
    changed = {"officer": "unit", "password": "long-enough-2"}
    assert api.call("admin", "POST", "/officers/password", json=changed).status_code == 200
    assert api.call("unit2", "POST", "/officers/password", json=changed).status_code == 403
    assert api.call("unit", "GET", "/documents").status_code == 200
    wrong = api.call("unit", "POST", "/officers/password", json=changed | {"old_password": "no"})
    assert (wrong.status_code, wrong.json()["title"]) == (409, "原口令不对，没有改口令")
    own = {"officer": "unit", "password": "long-enough-3", "old_password": "long-enough-2"}
    assert api.call("unit", "POST", "/officers/password", json=own).status_code == 200
    assert api.call("unit", "GET", "/documents").status_code == 401
    begun = api.call("", "POST", "/sessions", json={"officer": "unit", "password": "long-enough-3"})
    assert begun.status_code == 200
    assert api.call("admin", "POST", "/officers/retire", json={"officer": "unit"}).json()["is_new"]
    gone = api.call("", "POST", "/sessions", json={"officer": "unit", "password": "long-enough-3"})
    assert gone.status_code == 401
    again = api.call("admin", "POST", "/officers/password", json=changed)
    assert (again.status_code, again.json()["title"]) == (409, "unit 没有岗位，不能设口令")


def test_sign_ins_hold_up_nobody_else_and_only_so_many_wait(api: Api) -> None:
    from fisc.documents.sessions import found_admin

    with psycopg.connect(api.dsn, autocommit=True) as conn:
        found_admin(conn, "admin", "管理员", "long-enough-1")
    api.token("unit")
    given = {"officer": "admin", "password": "long-enough-1"}
    most = MOST_OF_ONE
    with psycopg.connect(api.dsn) as holding, ThreadPoolExecutor(2 * most) as callers:
        holding.execute("select from documents_credential where officer = 'admin' for update")
        asked = [callers.submit(api.call, "", "POST", "/sessions", json=given) for _ in range(2 * most)]
        turned_away = [one.result() for one in islice(as_completed(asked), most)]
        assert {one.status_code for one in turned_away} == {503}
        assert "同时登录的人太多" in turned_away[0].json()["title"]
        assert api.call("unit", "GET", "/documents").status_code == 200
        holding.rollback()
        assert sorted(one.result().status_code for one in asked) == [200] * most + [503] * most


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/documents/pay_app?state=%00", 409),
        ("/documents/pay_app/A%00B", 409),
        # positions of other lists: a text where amounts stand, a number where texts stand, an object
        ("/documents/pay_app?order=amount_fen&after=WyJhbW91bnRfZmVuIiwgIngiLCAiQSJd", 409),
        ("/documents/pay_app?order=state&after=WyJzdGF0ZSIsIDEsICJBIl0=", 409),
        ("/documents/pay_app?order=amount_fen&after=WyJhbW91bnRfZmVuIiwge30sICJBIl0=", 409),
        ("/budget/list-quotas?mof_div_code=150600&fiscal_year=two", 422),
        ("/budget/list-quotas?mof_div_code=150600&fiscal_year=2022.5", 422),
        ("/budget/list-quotas?mof_div_code=150600&fiscal_year=2022&limit=0", 422),
        ("/treasury/list-payments?mof_div_code=150600&fiscal_year=2022&limit=-5", 422),
    ],
)  # fmt: skip
def test_what_no_column_holds_is_refused_in_words(api: Api, path: str, status: int) -> None:
    refused = api.call("unit", "GET", path)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert refused.json()["hint"]


def test_numbers_and_truth_stand_in_addresses_as_text(api: Api) -> None:
    asked = {"mof_div_code": "150600", "fiscal_year": 2022, "limit": 2}
    found = api.call("unit", "GET", "/budget/list-quotas", params=asked)
    assert (found.status_code, len(found.json()["rows"])) == (200, 2), found.text


@pytest.mark.parametrize("on", [1646092800, "1646092800", "2022-03-01T00:00:00", "2022-3-1", True])
def test_a_day_is_written_in_one_way(api: Api, on: object) -> None:
    refused = api.call("unit", "POST", "/treasury/apply", json=application("A1") | {"on": on})
    assert refused.status_code == 422


def certified(api: Api, number: str) -> str:
    """The certificate of a payment that was applied for under a number, and went its way."""
    api.call("unit", "POST", "/treasury/apply", json=application(number) | ON)
    for officer, step in (("unit2", "review"), ("reviewer", "approve"), ("signer", "certify")):
        done = api.call(officer, "POST", f"/treasury/{step}", json={"pay_app_no": number} | ON)
        assert done.status_code in (200, 201), done.text
    return str(done.json()["answer"])


def with_account(api: Api) -> None:
    account = {
        "acct_no": "4106000001",
        "name": "零余额",
        "bank_no": "ICBC",
        "mof_div_code": "150600",
        "kind": "11",
    }
    assert api.call("clerk", "POST", "/banking/register-accounts", json=account).status_code == 201


def test_a_document_tells_of_those_that_it_names_and_that_name_it(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        paying.paid(conn, paying.application("A1"))
        back = treasury.Refund("R1", "A1", 30 * paying.YUAN, DAY)
        treasury.refund(conn, [back], by="teller", on=DAY)
    payment, refund = (
        api.call("clerk", "GET", f"/documents/{path}").json() for path in ("pay_app/A1", "refund/R1")
    )
    assert [(one["prefix"], one["doc_key"]) for one in payment["down"]] == [("refund", "R1")]
    assert [(one["name"], one["doc_key"]) for one in refund["up"]] == [("支付申请", "A1")]
    assert (payment["up"], refund["down"]) == ([], [])


def test_a_file_of_many_comes_whole_and_is_made_for_all_of_them_alone(api: Api) -> None:
    certificates = [certified(api, "A1"), certified(api, "A2")]
    with_account(api)
    asked = {"items": certificates, "layout": "pipe"} | ON
    each = api.call("teller", "POST", "/banking/make-order/bulk?each=true", json=asked)
    assert (each.status_code, "each" in each.text) == (422, True)
    made = api.call("teller", "POST", "/banking/make-order/bulk", json=asked)
    assert made.status_code == 200, made.text
    [file] = made.json()["rows"]
    text = b64decode(file["content"]).decode("gb18030")
    assert file["is_new"] and all(one in text for one in certificates)


def test_a_file_comes_whole_whatever_its_characters(api: Api) -> None:
    certificate = certified(api, "A1")
    with_account(api)
    asked = {"pay_cert_no": certificate, "layout": "pipe"} | ON
    made = api.call("teller", "POST", "/banking/make-order", json=asked)
    assert made.status_code == 200, made.text
    [file] = made.json()["answer"]
    assert "鄂尔多斯甲公司" in b64decode(file["content"]).decode("gb18030")
    kept = api.call(
        "teller", "GET", "/banking/show-sent", params={"message_id": file["number"], "bank_no": "ICBC"}
    )
    assert (made.json()["is_new"], kept.json()["rows"]) == (
        True,
        [{n: file[n] for n in ("number", "content")}],
    )
    again = api.call("teller", "POST", "/banking/make-order", json=asked).json()
    assert (again["is_new"], again["answer"]) == (False, [file | {"is_new": False}])


def test_what_is_gathered_is_answered_to_each_by_its_own_number(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, [Officer("revenue", "收入登记", "", frozenset({"revenue_make"}))])
        given = [
            StatisticEntry("gdp", paying.CITY, year, "1", "亿元", DAY, Source("统计公报"))
            for year in (2020, 2021)
        ]
        case = use_cases()["revenue.make-statistics"]
        asked = [Asked(case, one.key, one, DAY, by="revenue") for one in (*given, given[0])]
        assert serve(conn, asked) == [True, True, False]


def test_a_day_is_reported_by_one_call_with_all_its_lines(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, [Officer("revenue", "收入登记", "", frozenset({"revenue_make"}))])
    lines = [{"rev_func_code": code, "fund_type_code": "111", "amount_fen": fen}
             for code, fen in (("101010101", 100), ("1010401", 30))]  # fmt: skip
    on = {"on": "2022-03-03"}
    days = [{"mof_div_code": "150600", "received_on": f"2022-03-0{n}", "lines": lines} for n in (1, 2, 3)]
    for status, is_new in ((201, True), (200, False)):
        done = api.call("revenue", "POST", "/revenue/make-daily-reports", json=days[0] | on)
        assert (done.status_code, done.json().get("is_new")) == (status, is_new), done.text
        assert done.json()["number"] == "150600000-20220301"
    many = api.call("revenue", "POST", "/revenue/make-daily-reports/bulk", json={"items": days} | on)
    assert [(row["number"], row["is_new"]) for row in many.json()["rows"]] == [
        ("150600000-20220301", False), ("150600000-20220302", True), ("150600000-20220303", True)
    ]  # fmt: skip
    early = days[0] | {"received_on": "2022-03-04"}
    bulk = {"items": [*days, early]} | on
    many = api.call("revenue", "POST", "/revenue/make-daily-reports/bulk", json=bulk)
    [item] = many.json()["details"]["items"]
    assert (many.status_code, item["number"]) == (409, "150600000-20220304")
    assert "入库日期 2022-03-04 晚于业务日期 2022-03-03" in str(item)
    shown = api.call("unit", "GET", "/revenue/show-daily-reports?doc_key=150600000-20220301").json()
    assert shown["rows"][0]["document"]["total_fen"] == 130
    none = api.call("revenue", "POST", "/revenue/make-daily-reports", json=days[0] | {"lines": []} | on)
    assert none.status_code == 409


def test_details_of_a_refusal_are_json_however_deep(api: Api) -> None:
    from fisc.api.problems import of_error  # once the application is configured

    said: dict[str, Any] = {
        "drafts": {"国库收入日报": ["1", "2"]},
        "left": [["1001", 5]],
        "on": date(2022, 3, 1),
    }
    told = of_error(RuleBroken("不能关账", rule="先入账", hint="请入账", details=said))
    assert told.details == said | {"on": "2022-03-01"}


def test_a_body_that_is_no_json_is_refused_by_its_type(api: Api) -> None:
    said = json.dumps(application("A1") | ON).encode()
    for kind, status in (("text/plain", 415), ("application/json; charset=utf-8", 201)):
        told = api.call("unit", "POST", "/treasury/apply", content=said, headers={"Content-Type": kind})
        assert told.status_code == status, told.text
    assert told.headers["content-type"].startswith("application/json")


def test_a_day_that_nobody_can_mean_is_refused(api: Api) -> None:
    assert api.call("unit", "POST", "/treasury/apply", json=application("A1") | ON).status_code == 201
    given = {"pay_app_no": "A1", "on": "9022-03-01"}
    for place in ("/treasury/review", "/treasury/review?dry_run=true"):
        refused = api.call("unit2", "POST", place, json=given)
        assert (refused.status_code, refused.json()["hint"]) == (409, "请核对业务日期的年份")


def test_a_method_that_an_address_does_not_take_is_a_problem(api: Api) -> None:
    refused = api.call("unit", "DELETE", "/documents/pay_app/A1")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert refused.json()["title"] == "这个地址不收这种请求"


def test_nothing_lies_at_other_addresses(api: Api) -> None:
    refused = api.call("unit", "GET", "/nothing")
    assert refused.status_code == 404
    assert refused.json()["title"] == "没有这个地址"


def test_every_use_case_has_an_endpoint_and_is_described(api: Api) -> None:
    described = api.call("", "GET", "/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    catalogue = {one["code"]: one for one in api.call("", "GET", "/use-cases").json()}
    assert catalogue.keys() == use_cases().keys()
    for code, case in use_cases().items():
        path = f"/api/{code.replace('.', '/')}"
        assert ("get" if case.is_reading else "post") in described["paths"][path], code
    made = catalogue["treasury.apply"]
    assert (made["step"], made["duty_name"]) == (MAKE, "单位经办")
    assert {"pay_app_no", "amount_fen"} <= {one["name"] for one in made["fields"]}


def test_what_is_wrong_with_a_form_is_said_of_each_field_in_words(api: Api) -> None:
    given = {"pay_app_no": "F1", "amount_fen": "x", "pay_type": "gift", "more": 1}
    said = api.call("unit", "POST", "/treasury/apply", json=given).json()["details"]["errors"]
    assert {"bgt_id：没有填写", "amount_fen：应为整数", "more：没有这一栏"} <= set(said)
    assert any(one.startswith("pay_type：可用 direct、") for one in said)
    [told] = api.call("unit", "POST", "/treasury/apply/bulk", json=[given]).json()["details"]["errors"]
    assert told == '请求体：应为对象；成批办理写作 {"on": "年-月-日", "items": [各项]}'


def test_what_all_items_have_wrong_is_said_once_and_how_it_is_meant(api: Api) -> None:
    item = {"pay_app_no": "F1", "bgt_id": "Q1", "on": "2022-03-01"}
    refused = api.call("unit", "POST", "/treasury/apply/bulk", json={"items": [item] * 2_000})
    told = refused.json()["details"]
    assert (refused.status_code, told["count"]) == (422, 2_000)
    assert told["errors"] == [
        "items.*：on对各项只写一次，写在 items 之外（2,000 处都是这样，先见于 items.0）"
    ]
    del item["on"]
    told = api.call("unit", "POST", "/treasury/apply/bulk", json={"items": [item] * 3 + ["x"]}).json()[
        "details"
    ]
    assert "items.*.payee_name：没有填写（3 处都是这样，先见于 items.0.payee_name）" in told["errors"]
    assert "items.3：应为对象" in told["errors"]


@pytest.mark.parametrize(
    ("body", "words"),
    [(b'{"a": ', "第 1 行第 7 字起不合 JSON 的写法"), (b'{"a": "\xff"}', "不是 UTF-8 的文字"),
     (b"[" * 100_000, "层层嵌套得太深"), (b'{"a": 1, "a": 2}', "写了两次 a"),
     (b'{"a": NaN}', "NaN 不是数字")],
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused_in_words(api: Api, body: bytes, words: str) -> None:
    refused = api.call("unit", "POST", "/treasury/apply", content=body)
    assert refused.status_code == 400 and words in refused.json()["hint"]


def test_a_refused_bulk_names_its_items(api: Api) -> None:
    items = [application("B0"), application("B1", bgt_id="没有的指标"), application("B2")]
    refused = api.call("unit", "POST", "/treasury/apply/bulk", json={"items": items, "on": "2022-03-01"})
    problem = refused.json()
    assert [(one["item"], one["number"]) for one in problem["details"]["items"]] == [(1, "B1")]
    assert "3 项里 1 项不能办理，全部未办理" in problem["title"] and "第 2 项" in problem["title"]


def test_who_has_not_signed_in_is_told_the_address(api: Api) -> None:
    answer = api.call("", "POST", "/treasury/apply", json={})
    assert answer.status_code == 401
    assert "POST /api/sessions" in answer.json()["hint"]


def test_the_list_of_a_use_case_goes_on_where_its_part_ended(api: Api) -> None:
    items = [application(f"A{n}") for n in range(5)]
    api.call("unit", "POST", "/treasury/apply/bulk", json={"items": items} | ON)
    asked: dict[str, Any] = {"mof_div_code": paying.CITY, "fiscal_year": 2022, "limit": 2, "after": ""}
    seen: list[str] = []
    while True:
        part = api.call("unit", "GET", "/treasury/list-payments", params=asked).json()
        seen += [one["pay_app_no"] for one in part["rows"]]
        if not part["after"]:
            break
        asked["after"] = part["after"]
    assert seen == [f"A{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"pay_app_no": "A1", "pay_app_no": "A2"}', "写了两次 pay_app_no"),
        ('{"items": [{"a": 1, "a": 1}]}', "写了两次 a"),
        ('{"pay_app_no": NaN}', "NaN 不是数字"),
        ("{", "请核对请求体"),
        ('{"pay_app_no": %s}' % ("9" * 5000), "位数太多"),
    ],
)
def test_what_a_body_says_twice_or_no_number_can_be_is_refused(api: Api, body: str, said: str) -> None:
    refused = api.call("unit2", "POST", "/treasury/review", content=body.encode())
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert said in refused.json()["hint"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/treasury/review", r'{"pay_app_no": "A\u00001"}', r"pay_app_no里有不能保存的字符（A\x001）"),
        ("/treasury/review", r'{"items": [{"a\ud800": 1}]}', "items.0的栏名里有不能保存的字符"),
        ("/sessions", r'{"officer": "a\u0000", "password": "b"}', "officer里有不能保存的字符"),
    ],
)
def test_what_no_database_keeps_is_refused_by_the_rule(api: Api, path: str, body: str, said: str) -> None:
    refused = api.call("unit2", "POST", path, content=body.encode())
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert said in refused.json()["title"]


def test_an_address_with_a_sign_that_no_database_keeps_is_refused(api: Api) -> None:
    for path in ("/documents/pay_app/A%001", "/documents/pay_app?state=a%00"):
        refused = api.call("unit", "GET", path)
        assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
        assert "不能保存的字符" in refused.json()["title"]


def test_signs_beyond_the_first_plane_are_kept(api: Api) -> None:
    body = json.dumps(application("A1", purpose="𠮷") | ON).encode()
    assert rb"\ud842" in body
    assert api.call("unit", "POST", "/treasury/apply", content=body).status_code == 201
    assert api.call("unit", "GET", "/documents/pay_app/A1").json()["document"]["purpose"] == "𠮷"


def test_what_an_address_says_twice_is_refused(api: Api) -> None:
    asked = "mof_div_code=150600&fiscal_year=2022&fiscal_year=2021"
    refused = api.call("unit", "GET", f"/budget/list-quotas?{asked}")
    assert refused.status_code == 422
    assert refused.json()["details"]["errors"] == ["fiscal_year：写了不止一次"]
    assert api.call("unit", "GET", "/budget/show-quotas?bgt_id=Q1&bgt_id=Q2").status_code == 200


@pytest.mark.parametrize(
    ("path", "items", "status"),
    [
        ("define-regions", [{"division_code": "0", "name": "甲", "source": "文件"}], 409),
        ("remove-regions", ["", "15060"], 404),
    ],
)
def test_what_is_no_code_of_a_division_is_refused_in_words(
    api: Api, path: str, items: list[Any], status: int
) -> None:
    refused = api.call("registrar", "POST", f"/registry/{path}/bulk", json={"items": items})
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert refused.json()["hint"]
