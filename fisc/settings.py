"""Django's settings: only what documents and master data need. `fisc.app.setup()` loads them.

The database is looked for (and the private server started) at the first connection, not before.
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from typing import Any

from psycopg.conninfo import conninfo_to_dict

#: Looks for the database, and starts the private server, at the first connection.
ENGINE = "fisc.postgresql"


def database(dsn: str) -> dict[str, Any]:
    """Django's description of the database that a libpq connection string names."""
    parts = dict(conninfo_to_dict(dsn))
    named = {name: str(parts.pop(key, "") or "") for name, key in _NAMES.items()}
    return {"ENGINE": ENGINE, **named, "OPTIONS": parts}


_NAMES = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}

DATABASES = {"default": {"ENGINE": ENGINE}}

_AREAS = (
    "registry", "documents", "regional", "rosters", "budget", "transfers", "treasury", "debt", "reserves",
    "banking", "cash", "revenue", "capital", "closing", "disclosure", "reading", "sim",
)  # fmt: skip


def _is_app(area: str) -> bool:
    return find_spec(f"fisc.{area}") is not None and find_spec(f"fisc.{area}.apps") is not None


def own_domains() -> list[str]:
    """Packages of a city's own domains, beside those of fisc: `FISC_DOMAINS`, with commas between.

    Raises FiscError naming one that Python does not find.
    """
    names = [name.strip() for name in os.environ.get("FISC_DOMAINS", "").split(",") if name.strip()]
    for name in names:
        if not _is_found(name):
            from fisc.kernel.errors import FiscError

            raise FiscError(
                f"找不到领域包 {name}",
                rule="FISC_DOMAINS 所列的是 Python 能找到的包",
                hint="请核对包名，并把它所在的文件夹写入 PYTHONPATH",
            )
    return names


def _is_found(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package that it lies in is not there
        return False


#: An area is an app once it has an `apps` module.
INSTALLED_APPS = [*(f"fisc.{area}" for area in _AREAS if _is_app(area)), *own_domains()]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: scrypt: slow for who guesses, quick enough for who signs in once a day.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

#: Nothing is signed with it: whoever signs in has a token that the database knows.
SECRET_KEY = secrets.token_hex()
#: Whom the server answers to; more than this machine is said in FISC_HOSTS, with commas between.
ALLOWED_HOSTS = [
    "localhost", "127.0.0.1", "[::1]", *filter(None, os.environ.get("FISC_HOSTS", "").split(","))
]  # fmt: skip
MIDDLEWARE: list[str] = []
APPEND_SLASH = False
#: Bytes of a request: a bank's statement of a busy day, a file of ten thousand items.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 << 20

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LOGGING_CONFIG = None  # the programs that use fisc decide what is logged
