"""The application: paths, statuses and what is said of both."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

import sigunet
from sigunet.cleaning import Cleaner
from sigunet.errors import SigunetError
from sigunet.server import asked, docs, schema, upload, work
from sigunet.server.boundary import Boundary, error_response
from sigunet.server.errors import Refused, overloaded, refused
from sigunet.server.metrics import Metrics
from sigunet.server.settings import Settings

_T = TypeVar("_T")

_STUCK = 5  # times its time that work may take before the worker counts as stuck


class Service:
    """What the requests to one worker share.

    Args:
        settings: Limits.
        cleaners: As `work.load` returns them.
    """

    def __init__(self, settings: Settings, cleaners: tuple[Cleaner, Cleaner]):
        self.settings = settings
        self.metrics = Metrics()
        self.budget = upload.Budget(settings.held_bytes)
        self._cleaners = cleaners
        self._workshop: work.Workshop | None = None

    @contextlib.asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Opens the lanes on the event loop that serves, and closes them."""
        workshop = work.Workshop(self.settings, *self._cleaners, self.metrics)
        self._workshop = workshop
        try:
            yield
        finally:
            self._workshop = None
            workshop.close()

    @property
    def ready(self) -> bool:
        """Whether pictures can be cleaned."""
        return self._workshop is not None and not self.stuck

    @property
    def stuck(self) -> bool:
        """Whether a thread has not come back for so long that it will not any more."""
        if self._workshop is None:
            return False
        return self._workshop.longest() > _STUCK * self.settings.timeout

    async def clean(self, request: Request) -> Response:
        """Answers `POST /v1/clean`.

        Raises:
            Refused: With the status and sentence of the answer.
            SigunetError: Likewise.
            ClientDisconnect: If there is nobody to answer.
        """
        if self._workshop is None:
            raise overloaded("it is not ready")
        settings = self.settings
        query = request.query_params.multi_items()
        accept = request.headers.get("accept", "")
        # Before anything is received: a wrong option costs no upload. What a form says is still to
        # come, and only all of it together makes sense.
        values = asked.read(query)
        if not upload.is_form(request):
            asked.combine(values, accept=accept)
        with self.budget.hold() as held:
            given = await upload.read(
                request, held, max_bytes=settings.max_bytes, seconds=settings.timeout
            )
            wanted = asked.combine(asked.read((*query, *given.fields)), accept=accept)
            answer = await _unless_gone(request, self._workshop.clean(given.data, wanted))
        self.metrics.pixels.inc(answer.pixels)
        headers = answer.headers | {"Cache-Control": "no-store"}
        return Response(answer.body, media_type=answer.media_type, headers=headers)


def create_app(settings: Settings, cleaners: tuple[Cleaner, Cleaner]) -> FastAPI:
    """Makes the application.

    Args:
        settings: Limits.
        cleaners: As `work.load` returns them.

    Returns:
        An ASGI application; its `state.service` is the `Service`.
    """
    service = Service(settings, cleaners)
    app = FastAPI(
        title="sigunet",
        version=sigunet.__version__,
        description=schema.ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=service.lifespan,
    )
    app.state.service = service
    app.add_middleware(Boundary, metrics=service.metrics)

    @app.post("/v1/clean", **schema.clean(settings))
    async def clean(request: Request) -> Response:
        try:
            return await service.clean(request)
        except SigunetError as error:
            raise refused(error) from error

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", **schema.HEALTH)
    async def health() -> Response:
        if not service.ready:
            raise overloaded("a picture has not come back")
        return JSONResponse({"status": "ok", "version": sigunet.__version__})

    @app.head("/metrics", include_in_schema=False)
    @app.get("/metrics", **schema.METRICS)
    async def metrics() -> Response:
        text, media_type = service.metrics.text()
        return Response(text, headers={"Content-Type": media_type})

    @app.api_route("/docs", methods=["GET", "HEAD"], include_in_schema=False)
    async def documentation() -> Response:
        return HTMLResponse(docs.page(app.openapi()))

    @app.exception_handler(Refused)
    async def say(request: Request, error: Refused) -> Response:
        return error_response(error.status, error.sentence, error.headers)

    @app.exception_handler(HTTPException)
    async def say_http(request: Request, error: HTTPException) -> Response:
        sentences = {
            404: "There is nothing here: see /docs.",
            405: "This path does not take this method: see /docs.",
        }
        sentence = sentences.get(error.status_code, "The request cannot be answered.")
        headers = dict(error.headers or {})
        if headers.get("Allow") == "GET":
            # HEAD is a route of its own, which is not in the schema.
            headers["Allow"] = "GET, HEAD"
        return error_response(error.status_code, sentence, headers)

    return app


async def _unless_gone(request: Request, working: Awaitable[_T]) -> _T:
    """Awaits work, and gives up its place in the queue if the client goes away."""
    work_task = asyncio.ensure_future(working)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({work_task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work_task.done():
            raise ClientDisconnect
        return work_task.result()
    finally:
        for task in (work_task, gone):
            task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
