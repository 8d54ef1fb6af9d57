"""What Twenty refuses, and how each refusal reads in GraphQL and REST."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

STANDARD_MESSAGE = "An error occurred."
ORM_MESSAGE = "Invalid input provided."
QUOTED = re.compile(r"'([^']*)'")
NOT_FOUND_MESSAGE = "This record does not exist or has been deleted."


@dataclass
class TwentyError(Exception):
    """A refusal. ``user_message`` and ``sub_code`` are left out of the answer where they are None."""

    message: str
    code: str = "BAD_USER_INPUT"
    sub_code: str | None = None
    user_message: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    rest_status: int = 400
    rest_name: str = "BadRequestException"
    rest_code: str | None = None

    def __str__(self) -> str:
        return self.message

    def graphql(self) -> dict[str, Any]:
        """This error as an entry of ``errors``."""
        extensions: dict[str, Any] = {}
        if self.sub_code is not None:
            extensions["subCode"] = self.sub_code
        if self.user_message is not None:
            extensions["userFriendlyMessage"] = self.user_message
        return {"message": self.message, "extensions": {**extensions, **self.details, "code": self.code}}

    def rest(self) -> dict[str, Any]:
        """This error as the body of a REST answer."""
        body: dict[str, Any] = {
            "statusCode": self.rest_status,
            "error": self.rest_name,
            "messages": [self.message],
        }
        return body if self.rest_code is None else {**body, "code": self.rest_code}


def translated(message: str) -> dict[str, str]:
    """A text for the user that Twenty sends as it is kept for translation; the id is made from the text."""
    hashed = hashlib.sha256(f"{message}\x1f".encode()).digest()
    return {"id": base64.b64encode(hashed).decode()[:6], "message": message}


def located(error: GraphQLError) -> dict[str, Any]:
    """An error of graphql as JavaScript's library writes it, with double quotes and its places."""
    shown: dict[str, Any] = {"message": QUOTED.sub(r'"\1"', error.message)}
    if error.locations:
        shown["locations"] = [{"line": where.line, "column": where.column} for where in error.locations]
    return shown


def refused(message: str, sub_code: str, user_message: str = STANDARD_MESSAGE) -> TwentyError:
    """A refusal of an argument by Twenty's runners: BAD_USER_INPUT with a ``subCode``."""
    return TwentyError(message, sub_code=sub_code, user_message=user_message)


def bad_data(message: str, user_message: str = STANDARD_MESSAGE) -> TwentyError:
    return refused(message, "INVALID_ARGS_DATA", user_message)


def bad_filter(message: str, user_message: str = STANDARD_MESSAGE) -> TwentyError:
    return refused(message, "INVALID_ARGS_FILTER", user_message)


def bad_query(message: str, user_message: str = STANDARD_MESSAGE) -> TwentyError:
    return refused(message, "INVALID_QUERY_INPUT", user_message)


def bad_cursor(message: str = "Invalid cursor") -> TwentyError:
    return refused(message, "INVALID_CURSOR")


def not_found() -> TwentyError:
    return TwentyError(
        "Record not found",
        "NOT_FOUND",
        "RECORD_NOT_FOUND",
        NOT_FOUND_MESSAGE,
        rest_status=404,
        rest_name="NotFoundException",
    )


def internal(message: str) -> TwentyError:
    """An exception that Twenty did not expect; its message is the exception's."""
    return TwentyError(message, "INTERNAL_SERVER_ERROR", rest_name="Error")


def data_validation() -> TwentyError:
    """What PostgreSQL refused for a reason that Twenty does not tell."""
    return TwentyError(
        "Data validation error.",
        "INTERNAL_SERVER_ERROR",
        rest_status=500,
        rest_name="InternalServerErrorException",
    )


def from_orm(message: str, user_message: str | None = None) -> TwentyError:
    """A refusal by Twenty's ORM layer: BAD_USER_INPUT without a ``subCode``."""
    return TwentyError(message, user_message=user_message)


def foreign_key(table: str, constraint: str) -> TwentyError:
    return from_orm(
        f'insert or update on table "{table}" violates foreign key constraint "{constraint}"',
        "This operation references a record that does not exist or cannot be modified due to existing relationships.",  # noqa: E501
    )


def missing_value(table: str, column: str) -> TwentyError:
    return from_orm(
        f'null value in column "{column}" of relation "{table}" violates not-null constraint',
        "A required field is missing. Please provide all required values and try again.",
    )


def duplicate(
    field_label: str | None = None, record_id: str | None = None, object_name: str = ""
) -> TwentyError:
    """A unique value that another record has; only a live record is named."""
    if field_label is None or record_id is None:
        return from_orm(
            "A duplicate entry was detected",
            "This record already exists. Please check your data and try again.",
        )
    error = from_orm(
        "A duplicate entry was detected",
        f"This {field_label} value is already in use. Please check your data and try again.",
    )
    error.details = {"conflictingRecordId": record_id, "conflictingObjectNameSingular": object_name}
    return error
