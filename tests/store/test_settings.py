"""Settings follow the machine's memory and never trade durability."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fisc.store.settings import memory_mib, settings

GIB = 1024


def mib(chosen: dict[str, str], name: str) -> int:
    return int(chosen[name].removesuffix("MB"))


@given(total=st.integers(256, 1024 * GIB), small=st.booleans())
def test_any_machine_has_room_for_others_and_durable_commits(total: int, small: bool) -> None:
    chosen = settings(total, small)
    assert mib(chosen, "shared_buffers") <= max(64, total // 8)
    assert mib(chosen, "work_mem") * 10 <= max(40, total // 8)
    assert {chosen[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}
    assert chosen["listen_addresses"] == "''"


def test_small_and_large_machines() -> None:
    names = ("shared_buffers", "work_mem", "max_wal_size")
    assert [settings(4 * GIB)[name] for name in names] == ["512MB", "16MB", "2GB"]
    assert [settings(24 * GIB)[name] for name in names] == ["2048MB", "64MB", "4GB"]


def test_little_shared_memory_turns_parallel_queries_off() -> None:
    assert settings(4 * GIB, small_shared_memory=True)["max_parallel_workers_per_gather"] == "0"


def test_this_machine_has_memory() -> None:
    assert memory_mib() > 128
