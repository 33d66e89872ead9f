"""A page whose commands are run: what they print stands below them, and is compared.

    python -m tools.console docs/first-year.md

runs the page in an empty folder with an empty data directory and writes what was printed into it. A block
```console has commands (`$ ...`) and below each what it printed; a block ```csv NAME (or txt, json) is a file
that commands read. A command that ends with another code than 0 has a last line 退出码 N.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_BLOCK = re.compile(r"```(console|csv|txt|json)(?: (\S+))?\n(.*?)```", re.S)
#: Columns that commands believe the terminal has.
WIDTH = 100


def refreshed(page: str, folder: Path, env: Mapping[str, str]) -> str:
    """The page with what its commands print now; they run in `folder`."""

    def block(found: re.Match[str]) -> str:
        kind, name, body = found.groups()
        if kind == "console":
            return f"```console\n{''.join(_printed(body, folder, env))}```"
        if name:
            (folder / name).write_text(body, "utf8")
        return found[0]

    return _BLOCK.sub(block, page)


def _printed(body: str, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    for line in body.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n"
            yield _run(line[2:], folder, env)


def _run(command: str, folder: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    said = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
    return said if done.returncode == 0 else f"{said}退出码 {done.returncode}\n"


def environment(home: Path) -> dict[str, str]:
    """What commands run in: an empty data directory, this program, Chinese, a terminal of `WIDTH`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FISC_", "DATABASE_"))}
    programs = Path(sys.executable).parent
    return kept | {
        "FISC_HOME": str(home), "PATH": f"{programs}:{kept.get('PATH', '')}", "COLUMNS": str(WIDTH),
        "LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf8", "TZ": "Asia/Shanghai",
    }  # fmt: skip


def main() -> None:
    """Write anew the pages that are named."""
    for name in sys.argv[1:]:
        page = Path(name)
        with tempfile.TemporaryDirectory(prefix="console-") as place:
            folder, home = Path(place, "work"), Path(place, "home")
            folder.mkdir()
            Path(place).chmod(0o755)  # the server's user passes here
            env = environment(home)
            try:
                page.write_text(refreshed(page.read_text("utf8"), folder, env), "utf8")
            finally:
                subprocess.run(["fisc", "db", "stop"], env=env, capture_output=True, check=False)


if __name__ == "__main__":
    main()
