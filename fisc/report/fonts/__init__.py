"""The free fonts that reports are printed with, and what they cannot print.

`coverage.txt` lists the characters that every shipped font has. A report with any other
character is refused before it is rendered, so that nothing prints as an empty box.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fisc.report.errors import FontCoverageError

FOLDER = Path(__file__).parent
SERIF, SANS, KAI = "Fisc Serif", "Fisc Sans", "Fisc Kai"
SANS_REGULAR = FOLDER / "FiscSans-Regular.ttf"


@cache
def coverage() -> frozenset[str]:
    """The characters that all shipped fonts have."""
    return frozenset((FOLDER / "coverage.txt").read_text(encoding="utf-8")) | {"\n"}


def missing(text: str) -> list[str]:
    """The characters of `text` that a shipped font lacks, sorted, each once."""
    return sorted(set(text) - coverage())


def require_coverage(text: str) -> None:
    """Refuse text with characters that would print as empty boxes (FontCoverageError)."""
    if lacking := missing(text):
        shown = "、".join(f"“{char}”（U+{ord(char):04X}）" for char in lacking[:10])
        raise FontCoverageError(
            f"报告里有 {len(lacking)} 个字不在随附字体内：{shown}",
            rule="报告里的字都须印得出来",
            hint="用 tools/fonts.py 把这些字加进字体子集（RARE），或换用常用字",
        )
