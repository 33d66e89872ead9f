"""A ledger of a simulation is marked before anything is posted, for good, and has a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from fisc.kernel import AppendOnly, LedgerError, post, seal, verify
from fisc.kernel.simulation import mark_simulated, simulation, turn_clock

from . import world

JUNE = datetime(2022, 6, 30, tzinfo=UTC)
JULY = JUNE + timedelta(days=1)


def moments(conn: psycopg.Connection) -> list[datetime]:
    return [row[0] for row in conn.execute("select posted_at from ledger.entry order by id").fetchall()]


@pytest.fixture
def simulated(city: psycopg.Connection) -> psycopg.Connection:
    """The founded city, marked as a simulation that begins on the last of June 2022."""
    mark_simulated(city, "试城 2022", JUNE)
    return city


def test_a_real_ledger_has_no_mark_and_the_machines_clock(city: psycopg.Connection) -> None:
    before = datetime.now(UTC)
    post(city, [world.grant("G1", 100)])
    assert simulation(city) is None and before < moments(city)[0] < datetime.now(UTC)


def test_a_real_ledger_that_was_made_to_tick_keeps_the_machines_clock(city: psycopg.Connection) -> None:
    city.execute("select nextval('ledger.simulation_tick')")
    near = "select ledger.clock() between clock_timestamp() - interval '1 minute' and clock_timestamp()"
    assert city.execute(near).fetchone() == (True,)
    post(city, [world.grant("g", 1)])
    assert verify(city).ok


def test_a_mark_that_was_set_by_hand_has_its_own_clock(city: psycopg.Connection) -> None:
    began = datetime(2021, 1, 1, tzinfo=UTC)
    city.execute("insert into ledger.simulation (title, began_at, from_tick) values ('x', %s, 0)", [began])
    found = city.execute("select ledger.clock() - %s < interval '1 second'", [began]).fetchone()
    assert found == (True,)


def test_a_real_ledger_refuses_another_clock(city: psycopg.Connection) -> None:
    with pytest.raises(LedgerError, match="不是模拟账"):
        turn_clock(city, JUNE)


def test_what_was_posted_never_becomes_a_simulation(city: psycopg.Connection) -> None:
    post(city, [world.grant("G1", 100)])
    with pytest.raises(AppendOnly, match="不能再标为模拟账"):
        mark_simulated(city, "试城", JUNE)
    assert simulation(city) is None


@pytest.mark.parametrize(
    "attack",
    [
        "delete from ledger.simulation",
        "truncate ledger.simulation",
        "update ledger.simulation set title = '真实'",
        "update ledger.simulation set is_only = null",
        "update ledger.simulation set marked_at = now()",
        "update ledger.simulation set began_at = '2022-06-01'",
        "update ledger.simulation set from_tick = 0",
    ],
)
def test_the_mark_is_not_taken_off(simulated: psycopg.Connection, attack: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        simulated.execute(attack.encode())
    assert refused.value.sqlstate == "FS006"
    found = simulation(simulated)
    assert found is not None and found.title == "试城 2022"


def test_entries_are_known_on_the_day_that_is_told(simulated: psycopg.Connection) -> None:
    post(simulated, [world.grant("G1", 100), world.grant("G2", 100)])
    assert turn_clock(simulated, JULY) == JULY
    post(simulated, [world.pay("P1", 30)])
    first, second, third = moments(simulated)
    assert JUNE < first == second < JUNE + timedelta(seconds=1)
    assert JULY < third < JULY + timedelta(seconds=1)


def test_the_clock_never_goes_back(simulated: psycopg.Connection) -> None:
    turn_clock(simulated, JULY)
    post(simulated, [world.grant("G1", 100)])
    stands = turn_clock(simulated, JUNE)
    post(simulated, [world.grant("G2", 100)])
    first, second = moments(simulated)
    assert JULY < first < stands < second


def test_a_day_that_is_rolled_back_leaves_the_clock_going_on(simulated: psycopg.Connection) -> None:
    with pytest.raises(ZeroDivisionError), simulated.transaction():
        turn_clock(simulated, JULY)
        post(simulated, [world.grant("G1", 100)])
        raise ZeroDivisionError
    post(simulated, [world.grant("G1", 100)])
    turn_clock(simulated, JULY)
    post(simulated, [world.grant("G2", 100)])
    first, second = moments(simulated)
    assert JUNE < first < JULY < second


@pytest.mark.parametrize("moment", ["2022-06-29", "2026-01-01"])
def test_a_moment_cannot_be_made_up(simulated: psycopg.Connection, moment: str) -> None:
    post(simulated, [world.grant("G1", 100)])
    with pytest.raises(psycopg.Error) as refused:
        simulated.execute(
            "insert into ledger.entry (posted_at, period, business_date, region_id, line_count, natural_key, "
            "document_id) select %s, period, business_date, region_id, line_count, 'X', document_id "
            "from ledger.entry",
            [moment],
        )
    assert refused.value.sqlstate == "FS007"


def test_a_marked_ledger_is_sealed_and_proven_as_any(simulated: psycopg.Connection) -> None:
    post(simulated, [world.grant("G1", 100)])
    turn_clock(simulated, JULY)
    seal(simulated)
    assert verify(simulated).ok and verify(simulated).unsealed_entries == 0
    (sealed_at,) = simulated.execute("select min(sealed_at) from ledger.seal").fetchone() or ()
    assert JULY < sealed_at < JULY + timedelta(seconds=1)
