"""What a call does when Twenty is slow, throttling, gone, something else, or not clear."""

from __future__ import annotations

import base64
import copy
import itertools
import json
import pickle
import traceback

import httpx
import pytest

from panda_twenty.progress import Step, listening
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import (
    NoAnswerBecause,
    NotATwentyServer,
    NotFound,
    Refused,
    RoleTooWeak,
    SchemaChanged,
    Throttled,
    TokenProblem,
    TokenRefused,
    TwentyError,
    Unclear,
    Unreachable,
)
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty_tests.twenty.scripted import Script, data, failure, throttled

QUERY = "{people{totalCount}}"
MUTATION = "mutation{deletePerson(id:1){id}}"
SECRET = "Marguerite Tremblay-Quill"


class Waits:
    """A limiter that only notes what it is asked."""

    def __init__(self) -> None:
        self.costs: list[int] = []
        self.refusals: list[float | None] = []
        self.answers: list[float] = []
        self.again_after: list[float | None] = []

    def acquire(self, cost: int = 1, body_bytes: int = 0) -> None:
        self.costs.append(cost)

    def throttled(self, retry_after: float | None = None, seconds: float = 0.0) -> float | None:
        self.refusals.append(retry_after)
        return self.again_after.pop(0) if self.again_after else None

    def answered(self, seconds: float) -> None:
        self.answers.append(seconds)


def let_pass(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client's clock go on by so much each time that it is looked at."""
    moments = itertools.count(seconds, seconds)
    monkeypatch.setattr("panda_twenty.twenty.client.time.monotonic", lambda: next(moments))


def test_a_call_that_came_early_goes_out_again_in_its_own_place(script: Script) -> None:
    waits = Waits()
    waits.again_after = [0.0, None]
    client, server, _ = script(throttled(), throttled(), data(deletePerson={"id": 1}), limiter=waits)
    assert client.records(MUTATION) == {"deletePerson": {"id": 1}}
    assert len(server.requests) == 3
    assert waits.costs == [1, 1]


def test_a_throttled_call_is_sent_again_even_if_it_writes(script: Script) -> None:
    waits = Waits()
    client, server, seen = script(throttled(), throttled(), data(deletePerson={"id": 1}), limiter=waits)
    assert client.records(MUTATION) == {"deletePerson": {"id": 1}}
    assert len(server.requests) == 3
    assert waits.costs == [1, 1, 1]
    assert waits.refusals == [None, None]
    assert len(waits.answers) == 1
    assert [call.outcome for call in seen] == ["throttled", "throttled", "ok"]


def test_a_proxy_that_names_a_time_is_passed_on_to_the_limiter(script: Script) -> None:
    waits = Waits()
    answer = httpx.Response(429, headers={"Retry-After": "7"}, json={"messages": ["Limit reached"]})
    client, _, _ = script(answer, data(people=1), limiter=waits)
    client.records(QUERY)
    assert waits.refusals == [7.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "3600"},
        {"Retry-After": "Thu, 26 Nov 2026 11:00:00 GMT", "Date": "Thu, 26 Nov 2026 10:00:00 GMT"},
    ],
)
def test_nobody_waits_longer_for_the_rate_limit_than_patience_lasts(
    script: Script, headers: dict[str, str]
) -> None:
    waits = Waits()
    client, server, _ = script(httpx.Response(429, headers=headers), limiter=waits, patience_seconds=600)
    with pytest.raises(Throttled, match="asks to wait 3600 seconds"):
        client.records(QUERY)
    assert len(server.requests) == 1
    assert waits.refusals == [None]


@pytest.mark.parametrize("told", ["inf", "nan", "-5", "soon", "Thu, 99 Nov 2026 11:00:00 GMT"])
def test_a_time_to_wait_that_is_none_is_passed_over(script: Script, told: str) -> None:
    client, _, _ = script(httpx.Response(429, headers={"Retry-After": told}), data(ok=1))
    assert client.records(QUERY) == {"ok": 1}


def test_calls_to_metadata_cost_nothing_and_calls_to_records_cost_their_root_fields(script: Script) -> None:
    waits = Waits()
    client, server, seen = script(data(a=1), data(a=1, b=2), limiter=waits)
    client.metadata("{a}")
    assert waits.answers == []
    client.records("{a b}", cost=2)
    assert waits.costs == [2]
    assert [request.url.path for request in server.requests] == ["/metadata", "/graphql"]
    assert [call.root_fields for call in seen] == [0, 2]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(503, json={"statusCode": 503, "message": "busy"}),
        httpx.Response(200, json={}),
        httpx.Response(200),
        httpx.Response(200, content=b'{"data":{"people":[{"id":"1'),
        httpx.Response(408, text="<html>request timeout</html>"),
        httpx.Response(408, json={"statusCode": 408, "message": "Request Timeout"}),
        httpx.Response(425),
        failure("Connection terminated unexpectedly", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_without_a_readable_answer_only_what_may_be_sent_twice_is_sent_again(
    script: Script, trouble: httpx.Response | Exception
) -> None:
    client, server, _ = script(trouble)
    with pytest.raises(Unclear):
        client.records(MUTATION)
    assert len(server.requests) == 1
    client, server, _ = script(copy.copy(trouble), data(ok=1))
    assert client.records(MUTATION, resend_safe=True) == {"ok": 1}
    assert len(server.requests) == 2


def test_a_file_is_sent_and_fetched_again_when_the_answer_is_lost_or_the_store_is_busy(
    script: Script,
) -> None:
    """One lost answer among a practice's thousands of documents does not end the load."""
    place = "https://store.example/place"
    client, server, _ = script(
        httpx.ReadTimeout("no answer"), httpx.Response(503), httpx.ConnectError("away"), httpx.Response(200)
    )
    client.put_file(place, b"%PDF-1.7", "application/pdf")
    assert [request.content for request in server.requests] == [b"%PDF-1.7"] * 4
    assert {request.headers["Content-Type"] for request in server.requests} == {"application/pdf"}
    client, server, _ = script(httpx.RemoteProtocolError("cut"), httpx.Response(200, content=b"%PDF-1.7"))
    assert client.get_file(place) == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("status", "reason", "is_internal"),
    [(403, ReasonCode.INTERNAL_ERROR, True), (413, ReasonCode.TOO_LARGE, False)],
)
def test_a_file_that_the_store_does_not_take_is_refused_at_once(
    script: Script, status: int, reason: ReasonCode, is_internal: bool
) -> None:
    client, server, _ = script(httpx.Response(status))
    with pytest.raises(Refused) as refused:
        client.put_file("https://store.example/place", b"%PDF-1.7", "application/pdf")
    assert (refused.value.reason, refused.value.is_internal) == (reason, is_internal)
    assert len(server.requests) == 1


def test_a_file_is_fetched_from_where_twenty_leads_to_without_showing_the_key_there(script: Script) -> None:
    """With presigned addresses, Twenty answers where its store has the file."""
    moved = httpx.Response(302, headers={"Location": "https://store.example/place?signature=x"})
    client, server, _ = script(moved, httpx.Response(200, content=b"%PDF-1.7"))
    assert client.get_file("/file/files-field/1?token=t") == b"%PDF-1.7"
    assert [request.url.host for request in server.requests] == ["twenty.test", "store.example"]
    assert not any("Authorization" in request.headers for request in server.requests)


def test_a_file_that_leads_round_in_a_circle_is_told_as_an_unclear_answer(script: Script) -> None:
    client, _, _ = script(*[httpx.Response(302, headers={"Location": "/file/1"}) for _ in range(200)])
    with pytest.raises(Unclear):
        client.get_file("/file/1")


@pytest.mark.parametrize("answer", [httpx.Response(504), httpx.Response(200, json={})])
def test_an_unclear_answer_is_not_waited_for_for_ever(script: Script, answer: httpx.Response) -> None:
    client, server, _ = script(*[copy.copy(answer) for _ in range(20)])
    with pytest.raises(Unclear):
        client.records(QUERY)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(503, json={"statusCode": 503, "message": "busy"}),
        httpx.RemoteProtocolError("cut"),
        failure("connect ECONNREFUSED 10.0.0.1:5432", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_a_server_that_is_away_is_waited_for_behind_a_proxy_as_without_one(
    script: Script, trouble: httpx.Response | Exception
) -> None:
    """A restart takes longer than the 16 seconds of six attempts."""
    told: list[Step] = []
    client, server, _ = script(*[copy.copy(trouble) for _ in range(20)], data(ok=1))
    with listening(told.append):
        assert client.records(MUTATION, resend_safe=True) == {"ok": 1}
    assert len(server.requests) == 21
    assert told[0].stage == "wait for Twenty"
    assert "Trying again in" in told[0].detail


@pytest.mark.parametrize(
    ("trouble", "because"),
    [
        (httpx.ReadTimeout("slow"), NoAnswerBecause.TIME_OUT),
        (httpx.Response(504, text="<html>"), NoAnswerBecause.TIME_OUT),
        (failure("Query read timeout", "INTERNAL_SERVER_ERROR"), NoAnswerBecause.TIME_OUT),
        (failure("timeout exceeded when trying to connect", "INTERNAL_SERVER_ERROR"), NoAnswerBecause.AWAY),
        (httpx.ReadError("reset"), NoAnswerBecause.AWAY),
        (httpx.Response(500, text="<html>"), NoAnswerBecause.UNREADABLE),
    ],
)
def test_what_came_too_late_is_told_from_what_is_away(
    script: Script, trouble: httpx.Response | Exception, because: NoAnswerBecause
) -> None:
    client, _, _ = script(trouble)
    with pytest.raises(Unclear) as caught:
        client.records(MUTATION)
    assert caught.value.because is because


def test_a_process_that_was_stopped_for_an_hour_goes_on(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a machine is paused: patience is for Twenty, which was not asked meanwhile."""
    let_pass(3600.0, monkeypatch)
    client, server, _ = script(httpx.ReadTimeout("slow"), data(ok=1), patience_seconds=600)
    assert client.records(QUERY) == {"ok": 1}
    assert len(server.requests) == 2


def test_a_call_that_ends_late_is_sent_a_few_times_only(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be what the server breaks at: a proxy says the same of a process that ran out of memory."""
    let_pass(5.0, monkeypatch)
    client, server, _ = script(*[httpx.Response(502) for _ in range(20)])
    with pytest.raises(Unclear) as caught:
        client.records(QUERY)
    assert len(server.requests) == 6
    assert "are running, then run again" in caught.value.advice


def test_an_unknown_internal_error_is_tried_again_and_then_counts_as_refused(script: Script) -> None:
    client, server, _ = script(*[failure(SECRET, "INTERNAL_SERVER_ERROR") for _ in range(9)])
    with pytest.raises(Refused) as caught:
        client.records(QUERY)
    assert caught.value.reason is ReasonCode.INTERNAL_ERROR
    assert len(server.requests) == 3


def test_trouble_of_the_database_that_passes_ends_nothing(script: Script) -> None:
    """A deadlock, a lock waited for too long or a full disk all come as this one text."""
    trouble = "Data validation error."
    client, server, _ = script(*[failure(trouble, "INTERNAL_SERVER_ERROR") for _ in range(2)], data(ok=1))
    assert client.records(MUTATION, resend_safe=True) == {"ok": 1}
    assert len(server.requests) == 3
    client, server, _ = script(*[failure(trouble, "INTERNAL_SERVER_ERROR") for _ in range(9)])
    with pytest.raises(Refused) as caught:
        client.records(QUERY)
    assert caught.value.reason is ReasonCode.DATABASE_REFUSED
    assert "then run again" in caught.value.advice
    starting = failure("the database system is starting up", "INTERNAL_SERVER_ERROR")
    client, _, _ = script(starting, data(ok=1))
    assert client.records(QUERY) == {"ok": 1}


def test_no_connection_means_nothing_was_written_so_it_is_tried_again(script: Script) -> None:
    client, _, seen = script(httpx.ConnectError("refused"), data(ok=1))
    assert client.records(MUTATION) == {"ok": 1}
    assert [call.outcome for call in seen] == ["unreachable", "ok"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text="<html>Welcome</html>"), NotATwentyServer),
        (httpx.Response(301, headers={"Location": "https://crm.test/graphql"}), NotATwentyServer),
        (httpx.Response(404, json={"statusCode": 404, "message": "Cannot POST"}), NotATwentyServer),
        (httpx.Response(500, text="request entity too large"), Refused),
        (failure("Record not found", "NOT_FOUND", "RECORD_NOT_FOUND"), NotFound),
        (failure("Forbidden resource", "FORBIDDEN"), RoleTooWeak),
        (failure('Object person doesn\'t have any "nope" field.'), SchemaChanged),
    ],
)
def test_every_kind_of_answer_has_its_error(
    script: Script, answer: httpx.Response, kind: type[TwentyError]
) -> None:
    client, server, _ = script(answer)
    with pytest.raises(kind) as caught:
        client.records(QUERY)
    assert type(caught.value) is kind
    assert len(server.requests) == 1
    assert caught.value.advice.endswith(".")


@pytest.mark.parametrize(
    ("message", "code", "problem"),
    [
        ("Token invalid.", "UNAUTHENTICATED", TokenProblem.GARBAGE),
        ("Token has expired.", "UNAUTHENTICATED", TokenProblem.EXPIRED),
        ("This API Key is revoked", "FORBIDDEN", TokenProblem.REVOKED),
    ],
)
def test_a_refused_key_says_what_is_wrong_with_it(
    script: Script, message: str, code: str, problem: TokenProblem
) -> None:
    client, _, _ = script(failure(message, code))
    with pytest.raises(TokenRefused) as caught:
        client.records(QUERY)
    assert caught.value.problem is problem


def test_an_unknown_object_and_a_lost_token_are_told_apart(script: Script) -> None:
    unknown = 'Cannot query field "people" on type "Query".'
    client, server, _ = script(failure(unknown, ""), data(objects={}))
    with pytest.raises(SchemaChanged):
        client.records(QUERY)
    assert [request.url.path for request in server.requests] == ["/graphql", "/metadata"]
    client, _, _ = script(failure(unknown, ""), failure("Forbidden resource", "FORBIDDEN"))
    with pytest.raises(TokenRefused) as caught:
        client.records(QUERY)
    assert caught.value.problem is TokenProblem.MISSING


def test_an_answer_with_data_and_an_error_is_an_error(script: Script) -> None:
    answer = httpx.Response(200, json={"data": {"a": [1], "b": None}, "errors": [{"message": "no"}]})
    client, _, _ = script(answer)
    with pytest.raises(Refused):
        client.records("{a b}", cost=2)


@pytest.mark.parametrize(
    ("message", "reason", "field"),
    [
        (
            f"Invalid value '{SECRET}' for date field \"date1\". Expected format: 'YYYY-MM-DD'",
            "bad_date",
            "date1",
        ),
        (
            f"Invalid string value '{SECRET}' for email field \"emails.primaryEmail\"",
            "bad_email",
            "emails.primaryEmail",
        ),
        (f'Invalid string value \'{SECRET} for text field "x"\' for text field "txt"', "wrong_type", "txt"),
        (f'Invalid value "{SECRET}" for field "sel1". Valid values are: RED, BLUE', "not_an_option", "sel1"),
        (f"Provided phone number is invalid {SECRET}", "bad_phone", None),
        (
            f"Expected 1 record to connect to patient, but found 0 for key = {SECRET}",
            "missing_parent",
            "patient",
        ),
        (f"Something new about {SECRET}", "other", None),
        (f"Multiple records found with the same unique field values for {SECRET}", "several_matches", None),
    ],
)
def test_a_refusal_names_field_and_reason_and_never_shows_the_value(
    script: Script, message: str, reason: str, field: str | None
) -> None:
    client, _, _ = script(failure(message, sub_code="INVALID_ARGS_DATA"))
    with pytest.raises(Refused) as caught:
        client.records(QUERY)
    error = caught.value
    assert (error.reason, error.field) == (reason, field)
    assert error.value_quoted
    assert SECRET in error.raw_text()
    shown = [str(error), repr(error), error.message, repr(error.args), *traceback.format_exception(error)]
    assert not any("Marguerite" in text for text in shown)
    assert b"Marguerite" not in pickle.dumps(error)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copied) == str(error)
    assert copied.field == error.field
    assert copied.raw_text() == ""


def test_every_error_survives_pickling() -> None:
    for error in (
        Unreachable("a"),
        TokenRefused(TokenProblem.EXPIRED),
        Throttled(3.0),
        NotFound(),
        SchemaChanged("b", field="c"),
        Refused(ReasonCode.DUPLICATE, conflicting_record_id="id"),
        Unclear("d", because=NoAnswerBecause.AWAY),
    ):
        copied = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert type(copied) is type(error)
        assert str(copied) == str(error)
        assert copied.__dict__ == error.__dict__


@pytest.mark.parametrize("value", [SECRET + "\ud800", float("nan")])
def test_what_cannot_be_encoded_is_refused_without_showing_it(script: Script, value: object) -> None:
    client, server, _ = script()
    with pytest.raises(Refused) as caught:
        client.records(QUERY, {"d": value, "also": SECRET})
    assert not server.requests
    assert caught.value.__cause__ is None
    assert "Marguerite" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("url", "key"), [("crm.example.org", "k"), ("ftp://x", "k")])
def test_an_address_that_is_none_is_refused(url: str, key: str) -> None:
    with pytest.raises(NotATwentyServer):
        TwentyClient(url, key)


@pytest.mark.parametrize(("key", "problem"), [("", "missing"), (" ", "missing"), ("schlüssel", "garbage")])
def test_a_key_that_is_none_is_refused(key: str, problem: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        TwentyClient("http://twenty.test", key)
    assert caught.value.problem == problem


def test_the_key_shows_in_no_representation() -> None:
    assert "topsecret" not in repr(TwentyClient("http://twenty.test", "topsecret"))


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    for url in ("http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"):
        assert not TwentyClient(url, "k")._http._mounts
    assert TwentyClient("http://crm.example.org", "k")._http._mounts


def test_check_says_which_of_address_server_key_and_role_is_wrong(script: Script) -> None:
    healthy = httpx.Response(200, json={"status": "ok", "info": {}, "error": {}, "details": {}})
    cases: list[tuple[list[httpx.Response | Exception], type[TwentyError]]] = [
        ([httpx.ConnectError("no")], Unreachable),
        ([httpx.Response(200, text="<html>")], NotATwentyServer),
        ([httpx.Response(200, json=["ok"])], NotATwentyServer),
        ([healthy, failure("Token invalid.", "UNAUTHENTICATED")], TokenRefused),
        ([healthy, failure("Forbidden resource", "FORBIDDEN")], TokenRefused),
        ([healthy, data(objects={}), failure("Forbidden resource", "FORBIDDEN")], RoleTooWeak),
    ]
    for answers, kind in cases:
        client, server, _ = script(*answers)
        with pytest.raises(kind):
            client.check()
        assert not server.answers


def test_check_names_the_place_that_the_server_redirects_to(script: Script) -> None:
    client, _, _ = script(httpx.Response(308, headers={"Location": "https://crm.test/healthz"}))
    with pytest.raises(NotATwentyServer, match=r"redirects to https://crm\.test instead"):
        client.check()


def test_check_finds_the_role_of_the_key_and_what_it_lacks(script: Script) -> None:
    claims = json.dumps({"type": "API_KEY", "jti": "k1", "workspaceId": "w1"}).encode()
    key = f"x.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.y"
    role = {"label": "Admin", "canUpdateAllSettings": True, "canDestroyAllObjectRecords": True}
    keys = {"apiKeys": [{"id": "k1", "name": "panda", "expiresAt": "2036-01-01T00:00:00.000Z"}]}

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/healthz":
            return httpx.Response(200, json={"status": "ok"})
        return data(objects={}, getRoles=[{"label": "Other", "apiKeys": []}, {**role, **keys}])

    client = TwentyClient("http://twenty.test", key, transport=httpx.MockTransport(server))
    facts = client.check()
    assert (facts.workspace_id, facts.api_key_name, facts.role) == ("w1", "panda", "Admin")
    role["canDestroyAllObjectRecords"] = False
    with pytest.raises(RoleTooWeak, match="may not destroy records"):
        client.check()
