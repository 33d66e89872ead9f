"""`fisc serve`: the HTTP API, in this process until it is interrupted."""

from __future__ import annotations

from typing import Annotated

import typer

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

    dsn = setup()  # before the API's own modules, which ask for Django's settings
    from fisc.api.app import asgi

    program = asgi(dsn)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # what is refused is told to who asked
    given = uvicorn.Config(
        program, host=host, port=port, log_level="warning", access_log=False, lifespan="on"
    )
    socket = given.bind_socket()
    socket.listen()  # who comes while the description is made waits, and is not turned away
    place = f"http://{host}:{socket.getsockname()[1]}/api/"
    print(f"接口在 {place}，说明在 {place}openapi.json；Ctrl-C 停止。", flush=True)
    uvicorn.Server(given).run(sockets=[socket])
