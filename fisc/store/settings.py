"""Settings of the private server, sized to the machine; durability is never traded."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

_MIB = 1024 * 1024

#: Where Linux says how much memory a container may use.
_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


#: There when a backup wants the log of changes kept; without one nothing is kept, for nothing bounds it.
WANTED = "wanted"


def memory_mib() -> int:
    """Memory this process may use, in MiB: the machine's, or its container's if less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [int(text) for text in map(_read, _CONTAINER_LIMITS) if text.isdigit()]
    return min([machine, *limits]) // _MIB


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def shared_memory_is_small(path: Path = Path("/dev/shm")) -> bool:
    """True in containers whose /dev/shm is too small for parallel queries."""
    try:
        facts = os.statvfs(path)
    except OSError:
        return False
    return facts.f_frsize * facts.f_blocks < 256 * _MIB


def settings(total_mib: int, small_shared_memory: bool = False) -> dict[str, str]:
    """Server settings for a machine with `total_mib` MiB of memory.

    An eighth of memory for shared buffers and a 256th for each sort leave room for
    Python and DuckDB beside the server, on 4 GiB (512 and 16 MiB) as on 24 GiB.
    """
    chosen = {
        "listen_addresses": "''",
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{_between(total_mib // 8, 64, 2048)}MB",
        "effective_cache_size": f"{_between(total_mib // 2, 256, 65536)}MB",
        "work_mem": f"{_between(total_mib // 256, 4, 64)}MB",
        "maintenance_work_mem": f"{_between(total_mib // 32, 32, 512)}MB",
        "wal_buffers": "16MB",
        "max_wal_size": "4GB" if total_mib >= 8192 else "2GB",
        "min_wal_size": "256MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'Asia/Shanghai'",
        "log_timezone": "'Asia/Shanghai'",
        "log_line_prefix": "'%m [%p] '",
    }
    if small_shared_memory:
        chosen["max_parallel_workers_per_gather"] = "0"
    return chosen


def archiving(archive: Path) -> dict[str, str]:
    """Settings that keep the write-ahead log in `archive` once a backup wants it.

    A segment appears under its name whole or not at all.
    """
    place = str(archive).replace("%", "%%")
    wanted, target = shlex.quote(f"{place}/{WANTED}"), shlex.quote(f"{place}/%f")
    part = shlex.quote(f"{place}/%f.part")
    command = f"test ! -e {wanted} || test -e {target} || (cp %p {part} && mv {part} {target})"
    return {"archive_mode": "on", "archive_command": "'" + command.replace("'", "''") + "'"}


def configuration_text(archive: Path) -> str:
    """The configuration file for this machine, with the archive of the write-ahead log."""
    chosen = settings(memory_mib(), shared_memory_is_small()) | archiving(archive)
    lines = [f"{name} = {value}" for name, value in chosen.items()]
    note = "# Written at every start. To change a setting use ALTER SYSTEM, which comes after this file."
    return "\n".join([note, *lines, ""])


def _between(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
