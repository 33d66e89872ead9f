"""Parts of a report that the books do not hold: left out, and named with the reason in an annex."""

from __future__ import annotations

from dataclasses import dataclass, field

from fisc.report.views import View


@dataclass(slots=True)
class LeftOut:
    """What one rendering left out, in the order of the report."""

    found: dict[str, str] = field(default_factory=dict)

    def has(self, words: str, view: View, *figure_ids: str, **params: str) -> bool:
        """Whether the books hold one of the figures; else the part is noted with the reason."""
        if any(view.value(key, **params) is not None for key in figure_ids):
            return True
        self.found.setdefault(words, view.why(figure_ids[0], **params))
        return False

    def note(self, words: str, reason: str) -> str:
        """Note a part that is left out for a reason of its own."""
        self.found.setdefault(words, reason)
        return ""

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(part, reason) in order."""
        return list(self.found.items())
