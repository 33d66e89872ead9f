"""Where the rows live: PostgreSQL by balances or by postings, or a Parquet snapshot in DuckDB."""

from fisc.reading.engines.base import Cells, Engine, Matched
from fisc.reading.engines.live import LiveEngine
from fisc.reading.engines.snapshot import SnapshotEngine

__all__ = ["Cells", "Engine", "LiveEngine", "Matched", "SnapshotEngine"]
