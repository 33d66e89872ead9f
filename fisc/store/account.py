"""The operating-system user that PostgreSQL runs as.

PostgreSQL refuses to run as root. When we are root it runs as the owner of the
cluster, or for a new one as a system user made for it. Nobody's permissions are
widened: what that user could not reach is put where it can.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fisc.store.errors import StoreError

SYSTEM_USER = "fisc_postgres"


@dataclass(frozen=True, slots=True)
class Account:
    """A user by number; `switch` says whether we must change to it."""

    uid: int
    gid: int
    switch: bool

    def spawn_options(self) -> dict[str, Any]:
        """Arguments of `subprocess.run` that run a program as this user."""
        options: dict[str, Any] = {"cwd": "/", "env": _clean_environment()}
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can_enter(self, directory: Path) -> bool:
        """True when this user may pass through `directory` and all above it."""
        return not self.switch or all(self._may_pass(path) for path in (directory, *directory.parents))

    def _may_pass(self, directory: Path) -> bool:
        status = directory.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)

    def own(self, path: Path) -> None:
        """Give `path` to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """The user that runs the cluster at `data`, which may not exist yet.

    Raises StoreError when we are root and no other user can be found or made.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid, switch=True)
    entry = _system_user()
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _system_user() -> pwd.struct_passwd:
    found = _lookup(SYSTEM_USER)
    if found is None and shutil.which("useradd"):
        # Two first starts may race here; the loser finds the winner's user.
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=False, capture_output=True)
        found = _lookup(SYSTEM_USER)
    found = found or _lookup("nobody")
    if found is None:
        raise StoreError(
            "PostgreSQL 不能以 root 身份运行，系统中也没有可用的普通用户",
            hint=f"请新建系统用户 {SYSTEM_USER}，或以普通用户运行 fisc，或用 DATABASE_URL 指定数据库",
        )
    return found


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _clean_environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL elsewhere, in a plain locale."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}
