"""Writes the table of attacks into docs/threat-model.md, from the marks of the tests in tests/attacks."""

from __future__ import annotations

from pathlib import Path

from tests.attacks import Attack, attacks

PLACE = Path("docs/threat-model.md")
_BEGIN, _END = "<!-- attacks -->", "<!-- end of attacks -->"


def with_table(text: str) -> str:
    """The threat model with its table as the tests have it now. Raises ValueError without the two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{PLACE}: {_BEGIN} … {_END}")
    rows = [_row(one) for one in attacks()]
    table = [
        "| what is done | who could | what stops it | what shows it | test |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return f"{before}{_BEGIN}\n" + "\n".join(table) + f"\n{_END}{after}"


def _row(one: Attack) -> str:
    return f"| {one.what} | {one.who} | {one.stopped_by} | {one.shown_by} | `{one.test}` |"


if __name__ == "__main__":
    PLACE.write_text(with_table(PLACE.read_text("utf8")), "utf8")
