"""The review's web server: on the loopback address only, behind a token in the path, for this machine's browser."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from docpipe.batch.corrections import MOST_CHARACTERS, Action
from docpipe.errors import UsageError
from docpipe.report.pages import PageLinks, index_page, review_page
from docpipe.result import Box
from docpipe.review.folder import Conflict, ReviewFolder, Wish

HOST = "127.0.0.1"
MOST_BYTES = 200_000
"""Of a request's body."""
_PICTURE = re.compile(r"[0-9a-f]{1,16}-t?\d{1,5}\.jpg")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class Change(BaseModel):
    """The body of a correction."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=200)
    old: str | None = Field(default=None, max_length=MOST_CHARACTERS)
    text: str = Field(default="", max_length=MOST_CHARACTERS)
    sha256: str = Field(max_length=200)
    action: Action = "correct"
    page: int | None = None
    bbox: Box | None = None
    line_ids: tuple[str, ...] = Field(default=(), max_length=100)

    @field_validator("*")
    @classmethod
    def _can_be_written(cls, value: object) -> object:
        """Refuse half of a surrogate pair, which no file in UTF-8 can hold."""
        texts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(text, str) and _SURROGATE.search(text) for text in texts):
            raise ValueError("half of a surrogate pair is no character")
        return value


def make_app(folder: ReviewFolder, token: str) -> FastAPI:
    """Return the application; every address of it begins with the token."""
    app = FastAPI(title="docpipe review", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Any]) -> Response:
        """Refuse other hosts' names (DNS rebinding), other sites' requests, and whoever lacks the token."""
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        origin = request.headers.get("origin")
        given = request.url.path.removeprefix("/").split("/")[0]
        if host not in (HOST, "localhost") or not secrets.compare_digest(given.encode(), token.encode()):
            return Response("not found", 404)
        if origin is not None and origin != f"http://{request.headers['host']}":
            return Response("another site's page may not ask", 403)
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return Response("too large", 413)
        if "transfer-encoding" in request.headers:  # its length is not known before all of it is in memory
            return Response("a length is needed", 411)
        response: Response = await go_on(request)
        response.headers.update(_SAFE)
        return response

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
        """Say what is wrong without repeating what was sent: half of a surrogate pair could not be sent back."""
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:] if isinstance(part, int) or part in Change.model_fields)
        return JSONResponse({"message": f"{where or 'the request'}: {first['msg']}"}, 422)

    @app.get("/{token}/")
    @app.get("/{token}/report.html")
    def index() -> HTMLResponse:
        cards, overview, results = folder.cards()
        title = f"docpipe: {folder.out.resolve().name}"
        return HTMLResponse(index_page(title, cards, overview, folder.progress(results), None))

    @app.get("/{token}/report/pages/{name}")
    def picture(name: str) -> FileResponse:
        file = folder.picture(name) if _PICTURE.fullmatch(name) else None
        if file is None:
            raise HTTPException(404)
        return FileResponse(file, media_type="image/jpeg")

    @app.get("/{token}/report/{anchor}.html")
    def document(anchor: str) -> HTMLResponse:
        try:
            view = folder.view(anchor)
        except KeyError as e:
            raise HTTPException(404, "there is no such document") from e
        order = ["", *(f"{card.anchor}.html" for card in folder.cards()[0]), ""]
        here = order.index(f"{anchor}.html")
        home = f"../report.html#{anchor}"
        return HTMLResponse(review_page(view, PageLinks(home, order[here - 1], order[here + 1])))

    @app.post("/{token}/report/{anchor}.json")
    def change(anchor: str, body: Change) -> JSONResponse:
        try:
            value = folder.change(anchor, Wish(**body.model_dump()))
        except KeyError as e:
            return JSONResponse({"message": f"no such field or document: {e.args[0]}"}, 404)
        except Conflict as e:
            return JSONResponse({"message": str(e), "now": e.now}, 409)
        except ValueError as e:
            return JSONResponse({"message": str(e)}, 422)
        except OSError as e:
            return JSONResponse({"message": f"it cannot be written: {e.strerror}"}, 507)
        return JSONResponse({"value": value})

    return app


def serve(folder: ReviewFolder, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted; `say` is told the address with its token.

    Raises:
        UsageError: the port is taken.
    """
    token = secrets.token_urlsafe(16)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as e:
            raise UsageError(f"--port {port}: {e.strerror}; name another one, or 0 for a free one") from e
        listening.listen()  # whoever opens the address at once is not turned away
        say(f"http://{HOST}:{listening.getsockname()[1]}/{token}/")
        settings = uvicorn.Config(make_app(folder, token), log_level="warning", access_log=False, lifespan="off")
        uvicorn.Server(settings).run(sockets=[listening])
