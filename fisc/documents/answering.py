"""Calls that answer each document of a set by itself, where the service would refuse for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fisc.documents.kind import Kind
from fisc.kernel import FiscError


@dataclass(frozen=True, slots=True)
class Answering:
    """A call that answers each document by itself takes this step: why some may not, by number.

    To the service it is as if those had taken the step before. Other steps refuse for all, as ever.
    """

    kind: Kind[Any]
    step: str
    refused: dict[str, FiscError] = field(default_factory=dict)

    def of(self, kind: Kind[Any], step: str) -> dict[str, FiscError] | None:
        """Where refusals of a step are gathered; None where it is another one."""
        return self.refused if kind is self.kind and step == self.step else None
