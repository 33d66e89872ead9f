"""Where the rows live: PostgreSQL by balances or by postings, or a Parquet snapshot in DuckDB."""

from fisc.figures.engines.base import Cells, Engine, Matched
from fisc.figures.engines.live import LiveEngine
from fisc.figures.engines.snapshot import SnapshotEngine

__all__ = ["Cells", "Engine", "LiveEngine", "Matched", "SnapshotEngine"]
