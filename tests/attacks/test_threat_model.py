"""The threat model names every attack that is tested, as its test says."""

from __future__ import annotations

from tests.attacks import attacks
from tools.attacks import PLACE, with_table


def test_the_threat_model_lists_every_attack() -> None:
    text = PLACE.read_text("utf8")
    assert with_table(text) == text, "run: python -m tools.attacks"
    assert len({one.test for one in attacks()}) == len({(one.test, one.what) for one in attacks()})
