"""`fisc serve`: the HTTP API, in this process until it is interrupted."""

from __future__ import annotations

import errno
import socket
from typing import Annotated

import typer

from fisc.cli import language
from fisc.cli.exit_codes import help_text


def register(root: typer.Typer) -> None:
    """Add `serve` to the program's commands."""
    root.command("serve", epilog=help_text())(serve_command)


def serve_command(
    *,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=0, max=65535)] = 8600,
) -> None:
    """启动 HTTP 接口，按 Ctrl-C 停止；说明在 /api/openapi.json / serve the HTTP API until interrupted."""
    import logging

    import uvicorn

    from fisc.app import setup

    place = _place(host, port)  # first of all: who cannot be heard needs no database
    dsn = setup()  # before the API's own modules, which ask for Django's settings
    from fisc.api.app import asgi

    program = asgi(dsn)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # what is refused is told to who asked
    given = uvicorn.Config(
        program, host=host, port=port, log_level="warning", access_log=False, lifespan="on"
    )
    shown = f"http://{f'[{host}]' if ':' in host else host}:{place.getsockname()[1]}/api/"
    print(language.said(
        f"接口在 {shown}，说明在 {shown}openapi.json；Ctrl-C 停止。"
        f" / The API is at {shown}, described in {shown}openapi.json; Ctrl-C stops it."
    ), flush=True)  # fmt: skip
    uvicorn.Server(given).run(sockets=[place])


def _place(host: str, port: int) -> socket.socket:
    """What listens at an address. Raises FiscError where nothing can.

    Who comes while the description is made waits, and is not turned away.
    """
    from fisc.kernel import FiscError
    from fisc.store.os_faults import is_no_address, words_of

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        of_host = is_no_address(error) or error.errno == errno.EADDRNOTAVAIL
        raise FiscError(
            f"不能在 {host} 端口 {port} 启动接口：{'端口' if taken else ''}{words_of(error)}",
            rule="一个地址的一个端口只由一个程序监听",
            hint="请用 --host 另写一个本机的地址" if of_host else "请用 --port 另写一个端口（0 为任一空闲的）"
            + ("，或先停止占用它的程序" if taken else ""),
        ) from None  # fmt: skip
