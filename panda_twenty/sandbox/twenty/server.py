"""The stand-in as a Starlette application: routes, tokens, body limits and faults."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from graphql import GraphQLError, NoSchemaIntrospectionCustomRule, validate
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from panda_twenty.sandbox.twenty import graphql_documents, javascript, json_complaints, open_api
from panda_twenty.sandbox.twenty.connections import CutConnection
from panda_twenty.sandbox.twenty.direct_execution import DirectExecution, run_core
from panda_twenty.sandbox.twenty.errors import TwentyError, located
from panda_twenty.sandbox.twenty.faults import Faults
from panda_twenty.sandbox.twenty.files import ReceiptRefused
from panda_twenty.sandbox.twenty.metadata_api import NO_OPERATION, MetadataApi, metadata_schema
from panda_twenty.sandbox.twenty.rate_limit import RateLimit, Throttle
from panda_twenty.sandbox.twenty.records import Records
from panda_twenty.sandbox.twenty.rest import RestApi
from panda_twenty.sandbox.twenty.workspace import Workspace

LARGEST_BODY = 10 * 1024 * 1024
LARGEST_UPLOAD = 1024**3
HEALTHY = {"status": "ok", "info": {}, "error": {}, "details": {}}
MISSING_TOKEN = {
    "statusCode": 403,
    "messages": ["Missing authentication token"],
    "error": "FORBIDDEN_EXCEPTION",
}
CLIENT_CONFIG = {
    "api": {"mutationMaximumAffectedRecords": 100},
    "authProviders": {"google": False, "magicLink": False, "password": True},
    "isMultiWorkspaceEnabled": False,
    "defaultSubdomain": "app",
    "frontDomain": "127.0.0.1",
    "analyticsEnabled": False,
}


class Refused(Exception):
    """An answer that ends the request."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class TwentyJSON(JSONResponse):
    """JSON as Node writes it."""

    media_type = "application/json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
            "utf-8", "replace"
        )


class DirectJSON(TwentyJSON):
    """JSON that Twenty writes before its server does: what direct execution answers, and bad tokens."""

    media_type = "application/json"


class StandIn:
    """Everything that the routes need."""

    def __init__(
        self, directory: Path, rate_limit: RateLimit | None, faults: bool, token: str | None
    ) -> None:
        self.workspace = Workspace(directory)
        self.token = self.workspace.keys.default_token(token)
        self.faults = Faults(self.workspace.statistics, enabled=faults)
        self.throttle = Throttle(rate_limit)
        self.metadata = MetadataApi(self.workspace)

    def records(self, key: dict[str, Any]) -> Records:
        workspace = self.workspace
        return Records(
            workspace.store,
            workspace.files,
            self.throttle,
            workspace.statistics,
            key["name"],
            self.faults.between_steps,
        )

    # --- tokens and bodies ----------------------------------------------------------------

    def _key(self, request: Request) -> dict[str, Any] | None:
        """The API key of a request; None where it brings no token. Raises for a bad one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return self.workspace.keys.check_any(token.strip())

    def _key_or_refuse(self, request: Request) -> dict[str, Any] | None:
        """As :meth:`_key`, where a bad token ends the request with an error of GraphQL."""
        try:
            return self._key(request)
        except TwentyError as error:
            raise Refused(DirectJSON({"errors": [error.graphql()]})) from None

    async def _body(self, request: Request, largest: int = LARGEST_BODY) -> bytes:
        if int(request.headers.get("content-length") or 0) > largest:
            async for _ in request.stream():
                pass
            raise Refused(PlainTextResponse("request entity too large", status_code=500))
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise Refused(PlainTextResponse("request entity too large", status_code=500))
            chunks.append(chunk)
        return b"".join(chunks)

    async def _json(self, request: Request) -> Any:
        body = await self._body(request)
        if not body:
            return {}
        try:
            found = await run_in_threadpool(javascript.loads, body)
        except ValueError:
            found = None
        if isinstance(found, dict | list):
            return found
        told = {
            "message": json_complaints.complaint(body.decode("utf-8", "replace")),
            "error": "Bad Request",
            "statusCode": 400,
        }
        raise Refused(TwentyJSON(told, status_code=400))

    # --- GraphQL --------------------------------------------------------------------------

    async def _operation(self, request: Request) -> Any:
        """What is asked for: the body, or the parameters of a GET."""
        if request.method == "POST":
            return await self._json(request)
        if request.method != "GET":
            told = {"errors": [{"message": "GraphQL only supports GET and POST requests."}]}
            raise Refused(TwentyJSON(told, status_code=405))
        given: dict[str, Any] = dict(request.query_params)
        if _writes(given):
            self._key_or_refuse(request)
            told = {"errors": [{"message": "Can only perform a mutation operation from a POST request."}]}
            raise Refused(TwentyJSON(told, status_code=405))
        if "variables" in given:
            given["variables"] = javascript.loads(given["variables"].encode())
        return given

    async def graphql(self, request: Request) -> Response:
        body = await self._operation(request)
        return await self._with_faults(request, lambda: self._graphql(request, body), _writes(body))

    def _graphql(self, request: Request, body: Any) -> Response:
        refusal = _not_an_operation(body)
        if refusal is not None:
            return refusal
        query, name, variables = str(body["query"]), body.get("operationName"), body.get("variables") or {}
        key = self._key_or_refuse(request)
        if key is None:
            return TwentyJSON(_as_stranger(query, name, variables))
        execution = DirectExecution(self.records(key), only_core=request.method == "GET")
        try:
            answer = execution.run(query, name, variables)
        except graphql_documents.SeveralOperationsError as error:
            return PlainTextResponse(f"GraphQLError: {error.message}", status_code=500)
        if answer is None:
            return TwentyJSON({"errors": [{"message": NO_OPERATION}]}, status_code=400)
        return DirectJSON(answer) if execution.is_direct else TwentyJSON(answer)

    async def metadata_graphql(self, request: Request) -> Response:
        upload = None
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form(max_part_size=LARGEST_UPLOAD) as form:
                body = javascript.loads(str(form["operations"]))
                paths = javascript.loads(str(form["map"]))
                for part in paths:
                    file = form[part]
                    if not isinstance(file, str):
                        upload = (file.filename or "file", await file.read())
                        body["variables"]["file"] = file.filename
        else:
            body = await self._operation(request)
        return await run_in_threadpool(self._metadata_graphql, request, body, upload)

    def _metadata_graphql(self, request: Request, body: Any, upload: Any) -> Response:
        refusal = _not_an_operation(body)
        if refusal is not None:
            return refusal
        key = self._key_or_refuse(request)
        query, name, variables = str(body["query"]), body.get("operationName"), body.get("variables") or {}
        if (complaint := _bad_parameters(body)) is not None:
            return TwentyJSON({"errors": [{"message": complaint}]}, status_code=400)
        if key is None:
            status, answer = self.metadata.run_as_stranger(query, name, variables)
        else:
            status, answer = self.metadata.run(query, name, variables, upload)
        return TwentyJSON(answer, status_code=status)

    # --- REST -----------------------------------------------------------------------------

    async def rest(self, request: Request) -> Response:
        if request.url.path == "/rest/":
            return await not_found(request)
        body = await self._json(request) if request.method in ("POST", "PATCH", "PUT") else None
        return await self._with_faults(request, lambda: self._rest(request, body), request.method != "GET")

    def _rest(self, request: Request, body: Any) -> Response:
        try:
            key = self._key(request)
        except TwentyError as error:
            return _rest_refusal(error)
        if key is None:
            return DirectJSON(MISSING_TOKEN, status_code=403)
        api = RestApi(self.workspace, self.records(key))
        status, answer = api.run(request.method, request.url.path, dict(request.query_params), body)
        if answer is None:
            return Response(status_code=status)
        return TwentyJSON(answer, status_code=status)

    async def open_api(self, request: Request) -> Response:
        """The OpenAPI document; beside /rest also without a token, then of nothing but itself."""
        beside = not request.url.path.startswith("/rest/")
        try:
            key = self._key(request)
        except TwentyError as error:
            key = None
            if not beside:
                return _rest_refusal(error)
        if key is None and not beside:
            return DirectJSON(MISSING_TOKEN, status_code=403)
        kind, url = request.path_params["kind"], f"{request.url.scheme}://{request.url.netloc}"
        return TwentyJSON(
            await run_in_threadpool(
                open_api.document, self.workspace.schema, kind, url, authorized=key is not None
            )
        )

    # --- files ----------------------------------------------------------------------------

    async def file(self, request: Request) -> Response:
        described = self.workspace.files.described(request.path_params["file_id"])
        if described is None or request.query_params.get("token") != described["token"]:
            return TwentyJSON(
                {"statusCode": 403, "messages": ["Missing or invalid token"], "error": "ForbiddenException"},
                status_code=403,
            )
        return Response(
            self.workspace.files.where(described["id"]).read_bytes(),
            headers={"content-type": described["mimeType"], "content-disposition": "inline"},
        )

    async def receive_upload(self, request: Request) -> Response:
        file_id = request.path_params["file_id"]
        content = await self._body(request, LARGEST_UPLOAD)
        described = self.workspace.files.described(file_id)
        if described is None or request.query_params.get("token") != described["token"]:
            return PlainTextResponse("Forbidden", status_code=403)
        try:
            self.workspace.files.receive(file_id, content)
        except ReceiptRefused as refusal:
            told = {
                "statusCode": refusal.status,
                "error": "Error",
                "messages": [refusal.message],
                "code": refusal.code,
            }
            return TwentyJSON(told, status_code=refusal.status)
        return Response(status_code=204)

    # --- small things and controls --------------------------------------------------------

    async def health(self, request: Request) -> Response:
        return TwentyJSON(HEALTHY)

    async def client_config(self, request: Request) -> Response:
        return TwentyJSON(CLIENT_CONFIG)

    async def stats(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.workspace.statistics.reset()
        return TwentyJSON(self.workspace.statistics.as_json())

    async def control_faults(self, request: Request) -> Response:
        if not self.faults.enabled:
            return TwentyJSON({"message": "faults are switched off"}, status_code=404)
        if request.method == "PUT":
            try:
                self.faults.set(**(await self._json(request)))
            except (TypeError, ValueError) as error:
                return TwentyJSON({"message": str(error)}, status_code=400)
        return TwentyJSON(self.faults.as_json())

    async def _with_faults(self, request: Request, answer: Callable[[], Response], writes: bool) -> Response:
        """Answer in a thread, unless a fault gets in the way."""
        self.workspace.statistics.count(requests=1)
        faults = self.faults
        if not faults.enabled or (faults.plan.only_writes and not writes):
            return await run_in_threadpool(answer)
        if faults.plan.latency_seconds:
            await asyncio.sleep(faults.plan.latency_seconds)
        if faults.strikes("status"):
            status = faults.plan.status
            return TwentyJSON(
                {"statusCode": status, "error": "HttpException", "messages": ["injected fault"]},
                status_code=status,
            )
        faults.kill_if("kill_before")
        if faults.strikes("cut_before"):
            return CutConnection()
        response = await run_in_threadpool(answer)
        faults.kill_if("kill_after")
        return CutConnection() if faults.strikes("cut_after") else response


def _rest_refusal(error: TwentyError) -> Response:
    told = {"statusCode": error.rest_status, "messages": [error.message], "error": error.rest_name}
    return DirectJSON(told, status_code=error.rest_status)


def _not_an_operation(body: Any) -> Response | None:
    if isinstance(body, list):
        return TwentyJSON({"errors": [{"message": "Batching is not supported."}]}, status_code=400)
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        errors = {"errors": [{"message": "Must provide query string."}]}
        return TwentyJSON(errors, status_code=200 if isinstance(body, dict) else 400)
    return None


def _bad_parameters(body: dict[str, Any]) -> str | None:
    """What is wrong beside the query in a body for /metadata."""
    for name in body:
        if name not in ("query", "variables", "operationName", "extensions"):
            return f'Unexpected parameter "{name}" in the request body.'
    variables = body.get("variables")
    if variables is not None and not isinstance(variables, dict):
        kind = "array" if isinstance(variables, list) else javascript.kind(variables)
        return f'Expected "variables" param to be empty or an object, but given {kind}.'
    return NO_OPERATION if body.get("operationName") == "" else None


async def not_found(request: Request, _: Exception | None = None) -> Response:
    told = f"Cannot {request.method} {request.url.path}"
    return TwentyJSON({"message": told, "error": "Not Found", "statusCode": 404}, status_code=404)


def _writes(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and re.match(r"\s*(#[^\n]*\s*)*mutation\b", str(body.get("query", ""))) is not None
    )


def _as_stranger(query: str, name: Any, variables: dict[str, Any]) -> dict[str, Any]:
    """Without a token no object exists."""
    try:
        document = graphql_documents.read(query, name, variables)
    except GraphQLError as error:
        return {"errors": [located(error)]}
    if document is None:
        return {"errors": [{"message": "Unknown operation."}]}
    hidden = validate(metadata_schema(), document.parsed, [NoSchemaIntrospectionCustomRule])
    if hidden:
        return {"errors": [located(each) for each in hidden]}
    return run_core(document, authorized=False)


class KindOfApi(Convertor[str]):
    """The two APIs that have an OpenAPI document."""

    regex = "core|metadata"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("kind_of_api", KindOfApi())


def application(directory: Path, rate_limit: RateLimit | None, faults: bool, token: str | None) -> Starlette:
    """The application over one data directory; ``app.state.stand_in`` holds its parts."""
    stand_in = StandIn(directory, rate_limit, faults, token)

    def answering(
        endpoint: Callable[[Request], Awaitable[Response]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            stand_in.workspace.files.base_url = f"{request.url.scheme}://{request.url.netloc}"
            try:
                return await endpoint(request)
            except Refused as refused:
                return refused.response

        return answer

    every = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    app = Starlette(
        routes=[
            Route("/healthz", stand_in.health),
            Route("/client-config", stand_in.client_config),
            Route("/graphql", answering(stand_in.graphql), methods=every),
            Route("/metadata", answering(stand_in.metadata_graphql), methods=every),
            *(
                Route(f"{start}/open-api/{{kind:kind_of_api}}", answering(stand_in.open_api))
                for start in ("", "/rest")
            ),
            Route("/rest/{path:path}", answering(stand_in.rest), methods=every),
            Route("/file/{folder}/{file_id}", answering(stand_in.file)),
            Route("/file-upload/{file_id}", answering(stand_in.receive_upload), methods=["PUT"]),
            Route("/files/{folder}/{file_id}", answering(stand_in.file)),
            Route("/sandbox/stats", answering(stand_in.stats), methods=["GET", "DELETE"]),
            Route("/sandbox/faults", answering(stand_in.control_faults), methods=["GET", "PUT"]),
        ],
        exception_handlers={404: not_found, 405: not_found},
    )
    app.router.redirect_slashes = False
    app.state.stand_in = stand_in
    return app
