"""Money from above is used for the class that its revenue code, or its document, names."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.budget import services as budget
from fisc.documents import Officer, RuleBroken, define_officers, findings
from fisc.regional.services import Setting, approve_settings, make_settings
from fisc.registry import fitting, grant_purposes
from fisc.registry.tables import read_table
from fisc.transfers import services as tr
from tests.transfers.test_sources import SIGNED, quotas, staffed
from tests.transfers.world import BANNER, CITY, DAY, UP, YEAR, Conn, arranged, hands, issued, source

#: Special transfers for agriculture, shared mandates of agriculture and education, and a general one.
SPECIAL, SHARED, GENERAL = "1100313", "1100252", "1100202"


@pytest.fixture
def desks(city: Conn) -> Conn:
    staffed(city)
    return city


def _noted(conn: Conn) -> list[tuple[str, str]]:
    found = findings.recorded(conn, regions=[CITY], rules=["fit.grant_purpose"])
    return [(one.finding.document, one.state) for one in found]


def _take(conn: Conn, way: str, code: str) -> None:
    if way == "quota":
        budget.enter(conn, [quotas(UP, 400)], **SIGNED)
    elif way == "arrangement":
        tr.arrange(conn, [arranged("安-1", 400, "2050202")], **hands(), on=DAY)
    else:
        tr.arrange(conn, [arranged("安-1", 400, code)], **hands(), on=DAY)
        tr.issue(conn, [issued([(BANNER, 400)], code=code)], **hands(), on=DAY)


@pytest.mark.parametrize("way", ["quota", "arrangement", "passed on"])
def test_a_special_transfer_is_spent_on_nothing_else(desks: Conn, way: str) -> None:
    tr.receive(desks, [source(900, code=SPECIAL)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="不是用于") as refused:
        _take(desks, way, "2300305")
    assert "专款专用" in (refused.value.rule or "")
    assert _noted(desks) == []


@pytest.mark.parametrize("way", ["quota", "arrangement", "passed on"])
def test_a_shared_mandate_spent_elsewhere_is_noted_and_stays_open(desks: Conn, way: str) -> None:
    tr.receive(desks, [source(900, code=SHARED)], **hands(), on=DAY)
    _take(desks, way, "2300245")
    assert [state for _, state in _noted(desks)] == ["open"] * (2 if way == "passed on" else 1)


@pytest.mark.parametrize("code", [GENERAL, "1100399", "1100245", "1100305"])
def test_what_names_no_class_or_this_one_says_nothing(desks: Conn, code: str) -> None:
    tr.receive(desks, [source(900, code=code)], **hands(), on=DAY)
    _take(desks, "quota", "")
    assert _noted(desks) == []


def paper(*lines: tuple[str, int, str], number: str = UP) -> tr.SourceDocument:
    """A document from above of several lines: revenue code, fen, class."""
    given = tuple(tr.SourceLine(at, *line) for at, line in enumerate(lines, start=1))
    return tr.SourceDocument(number, CITY, YEAR, "111", date(2022, 2, 20), "关于下达补助资金的通知", given)


def test_the_class_that_a_shared_mandate_names_goes_before_its_code_and_is_noted(desks: Conn) -> None:
    tr.receive(desks, [paper((SHARED, 900, "2050202"))], **hands(), on=DAY)
    assert [state for _, state in _noted(desks)] == ["open"]
    _take(desks, "quota", "")
    assert len(_noted(desks)) == 1


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize(("func", "said"), [("2050202", "不是用于支出功能分类 2050202"), ("213", "细")])
def test_a_line_s_class_is_an_item_of_the_class_of_its_code(
    desks: Conn, monkeypatch: pytest.MonkeyPatch, func: str, said: str, *, guard: bool
) -> None:
    if guard:  # the database by itself
        monkeypatch.setattr(fitting, "misfits", lambda *_: ())
        monkeypatch.setattr("fisc.registry.elements.fits.misfits", lambda *_: ())
    with pytest.raises(RuleBroken, match=said):
        tr.make_receipts(desks, [paper((SPECIAL, 900, func))], by=hands()["by"], on=DAY)
    tr.receive(desks, [source(900, code=SPECIAL)], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-1", 900, "2300313")], **hands(), on=DAY)
    down = tr.IssueDocument(
        "鄂财转〔2022〕7号",
        CITY,
        YEAR,
        "111",
        DAY,
        "下达",
        (tr.IssueLine(1, BANNER, "2300313", 400, func),),
        UP,
    )
    with pytest.raises(RuleBroken, match=said):
        tr.make_issues(desks, [down], by=hands()["by"], on=DAY)


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("code", ["2130153", "2300202"])
def test_what_a_line_names_is_kept_to_the_item_and_passed_on_as_special(
    desks: Conn, monkeypatch: pytest.MonkeyPatch, code: str, *, guard: bool
) -> None:
    if guard:
        monkeypatch.setattr(fitting, "purpose_misfits", lambda *_: ())
    tr.receive(desks, [paper((SPECIAL, 900, "2130122"))], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="专项"):
        tr.arrange(desks, [arranged("安-1", 400, code)], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-2", 400, "2130122")], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-3", 500, "2300313")], **hands(), on=DAY)


def test_a_mixed_document_is_used_line_by_line_to_the_fen(desks: Conn) -> None:
    """Of 900 fen for agriculture and 100 for nothing, other classes have 100, whatever door they come by."""
    mixed = paper((SPECIAL, 500, "2130122"), (SPECIAL, 400, ""), (GENERAL, 100, ""))
    tr.receive(desks, [mixed], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="逐行"):
        tr.arrange(desks, [arranged("安-1", 101, "2050202")], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="逐行"):
        budget.enter(desks, [quotas(UP, 101)], **SIGNED)
    with pytest.raises(RuleBroken, match="逐行"):
        tr.arrange(desks, [arranged("安-2", 501, "2130153")], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-3", 60, "2050202")], **hands(), on=DAY)
    budget.enter(desks, [quotas(UP, 40, "鄂财指〔2022〕2号")], **SIGNED)
    with pytest.raises(RuleBroken, match="未分类"):
        tr.arrange(desks, [arranged("安-4", 1, "2300202")], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-5", 400, "2130153")], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-6", 500, "2300313")], **hands(), on=DAY)


def test_what_above_takes_back_of_a_mixed_document_frees_nothing(desks: Conn) -> None:
    tr.receive(desks, [paper((SPECIAL, 500, ""), (GENERAL, 100, ""))], **hands(), on=DAY)
    tr.arrange(desks, [arranged("安-1", 60, "2050202")], **hands(), on=DAY)
    back = tr.TakeBackItem("收-1", tr.line_key(CITY, YEAR, UP, 2), 40, "上级核减这一行")
    tr.take_back(desks, [back], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="逐行"):
        tr.arrange(desks, [arranged("安-2", 1, "2050202")], **hands(), on=DAY)


def test_a_region_that_pools_its_grants_has_it_noted(desks: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What law lets a region use together (统筹整合), it settles by a document of two officers."""
    define_officers(desks, [
        Officer("made", "经办", CITY, frozenset({"registry_make"})),
        Officer("approves", "审核", CITY, frozenset({"registry_review"})),
    ])  # fmt: skip
    settled = Setting("设1", CITY, "grant_purpose", date(YEAR, 1, 1), "内政发〔2021〕9号", "note")
    make_settings(desks, [settled], by="made", on=DAY)
    approve_settings(desks, ["设1"], by="approves", on=DAY)
    tr.receive(desks, [source(900, code=SPECIAL)], **hands(), on=DAY)
    monkeypatch.setattr(grant_purposes, "setting", lambda *_: "note")  # as a process reads it anew
    _take(desks, "quota", "")
    assert [state for _, state in _noted(desks)] == ["open"]


@pytest.mark.parametrize("way", ["quota", "arrangement", "passed on"])
def test_the_database_refuses_as_the_services_do(
    desks: Conn, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(fitting, "purpose_misfits", lambda *_: ())
    tr.receive(desks, [source(900, code=SPECIAL)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match="专项"):
        _take(desks, way, "2300305")


def test_the_database_takes_for_granted_what_is_shipped() -> None:
    rows = [row for row in read_table("region_settings.csv") if row["setting"] == "grant_purpose"]
    assert {(row["mof_div_code"], row["value"]) for row in rows} == {("", "refuse")}
