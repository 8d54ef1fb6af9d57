"""The one door to Twenty: GraphQL calls with pacing, retries and readable errors.

``/graphql`` carries records and counts against the workspace's rate limit, one token per root field;
``/metadata`` carries the data model and does not (both measured on Twenty 2.21).

Retries: a call that the rate limit refused was not executed and is sent again until ``patience_seconds``
are over. So is a call that found no connection. A call without a readable answer may have been executed,
so it is sent again only when the caller says that this is harmless (``resend_safe``), and raises
:class:`~panda_twenty.twenty.errors.Unclear` otherwise: with the same patience where the answer that there is
nobody came quickly, and a few times where the call itself may be what is too much. The latter goes for an
internal error of Twenty as well, which ends as Refused because one record may be the cause of it.
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from panda_twenty.progress import Step, announce
from panda_twenty.retries import retry_context
from panda_twenty.twenty.answers import data_of, redirected
from panda_twenty.twenty.errors import (
    NoAnswerBecause,
    NotATwentyServer,
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
from panda_twenty.twenty.rate_limit import CallLimiter, NoLimit
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.server_facts import ServerFacts, read_server_facts

__all__ = ["CallRecord", "TwentyClient", "is_loopback"]

# A refused call earns its token 600 ms after the last success; anything shorter is refused again.
_THROTTLED_WAIT_SECONDS = 0.65
_UNANSWERED_WAIT_SECONDS = 1.0
_GROWTH = 1.6
_LONGEST_WAIT_SECONDS = 30.0
# What is away says so at once. What ends later may have ended because of the call.
_QUICK_SECONDS = 2.0
UNCLEAR_ATTEMPTS = 6
_INTERNAL_ERROR_ATTEMPTS = 3
# No attempt of a process that runs takes longer: a minute without an answer ends it.
_LONGEST_ATTEMPT_SECONDS = 120.0
# A wait as long as this is told to whoever watches the run.
_WORTH_TELLING_SECONDS = 10.0
_STORE_IS_BUSY = frozenset({429, 502, 503, 504})
"""Statuses of a store of files, or of a proxy before it, that pass."""
_T = TypeVar("_T")
_OPERATION = re.compile(r"\s*(query|mutation|\{)")


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """The trusted authorities, read once: that takes longer than most calls, and each step has a client."""
    return httpx.create_ssl_context()


def is_loopback(host: str) -> bool:
    """Whether this host is the very machine that asks, so that nothing crosses a network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_query(document: str) -> bool:
    found = _OPERATION.match(document)
    return found is not None and found[1] != "mutation"


def _is_internal_error(error: Exception) -> bool:
    return isinstance(error, Refused) and error.is_internal


def _body(query: str, variables: Mapping[str, Any] | bytes | None) -> bytes:
    if isinstance(variables, bytes):
        try:
            # Half a surrogate pair was encoded all the same, so that the record could be weighed.
            variables.decode()
        except UnicodeDecodeError:
            raise Refused(ReasonCode.LONE_SURROGATE, value_quoted=False) from None
        return b'{"query":' + json.dumps(query).encode() + b',"variables":' + variables + b"}"
    payload = {"query": query, "variables": variables or {}}
    # Neither error below may carry on: both hold what could not be encoded.
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise Refused(ReasonCode.NOT_A_NUMBER, value_quoted=False) from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Refused(ReasonCode.LONE_SURROGATE, value_quoted=False) from None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt at one call, for progress and statistics. It holds counts only."""

    root_fields: int
    seconds: float
    outcome: str
    """``ok``, or the name of the error in lower case: throttled, unclear, unreachable, refused ..."""
    records: int


class TwentyClient:
    """Talks to one workspace with one API key. May be used by several threads at once.

    ``url`` is the server's address without a path. ``transport`` replaces the network (tests, an app in
    memory). ``timeout_seconds`` is for connecting, sending and each wait for bytes, so a slow answer of many
    records is not cut off. ``on_call`` sees every attempt, from the thread that makes it.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        limiter: CallLimiter | None = None,
        timeout_seconds: float = 60.0,
        patience_seconds: float = 600.0,
        on_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        address = httpx.URL(url.rstrip("/"))
        if address.scheme not in ("http", "https") or not address.host:
            raise NotATwentyServer("The address of Twenty must begin with http:// or https://.")
        if not api_key.strip() or not api_key.isascii():
            raise TokenRefused(TokenProblem.GARBAGE if api_key.strip() else TokenProblem.MISSING)
        self.url = str(address).rstrip("/")
        self._api_key = api_key.strip()
        self._limiter: CallLimiter = limiter if limiter is not None else NoLimit()
        self._patience_seconds = patience_seconds
        self._on_call = on_call
        # Signed addresses of files may lead to another host, which must not see the API key.
        self._files = httpx.Client(
            base_url=self.url,
            transport=transport,
            timeout=timeout_seconds,
            trust_env=not is_loopback(address.host),
            verify=_certificates(),
        )
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self._api_key}", "User-Agent": "panda-twenty"},
            transport=transport,
            timeout=timeout_seconds,
            verify=_certificates(),
            # A proxy from the environment must not see what goes to a server on this very machine.
            trust_env=not is_loopback(address.host),
        )

    def __repr__(self) -> str:
        return f"TwentyClient({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
        self._files.close()

    def check(self) -> ServerFacts:
        """Prove, without waiting, that a Twenty answers and that the API key suffices for a migration.

        Raises Unreachable, NotATwentyServer, TokenRefused or RoleTooWeak, whichever is the first to be wrong.
        """
        self.seconds_to_answer()
        return read_server_facts(
            lambda query: self._once("/metadata", _body(query, None), 0, 0), self._api_key
        )

    def seconds_to_answer(self) -> float:
        """Ask the server for its health, which takes no key. Raises Unreachable or NotATwentyServer."""
        started = time.monotonic()
        try:
            response = self._http.get("/healthz")
        except httpx.TransportError as failure:
            raise Unreachable(f"No connection to {self.url} ({type(failure).__name__}).") from None
        seconds = time.monotonic() - started
        if (elsewhere := redirected(response)) is not None:
            raise elsewhere
        try:
            healthy = response.is_success and response.json().get("status") == "ok"
        except (ValueError, AttributeError):
            healthy = False
        if not healthy:
            raise NotATwentyServer(f"{self.url}/healthz does not answer as Twenty does.")
        return seconds

    def told_version(self) -> str | None:
        """The server's version as /client-config tells it; None where it does not (a build from source)."""
        try:
            response = self._http.get("/client-config")
            told = response.json().get("appVersion") if response.is_success else None
        except (httpx.TransportError, ValueError, AttributeError):
            return None
        return str(told) if told else None

    def records_unpaced(self, query: str) -> dict[str, Any]:
        """One attempt at a query to /graphql that does not wait for the limiter: to measure the limit."""
        return data_of(self._post("/graphql", _body(query, None)), about_records=True)

    def records(
        self,
        query: str,
        variables: Mapping[str, Any] | bytes | None = None,
        *,
        cost: int = 1,
        resend_safe: bool | None = None,
        record_count: int = 0,
        answered: Callable[[float], None] = lambda seconds: None,
        time_out_attempts: int = UNCLEAR_ATTEMPTS,
    ) -> dict[str, Any]:
        """The data of a call to /graphql.

        ``variables`` may be JSON already. ``cost`` is the number of root fields. ``resend_safe`` says that
        executing the call twice does no harm: None means that queries are safe and mutations are not; an
        upsert with our own ids is.
        ``record_count`` is only reported to ``on_call``. ``answered`` is told how many seconds Twenty took to
        answer, without the wait for the limiter and without earlier attempts. ``time_out_attempts`` is how
        often a call that is not answered in time is sent before Unclear is raised.
        """
        body = _body(query, variables)
        try:
            return self._tried(
                lambda: self._once("/graphql", body, cost, record_count, answered),
                resend_safe=_is_query(query) if resend_safe is None else resend_safe,
                cost=cost,
                body_bytes=len(body),
                time_out_attempts=time_out_attempts,
            )
        except SchemaChanged as error:
            # Without a token /graphql knows no object at all and says the same as for a misspelt one, so
            # whatever sits between this tool and Twenty may have dropped the header.
            if error.raw_text().startswith("Cannot query field"):
                self._prove_token_arrives()
            raise

    def metadata(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        resend_safe: bool | None = None,
    ) -> dict[str, Any]:
        """The data of a call to /metadata, which costs no tokens. ``resend_safe`` as in :meth:`records`."""
        body = _body(query, variables)
        return self._tried(
            lambda: self._once("/metadata", body, 0, 0),
            resend_safe=_is_query(query) if resend_safe is None else resend_safe,
        )

    def send_multipart(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a multipart call to /metadata; a second try is harmless."""
        return self._tried(
            lambda: data_of(self._send("POST", "/metadata", files=parts), about_records=False),
            resend_safe=True,
        )

    def put_file(self, url: str, content: bytes, content_type: str) -> None:
        """Send a file's bytes to the place that Twenty named for it; a second try is harmless.

        ``content_type`` is what Twenty named with it: the address may be signed for that and no other.
        """
        headers = {"Content-Type": content_type}
        answer = self._about_file("PUT", url, content=content, headers=headers)
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise Refused(ReasonCode.TOO_LARGE, sentence="Twenty's store takes no file of this size.")
        if not answer.is_success:
            # The file has no part in it: the store is wrongly set up, or in trouble.
            raise Refused(
                ReasonCode.INTERNAL_ERROR,
                sentence=f"Twenty's store did not take the bytes of a file (HTTP {answer.status_code}).",
            )

    def get_file(self, url: str) -> bytes:
        """The bytes of a stored file, from the signed address that its field gives.

        Twenty answers them itself, or leads on to where it has stored them.
        """
        response = self._about_file("GET", url, follow_redirects=True)
        if not response.is_success:
            raise Unclear(f"A stored file could not be fetched (HTTP {response.status_code}).")
        return response.content

    def _about_file(self, method: str, url: str, **request: Any) -> httpx.Response:
        def once() -> httpx.Response:
            response = self._send(method, url, self._files, **request)
            if response.status_code in _STORE_IS_BUSY:
                raise Unclear(
                    f"The store of files is busy (HTTP {response.status_code}).",
                    because=NoAnswerBecause.AWAY,
                )
            return response

        return self._tried(once, resend_safe=True)

    def _prove_token_arrives(self) -> None:
        try:
            self.metadata("{objects(paging:{first:1}){edges{node{id}}}}")
        except RoleTooWeak as error:
            raise TokenRefused(TokenProblem.MISSING, raw=error.raw_text()) from None

    def _tried(
        self,
        once: Callable[[], _T],
        *,
        resend_safe: bool,
        cost: int = 0,
        body_bytes: int = 0,
        time_out_attempts: int = UNCLEAR_ATTEMPTS,
    ) -> _T:
        """What ``once`` gives, again and again after what passes, until patience is at its end.

        Each attempt waits for the limiter first, if it costs tokens.
        """
        backoff = _Backoff(self._patience_seconds, resend_safe, time_out_attempts)
        for attempt in retry_context(on=backoff, attempts=None, timeout=None):
            with attempt:
                if cost and not backoff.is_granted:
                    self._limiter.acquire(cost, body_bytes)
                backoff.begin()
                return once()
        raise AssertionError("stamina ends with a result or an error")

    def _once(
        self,
        path: str,
        body: bytes,
        cost: int,
        record_count: int,
        answered: Callable[[float], None] = lambda seconds: None,
    ) -> dict[str, Any]:
        started = time.monotonic()
        outcome = "ok"
        try:
            return data_of(self._post(path, body), about_records=cost > 0)
        except TwentyError as error:
            outcome = type(error).__name__.lower()
            if isinstance(error, Throttled):
                is_longer = error.retry_after is not None and error.retry_after > self._patience_seconds
                # Nobody waits that long: the next call, whoever makes it, is told so as well.
                error.again_after = self._limiter.throttled(
                    None if is_longer else error.retry_after, time.monotonic() - started
                )
            raise
        finally:
            seconds = time.monotonic() - started
            if outcome == "ok":
                answered(seconds)
                if cost:
                    self._limiter.answered(seconds)
            if self._on_call is not None:
                self._on_call(CallRecord(cost, seconds, outcome, record_count))

    def _post(self, path: str, body: bytes) -> httpx.Response:
        return self._send("POST", path, content=body, headers={"Content-Type": "application/json"})

    def _send(
        self, method: str, path: str, http: httpx.Client | None = None, **request: Any
    ) -> httpx.Response:
        try:
            return (http or self._http).request(method, path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as failure:
            raise Unreachable(f"No connection to {self.url} ({type(failure).__name__}).") from None
        except (httpx.TransportError, httpx.DecodingError, httpx.TooManyRedirects) as failure:
            raise Unclear(
                f"No whole answer from Twenty ({type(failure).__name__}).", because=_because(failure)
            ) from None


def _because(failure: httpx.RequestError) -> NoAnswerBecause:
    if isinstance(failure, httpx.TimeoutException):
        return NoAnswerBecause.TIME_OUT
    if isinstance(failure, httpx.NetworkError | httpx.RemoteProtocolError | httpx.ProxyError):
        return NoAnswerBecause.AWAY
    return NoAnswerBecause.UNREADABLE


class _Backoff:
    """Decides after each failed attempt whether and when there is another one; one per call.

    Patience is spent by attempts and by the waits between them, not by the clock: a process that was stopped
    for an hour, or waited for the limiter, has not waited for Twenty.
    """

    def __init__(self, patience_seconds: float, resend_safe: bool, time_out_attempts: int) -> None:
        self._patience_left = patience_seconds
        self._resend_safe = resend_safe
        self._time_out_attempts = time_out_attempts
        self._failures = 0
        self._unclear = 0
        self._attempt_began = 0.0
        self.is_granted = False
        """Whether the next attempt goes out in place of one that the limiter has let out too early."""

    def begin(self) -> None:
        """An attempt goes out now."""
        self._attempt_began = time.monotonic()

    def __call__(self, error: Exception) -> bool | float:
        self._patience_left -= min(time.monotonic() - self._attempt_began, _LONGEST_ATTEMPT_SECONDS)
        wait = self._wait_after(error)
        if wait is None or wait > self._patience_left:
            return False
        self._patience_left -= wait
        if wait >= _WORTH_TELLING_SECONDS:
            detail = f"{error} Trying again in {wait:.0f} seconds."
            announce(Step("wait for Twenty", self._failures, detail=detail))
        return wait

    def _wait_after(self, error: Exception) -> float | None:
        self.is_granted = isinstance(error, Throttled) and error.again_after is not None
        if isinstance(error, Throttled) and error.again_after is not None:
            return error.again_after
        grown = _GROWTH**self._failures
        self._failures += 1
        if isinstance(error, Throttled):
            return max(error.retry_after or 0.0, min(_LONGEST_WAIT_SECONDS, _THROTTLED_WAIT_SECONDS * grown))
        if isinstance(error, Unclear) or _is_internal_error(error):
            self._unclear += not self._found_nobody(error)
            if not self._resend_safe or self._unclear >= self._attempts_at(error):
                return None
        elif not isinstance(error, Unreachable):
            return None
        return min(_LONGEST_WAIT_SECONDS, _UNANSWERED_WAIT_SECONDS * grown)

    def _attempts_at(self, error: Exception) -> int:
        if not isinstance(error, Unclear):
            return _INTERNAL_ERROR_ATTEMPTS
        return self._time_out_attempts if error.because is NoAnswerBecause.TIME_OUT else UNCLEAR_ATTEMPTS

    def _found_nobody(self, error: Exception) -> bool:
        """Whether the attempt ended because Twenty is away for a while, and not by what it asked for."""
        is_quick = time.monotonic() - self._attempt_began < _QUICK_SECONDS
        return isinstance(error, Unclear) and error.because is NoAnswerBecause.AWAY and is_quick
