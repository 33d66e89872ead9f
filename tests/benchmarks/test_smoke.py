"""Every benchmark row runs, at a tiny size, and yields numbers."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import ROWS
from benchmarks.measure import Measure, at_least, in_turns, limit, percentile, spread, within
from benchmarks.publish import amount, number, table

ROOT = Path(__file__).parents[2]


@pytest.mark.heavy
def test_every_row_yields_numbers(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--scale", "small", "--json", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads(out.read_text("utf8"))
    assert results["complete"] and list(results["rows"]) == list(ROWS)
    for name, row in results["rows"].items():
        assert row["measures"], name
        for measure in row["measures"]:
            assert measure["ratio"] > 0 and math.isfinite(measure["ratio"]), measure["key"]
            assert measure["what"] in table(results)


class TestMeasure:
    def test_a_rate_is_better_when_it_is_more(self) -> None:
        found = Measure("k", "w", "payments/s", spread([10, 30, 20]), "p", limit(5), **at_least(4, "p"))
        assert found.ratio == 4 and found.reached

    def test_a_time_is_better_when_it_is_less(self) -> None:
        found = Measure("k", "w", "s", spread([2.0]), **within(1, "s"))
        assert found.ratio == 0.5 and found.reached is False

    def test_a_row_without_goal_only_informs(self) -> None:
        assert Measure("k", "w", "ms", spread([1]), "p", spread([2])).reached is None

    def test_sides_take_turns(self) -> None:
        calls: list[str] = []

        def side(name: str) -> float:
            calls.append(name)
            return len(calls)

        found = in_turns(2, lambda: side("a"), lambda: side("b"))
        assert calls == ["a", "b", "a", "b"] and found == [[1, 3], [2, 4]]

    def test_percentile_of_few(self) -> None:
        assert percentile([3, 1, 2], 0.99) == 3 and percentile([5], 0.5) == 5


def test_amounts_in_words() -> None:
    assert number(12345.6) == "12,346" and number(0.12345) == "0.123"
    assert amount({"median": 2, "low": 1, "high": 3, "count": 3}, "s") == "2 s (1 to 3)"
    assert amount({"median": 150, "low": 150, "high": 150, "count": 1}, "ms") == "150 ms"
