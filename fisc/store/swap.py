"""Puts one cluster in the place of another, so that whoever is killed half-way leaves the old one there.

Two renames cannot be one; a mark says that they are under way, and the next start undoes them.
"""

from __future__ import annotations

import json
from pathlib import Path

from fisc.store.config import Layout


def exchange(layout: Layout, new: Path, aside: Path) -> None:
    """Put the cluster at `new` in place, the one that was there at `aside`; neither may be running."""
    part = layout.swap.with_suffix(".part")
    part.write_text(json.dumps({"new": str(new), "aside": str(aside)}))
    part.replace(layout.swap)
    layout.data.rename(aside)
    new.rename(layout.data)
    layout.swap.unlink()


def undo(layout: Layout) -> None:
    """Bring back the cluster that was there, if an exchange was begun and not ended."""
    if not layout.swap.exists():
        return
    said = json.loads(layout.swap.read_text())
    new, aside = Path(said["new"]), Path(said["aside"])
    if aside.exists():
        if layout.data.exists():
            layout.data.rename(new)
        aside.rename(layout.data)
    layout.swap.unlink()
