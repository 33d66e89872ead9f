"""Putting documents right: what they say after an edit that names only what is to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fisc.documents.kind import Kind

if TYPE_CHECKING:
    from fisc.documents.models import FlowDocument


def restated(
    kind: Kind[Any], code: str, standing: Sequence[FlowDocument], given: Sequence[Any]
) -> dict[str, list[Any]]:
    """Column -> what each document says after the step `code`: as given, as it stands where None is given.

    `given` are edits in the order of `standing`, with a field for each column that the step edits.
    """

    def said(document: FlowDocument, edit: Any, column: str) -> Any:
        value = getattr(edit, column)
        return getattr(document, column) if value is None else value

    return {
        column: [said(document, edit, column) for document, edit in zip(standing, given, strict=True)]
        for column in kind.edited(code)
    }
