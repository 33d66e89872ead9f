"""One backup, restore or upgrade of a home at a time; who comes second is told so.

The lock goes with its process, however that ends. So what a killed one left half made has no living owner
when the turn is taken, and is removed then.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fisc.store import cluster, config, locks
from fisc.store.config import Layout
from fisc.store.errors import StoreError
from fisc.store.os_faults import of_home

#: How directories begin whose content is not whole yet: of backups, and of clusters being restored.
PART = "new-"
RESTORING = "restoring-"

_mine: set[Path] = set()


@contextmanager
def taken(layout: Layout) -> Iterator[None]:
    """Have the turn of a home for the length of a block; who has it already keeps it.

    The home is there and its server was started, so that an exchange cut short is undone.
    Raises StoreError while another program has the turn.
    """
    if layout.home in _mine:
        yield
        return
    with ExitStack() as held:
        with of_home(layout.home):
            is_mine = held.enter_context(locks.alone_at_once(layout.lock("turn")))
        if not is_mine:
            raise under_way(str(layout.home))
        _mine.add(layout.home)
        try:
            _clear(layout)
            yield
        finally:
            _mine.discard(layout.home)


@contextmanager
def of_the_private_server() -> Iterator[None]:
    """The turn of the home in force; of a server of one's own (`DATABASE_URL`) it is nobody's."""
    if config.database_url() is not None:
        yield
        return
    with taken(config.layout()):
        yield


def under_way(where: str) -> StoreError:
    """What the second one is told."""
    return StoreError(
        f"{where} 正在备份、恢复或升级，这一次没有开始",
        rule="同一数据库的备份、恢复与升级一次只做一项",
        hint="请等那一项完成后重试",
    )


def _clear(layout: Layout) -> None:
    """Remove what killed backups and restores left half made."""
    for left in layout.backups.glob(f"{PART}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in layout.postgres.glob(f"{RESTORING}*"):
        cluster.shut_down(Layout(left))
        shutil.rmtree(left, ignore_errors=True)
