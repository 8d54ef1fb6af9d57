"""A Twenty that answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from panda_twenty.twenty.client import CallRecord, TwentyClient

Answer = httpx.Response | Exception


class ScriptedTwenty:
    """Answers request after request from a list and keeps what it was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def body(self, place: int) -> dict[str, Any]:
        found = json.loads(self.requests[place].content)
        assert isinstance(found, dict)
        return found


def data(**root_fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": root_fields})


def failure(message: str, code: str = "BAD_USER_INPUT", sub_code: str = "", **more: Any) -> httpx.Response:
    extensions = {"code": code, **({"subCode": sub_code} if sub_code else {}), **more}
    return httpx.Response(
        200, json={"data": None, "errors": [{"message": message, "extensions": extensions}]}
    )


def throttled() -> httpx.Response:
    return failure("Limit reached (100 tokens per 60000 ms)", sub_code="LIMIT_REACHED")


Script = Callable[..., tuple[TwentyClient, ScriptedTwenty, list[CallRecord]]]
