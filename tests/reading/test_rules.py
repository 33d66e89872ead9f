"""What figures promise: gaps are not zeros, scopes add up, a year has its own rule set, as of is as of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.kernel import Coding, Document, Entry, credit, debit, open_year, post, record_documents, reverse
from fisc.kernel.coding import elements_key, intern_codings
from fisc.reading.algebra import (
    CREDIT,
    Accounts,
    By,
    Count,
    Difference,
    Figure,
    Flow,
    Of,
    Output,
    Selection,
    Statistic,
    Sum,
    Unit,
    Where,
    assemble,
)
from fisc.reading.bind import FigureError
from fisc.reading.engines import LiveEngine, SnapshotEngine
from fisc.reading.plan import Leaf, Planner
from fisc.reading.service import Ask, FigureService
from fisc.reading.snapshot import check_snapshot, write_snapshot
from fisc.reading.trace import as_json, trace
from fisc.registry.areas import Area
from fisc.registry.errors import UnknownRegion
from tests.reading.city import City, Move, entry_of, post_moves

WAN = 1_000_000
OWN, EAST, WEST, WHOLE = range(4)


def moment(conn: psycopg.Connection) -> datetime:
    return conn.execute("select clock_timestamp()").fetchone()[0]


def revenue(year: int, amount: int, region: int = WHOLE, month: int = 12, code: int = 0) -> Move:
    return Move("revenue", region, year, month, code, amount)


def test_rows_that_cancel_are_zero_and_no_rows_are_a_gap(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN), revenue(2025, -5 * WAN)])
    assert service.get("revenue.general", city.code, 2025).value == 0
    missing = service.get("revenue.general", city.code, 2024)
    assert missing.value is None
    assert "2024" in missing.gap_reason


def test_a_part_without_rows_says_that_the_line_itself_is_kept(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN, code=0)])
    gap = service.get("revenue.nontax", city.code, 2025)
    assert gap.value is None
    assert "没有符合口径条件的分录" in gap.gap_reason


def test_a_region_that_there_is_not_is_refused(conn, city, service) -> None:
    with pytest.raises(UnknownRegion, match="没有区划 889900"):
        service.get("revenue.general", "889900", 2025)


def test_growth_over_nothing_has_no_meaning_and_over_a_missing_year_is_a_gap(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2024, 5 * WAN), revenue(2024, -5 * WAN), revenue(2025, 7 * WAN)])
    undefined = service.get("revenue.general.yoy", city.code, 2025)
    assert (undefined.value, undefined.gap_reason) == (None, "")
    assert "基数" in undefined.undefined_reason
    assert service.get("revenue.general.yoy", city.code, 2024).gap_reason


def test_growth_and_its_breakdown(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2024, 4 * WAN), revenue(2025, 5 * WAN), revenue(2025, 3 * WAN, code=2)])
    grown = service.get("revenue.general.yoy", city.code, 2025)
    assert grown.value == 1
    assert {line.code: line.value for line in grown.breakdown} == {"101": Decimal("0.25"), "103": None}


def test_the_whole_city_is_the_published_consolidation_where_there_is_one(conn, city, service) -> None:
    parts = [revenue(2025, n * WAN, region) for n, region in ((1, OWN), (2, EAST), (4, WEST))]
    post_moves(conn, city, parts)
    assert service.get("revenue.general", city.code, 2025).value == 7 * WAN
    post_moves(conn, city, [revenue(2025, 8 * WAN, WHOLE)])
    whole = service.get("revenue.general", city.code, 2025)
    assert (whole.value, whole.divisions) == (8 * WAN, (city.whole,))
    assert service.get("revenue.general", city.whole, 2025).value == 8 * WAN
    assert service.get("revenue.general", city.own, 2025).value == 1 * WAN
    assert service.get("revenue.general", city.code, 2025, scope="own").value == 1 * WAN
    assert service.get("revenue.general", city.counties[1], 2025).value == 4 * WAN


def test_a_city_cannot_be_summed_while_a_county_is_missing(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, WAN, OWN), revenue(2025, WAN, EAST)])
    gap = service.get("revenue.general", city.code, 2025)
    assert gap.value is None
    assert city.counties[1] in gap.gap_reason
    post_moves(conn, city, [Move("spending", WEST, 2025, 3, 0, WAN)])  # keeps the book: its revenue is zero
    assert service.get("revenue.general", city.code, 2025).value == 2 * WAN


@pytest.mark.parametrize("year", [2022, 2023])
def test_each_year_is_read_by_its_own_rule_set(conn, city, service, year) -> None:
    post_moves(conn, city, [revenue(2022, 2 * WAN), revenue(2023, 3 * WAN)])
    assert service.get("revenue.general", city.code, year).value == (2 if year == 2022 else 3) * WAN
    assert service.get("revenue.general.yoy", city.code, 2023).value == Decimal("0.5")


def test_the_cut_off_month_and_the_same_cut_off_a_year_before(conn, city, service) -> None:
    given = [(2024, 1, 10), (2024, 9, 90), (2025, 1, 11), (2025, 2, 11), (2025, 9, 80)]
    post_moves(conn, city, [revenue(year, n * WAN, month=month) for year, month, n in given])
    assert service.get("revenue.general", city.code, 2025, cutoff_month=2).value == 22 * WAN
    assert service.get("revenue.general.yoy", city.code, 2025, cutoff_month=2).value == Decimal("1.2")
    with pytest.raises(FigureError, match="截止月份"):
        service.get("revenue.general", city.code, 2025, cutoff_month=13)


def test_closing_transfers_do_not_take_the_income_away(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    closing = entry_of(city, revenue(2025, -5 * WAN), "close")
    post(conn, [replace(closing, period=202513)])
    assert service.get("revenue.general", city.code, 2025).value == 5 * WAN


def test_a_correction_changes_now_but_not_what_was_known(conn, city, service) -> None:
    entry = entry_of(city, revenue(2025, 5 * WAN), "wrong")
    ids = post(conn, [entry]).entry_ids
    before = moment(conn)
    reverse(conn, ids, "/红字")
    post(conn, [entry_of(city, revenue(2025, 6 * WAN), "right")])
    assert service.get("revenue.general", city.code, 2025).value == 6 * WAN
    then = service.get("revenue.general", city.code, 2025, as_of=before)
    assert (then.value, then.row_count) == (5 * WAN, 1)
    assert [row.entry_id for row in service.rows(then.ask)] == ids
    assert service.get("revenue.general", city.code, 2025, as_of=datetime(2000, 1, 1, tzinfo=UTC)).gap_reason


def test_the_first_rows_known_at_a_moment_skip_what_came_later(conn, city, service) -> None:
    early = [revenue(2025, WAN, month=m) for m in (3, 4, 9)]
    ids = post(conn, [entry_of(city, move, f"early{move.month}") for move in early]).entry_ids
    then = moment(conn)
    post_moves(conn, city, [revenue(2025, WAN, month=m) for m in (1, 2, 3, 3, 5, 6)])
    ask = Ask("revenue.general", city.code, 2025, as_of=then)
    assert [row.entry_id for row in service.rows(ask, 2)] == ids[:2]
    assert [row.entry_id for row in service.rows(ask, 5)] == ids


def test_the_spending_budget_stays_the_same_while_its_quota_is_handed_on(conn, city, service) -> None:
    budget = [
        Move("budget_revenue", OWN, 2025, 1, 0, 9 * WAN),
        Move("budget_spending", OWN, 2025, 1, 0, 8 * WAN),
    ]
    post_moves(conn, city, [*budget, Move("distributed", OWN, 2025, 2, 0, 3 * WAN)])
    assert service.get("expenditure.general.budget", city.code, 2025, scope="own").value == 8 * WAN


def test_adjusted_budget_and_completion(conn, city, service) -> None:
    initial, change = (
        Move("budget_revenue", WHOLE, 2025, 1, 0, 10 * WAN),
        Move("budget_revenue", WHOLE, 2025, 6, 1, -2 * WAN),
    )
    post_moves(conn, city, [initial, change, revenue(2025, 6 * WAN)])
    values = {
        i: service.get(f"revenue.general.{i}", city.code, 2025).value
        for i in ("budget", "adjusted", "completion", "completion_adjusted")
    }
    assert values == {
        "budget": 10 * WAN,
        "adjusted": 8 * WAN,
        "completion": Decimal("0.6"),
        "completion_adjusted": Decimal("0.75"),
    }


def test_a_county_sees_what_the_city_sent_it(conn, city, service) -> None:
    post_moves(conn, city, [Move("sent", OWN, 2025, 5, 0, 3 * WAN), Move("sent", OWN, 2025, 5, 1, 4 * WAN)])
    assert service.get("transfers.to_banners", city.code, 2025).value == 7 * WAN
    assert service.get("transfers.to_banners", city.counties[0], 2025).value == 3 * WAN
    by = By("rec_div_code")
    split = service.get("transfers.to_banners", city.code, 2025, by=by).breakdown
    assert [(line.code, line.value) for line in split] == [
        (city.counties[0], 3 * WAN),
        (city.counties[1], 4 * WAN),
    ]


def test_what_counties_were_told_early_adds_up_for_their_city(conn, city, service) -> None:
    moves = [
        Move("told_early", region, 2026, 1, 0, n * WAN) for region, n in ((EAST, 3), (WEST, 5), (WHOLE, 90))
    ]
    open_all(conn, city, 2026)
    post_moves(conn, city, moves)
    told = [
        service.get("transfers.early_notice", r, 2026).value for r in (city.code, city.own, *city.counties)
    ]
    assert told == [8 * WAN, 8 * WAN, 3 * WAN, 5 * WAN]


def open_all(conn: psycopg.Connection, city: City, year: int) -> None:
    for region in city.regions:
        open_year(conn, region, year)


def test_the_least_growth_names_the_figures_it_chose_from(conn, city, service) -> None:
    codes = {0: (2024, 2025, 4, 5), 1: (2024, 2025, 4, 6), 2: (2024, 2025, 4, 7), 3: (2024, 2025, 4, 8)}
    for code, (before, now, old, new) in codes.items():
        post_moves(
            conn,
            city,
            [
                Move("spending", WHOLE, before, 3, code, old * WAN),
                Move("spending", WHOLE, now, 3, code, new * WAN),
            ],
        )
    least = service.get("expenditure.key_areas.min_yoy", city.code, 2025)
    assert least.value == Decimal("0.25")
    assert [line.value for line in least.breakdown] == [Decimal(n) / 4 for n in (1, 2, 3, 4)]


def test_rank_among_the_counties(conn, city, service) -> None:
    moves = [Move("borrowed", region, 2025, 6, 0, n * WAN) for region, n in ((EAST, 3), (WEST, 5), (OWN, 90))]
    post_moves(conn, city, moves)
    assert [service.get("debt.balance.rank", c, 2025).value for c in city.counties] == [2, 1]
    assert service.get("debt.balance.rank", city.own, 2025).gap_reason


def test_combinations_of_the_algebra(conn, city) -> None:
    post_moves(
        conn,
        city,
        [revenue(2025, 5 * WAN), revenue(2025, 3 * WAN, code=2), Move("spending", WHOLE, 2025, 1, 0, WAN)],
    )
    counted = Count(
        Selection((Accounts("treasury_2022_budget", ("6001",)),), CREDIT, (), By("rev_func_code", 3))
    )
    own = [
        Figure("n", "笔数", "口径", "法", counted, Unit.COUNT),
        Figure("left", "差", "口径", "法", Difference(Of("revenue.general"), Of("expenditure.general"))),
        Figure("both", "和", "口径", "法", Sum((Of("revenue.tax"), Of("revenue.nontax")))),
    ]
    service = FigureService(conn, assemble([*CATALOGUE.values(), *own]))
    results = {i: service.get(i, city.code, 2025) for i in ("n", "left", "both")}
    assert (results["n"].value, results["left"].value, results["both"].value) == (2, 7 * WAN, 8 * WAN)
    assert [(x.code, x.value) for x in results["n"].breakdown] == [("101", 1), ("103", 1)]


def test_the_catalogue_refuses_a_double_id_and_a_lost_operand() -> None:
    figure = CATALOGUE["revenue.general"]
    with pytest.raises(ValueError, match="两次"):
        assemble([figure, figure])
    with pytest.raises(ValueError, match="不存在"):
        assemble([Figure("x", "x", "x", "x", Sum((Of("nowhere"),)))])


def test_outputs_add_up_and_a_later_report_replaces_the_earlier(conn, city, tmp_path: Path) -> None:
    def report(key: str, of: str, value: str, kind: str = "output") -> Document:
        payload = {"item": "学位", "of": of, "value": value}
        return Document(
            f"{city.code}/{key}", kind, city.own, 2025, date(2025, 12, 31), title=of, payload=payload
        )

    record_documents(conn, [report("a", "一小", "100"), report("b", "二小", "50")])
    before = moment(conn)
    record_documents(conn, [report("c", "二小", "70"), report("d", "粮食", "9.5", "statistic")])
    own = assemble(
        [
            Figure("output.places", "学位", "口径", "法", Output("学位"), Unit.COUNT, "own"),
            Figure("stat.places", "学位", "口径", "法", Statistic("学位"), Unit.COUNT, "own"),
        ]
    )
    write_snapshot(conn, tmp_path)
    for engine in (LiveEngine(conn), SnapshotEngine(tmp_path)):
        service = FigureService(engine, own)
        assert service.get("output.places", city.code, 2025).value == 170
        assert service.get("output.places", city.code, 2025, as_of=before).value == 150
        assert service.get("stat.places", city.code, 2025).value == Decimal("9.5")
        assert service.get("output.places", city.code, 2024).gap_reason


def test_conditions_can_exclude_and_must_name_an_element() -> None:
    base = Selection((), CREDIT)
    assert base.without("exp_func_code", "205").conditions == (
        Where("exp_func_code", ("205",), excluded=True),
    )
    with pytest.raises(ValueError, match="不是预算要素"):
        base.where("colour", "red")


def test_an_excluded_code_is_left_out(conn, city) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN), revenue(2025, 3 * WAN, code=2)])
    general = CATALOGUE["revenue.general"].formula
    rest = Figure("rest", "其余", "口径", "法", Flow(general.selection.without("rev_func_code", "101")))
    assert FigureService(conn, assemble([rest])).get("rest", city.code, 2025).value == 3 * WAN


def test_an_unknown_figure_names_its_neighbours(service) -> None:
    with pytest.raises(FigureError, match=r"revenue\.general"):
        service.get("revenue.gneral", "530700", 2025)


def test_a_trace_opens_to_the_cell(conn, city, service) -> None:
    document = Document(
        f"{city.code}/book",
        "budget_book",
        city.own,
        2025,
        date(2025, 1, 15),
        title="预算草案附表",
        source_name="附表.xlsx",
    )
    (document_id,) = record_documents(conn, [document])
    post(conn, [entry_of(city, revenue(2025, 5 * WAN), "E7", document_id=document_id)])
    post_moves(conn, city, [revenue(2025, 3 * WAN, code=2)])
    opened = trace(service, Ask("revenue.general", city.code, 2025), code="101")
    (entry,) = opened.entries
    assert (opened.result.value, entry.amount_fen) == (5 * WAN, 5 * WAN)
    assert (entry.source_ref, entry.document_title, entry.source_name) == (
        "表!E7",
        "预算草案附表",
        "附表.xlsx",
    )
    assert as_json(opened)["entries"][0]["source_ref"] == "表!E7"
    assert as_json(opened)["entries"][0]["document"]["title"] == "预算草案附表"


def test_a_trace_says_when_it_is_cut_short(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, WAN, month=m) for m in range(1, 6)])
    short = trace(service, Ask("revenue.general", city.code, 2025), limit=3)
    assert (len(short.entries), short.is_complete) == (3, False)
    assert trace(service, Ask("revenue.general", city.code, 2025), limit=5).is_complete


def test_a_combined_figure_traces_into_its_operands(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2024, 4 * WAN), revenue(2025, 5 * WAN)])
    opened = trace(service, Ask("revenue.general.yoy", city.code, 2025))
    assert [(o.result.ask.fiscal_year, o.result.value) for o in opened.operands] == [
        (2025, 5 * WAN),
        (2024, 4 * WAN),
    ]
    assert all(len(o.entries) == 1 for o in opened.operands)


def test_a_coding_block_committed_late_is_still_found(ledger_db: str, conn, city) -> None:
    service = FigureService(conn, CATALOGUE)
    with psycopg.connect(ledger_db, autocommit=True) as late:
        with late.transaction():
            post(
                late, [entry_of(city, revenue(2025, WAN, code=0), "late")]
            )  # its coding block has the lower id
            post_moves(conn, city, [revenue(2025, 2 * WAN, code=1)])
            assert service.get("revenue.general", city.code, 2025).value == 2 * WAN
        assert service.get("revenue.general", city.code, 2025).value == 3 * WAN


def test_a_snapshot_carries_a_manifest_and_shows_damage(conn, city, tmp_path: Path) -> None:
    post_moves(conn, city, [revenue(2025, WAN)])
    manifest = write_snapshot(conn, tmp_path)
    assert manifest["entry_count"] == 1
    assert check_snapshot(tmp_path) == []
    with (tmp_path / "entry.parquet").open("ab") as file:
        file.write(b"x")
    assert check_snapshot(tmp_path) == ["entry"]
    (tmp_path / "posting.parquet").unlink()
    (tmp_path / "region.parquet").write_bytes(b"PAR1")
    assert check_snapshot(tmp_path) == ["posting", "entry", "region"]
    with pytest.raises(FigureError, match=r"posting\.parquet 缺失或损坏"):
        SnapshotEngine(tmp_path)


@pytest.mark.parametrize("said", ['{"format": 1}', "[]", "{", '{"files": {}}'])
def test_a_manifest_of_another_form_is_refused_in_words(tmp_path: Path, said: str) -> None:
    (tmp_path / "manifest.json").write_text(said)
    with pytest.raises(FigureError, match="快照") as refused:
        SnapshotEngine(tmp_path)
    assert "另取快照" in refused.value.hint


def test_a_coding_block_has_one_key_in_the_snapshots_of_every_city(conn, city, tmp_path: Path) -> None:
    """The number of a block is its database's own; what snapshots are read together by is its digest."""
    (entry,) = post_moves(conn, city, [revenue(2025, WAN)])
    write_snapshot(conn, tmp_path)
    rows = duckdb.sql(f"select id, elements_key::varchar from '{tmp_path / 'coding.parquet'}'").fetchall()
    coding = entry.lines[0].coding
    assert (intern_codings(conn, [coding])[coding], str(elements_key(coding))) in rows


def test_a_folder_without_a_manifest_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(FigureError, match="快照清单"):
        SnapshotEngine(tmp_path)


def test_a_snapshot_is_not_taken_in_the_middle_of_a_transaction(conn, tmp_path: Path) -> None:
    with conn.transaction(), pytest.raises(FigureError, match="事务"):
        write_snapshot(conn, tmp_path)


def test_a_service_over_one_moment_answers_and_opens_as_any_other(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN), revenue(2025, 3 * WAN, code=2), revenue(2024, WAN)])
    kept = FigureService(conn, CATALOGUE, one_moment=True)
    for figure_id in ("revenue.general", "revenue.general.yoy", "revenue.tax", "revenue.general"):
        ask = Ask(figure_id, city.code, 2025)
        assert kept.get_many([ask]) == service.get_many([ask])
        assert kept.rows(ask) == service.rows(ask)
    opened = kept.rows(Ask("revenue.general", city.code, 2025))
    assert -sum(row.amount_fen for row in opened) == kept.get("revenue.general", city.code, 2025).value


def test_a_service_without_that_promise_sees_what_is_posted_next(conn, city, service) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    assert service.get("revenue.general", city.code, 2025).value == 5 * WAN
    post_moves(conn, city, [revenue(2025, 2 * WAN)])
    assert service.get("revenue.general", city.code, 2025).value == 7 * WAN


def test_a_statistic_of_the_own_level_does_not_overwrite_the_whole_area_s(conn, city) -> None:
    """Both are told under one name; the own level's came later and is another number."""
    later = [(city.whole, 900), (city.own, 300)]
    record_documents(conn, [
        Document(f"statistic:{code}", "statistic", code, 2025, date(2026, 1, at), title="公报",
                 payload={"item": "general_revenue", "of": "", "value": value})
        for at, (code, value) in enumerate(later, 1)
    ])  # fmt: skip
    service = FigureService(conn, CATALOGUE)
    told = {r: service.get("stat.general_revenue", r, 2025).value for r in (city.code, city.whole, city.own)}
    assert told == {city.code: 900, city.whole: 900, city.own: 300}


def test_a_statistic_of_a_county_is_not_its_city_s(conn, city) -> None:
    record_documents(conn, [
        Document("statistic:county", "statistic", city.counties[0], 2025, date(2026, 1, 1), title="公报",
                 payload={"item": "gdp", "value": 5})
    ])  # fmt: skip
    found = FigureService(conn, CATALOGUE).get("stat.gdp", city.code, 2025)
    assert found.value is None and "没有“gdp”的报送材料" in found.gap_reason


def test_a_zone_is_its_agencies_in_the_books_of_its_government(conn, city) -> None:
    codings = [
        Coding(2025, city.own, "111", agency_code=code, exp_func_code="20502")
        for code in ("901001", "102001")
    ]
    post(conn, [
        Entry(f"zone/{c.agency_code}", city.own, date(2025, 3, 1),
              (debit("treasury_2022_budget:7001", c, WAN), credit("treasury_2022_budget:804101", c, WAN)),
              document_id=city.paper)
        for c in codings
    ])  # fmt: skip
    measure = CATALOGUE["expenditure.general"].formula
    answers = Planner(LiveEngine(conn)).answer(
        [Leaf(measure, area, 2025) for area in (Area("zone", city.own, "901"), Area("own", city.own))]
    )
    assert [answer.value for answer in answers.values()] == [WAN, 2 * WAN]
