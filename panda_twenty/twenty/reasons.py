"""Why Twenty refuses a value, a record or a call: one vocabulary for the local rules and for its answers."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ReasonCode", "sentence_for"]


def sentence_for(reason: ReasonCode) -> str:
    """The reason as one sentence for a person. It never holds a value of a record."""
    return _SENTENCES[reason]


class ReasonCode(StrEnum):
    """A machine-readable reason. The text of a member is stable: ledgers and reports keep it."""

    WRONG_TYPE = "wrong_type"
    NOT_A_NUMBER = "not_a_number"
    BAD_DATE = "bad_date"
    BAD_DATE_TIME = "bad_date_time"
    NOT_AN_OPTION = "not_an_option"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"
    BAD_PHONE_CODE = "bad_phone_code"
    PHONE_CODES_CONFLICT = "phone_codes_conflict"
    BAD_LINK = "bad_link"
    BAD_UUID = "bad_uuid"
    BAD_JSON = "bad_json"
    BAD_RICH_TEXT = "bad_rich_text"
    BAD_FILE = "bad_file"
    FILE_BELIES_NAME = "file_belies_name"
    FILE_SIZE = "file_size"
    UNKNOWN_SUBFIELD = "unknown_subfield"
    UNKNOWN_FIELD = "unknown_field"
    NOT_WRITABLE = "not_writable"
    NUL_CHARACTER = "nul_character"
    LONE_SURROGATE = "lone_surrogate"
    UNIQUE_TEXT_TOO_LONG = "unique_text_too_long"
    REQUIRED = "required"
    DUPLICATE = "duplicate"
    SEVERAL_MATCHES = "several_matches"
    MISSING_PARENT = "missing_parent"
    TOO_LARGE = "too_large"
    TOO_MANY_RECORDS = "too_many_records"
    BAD_FILTER = "bad_filter"
    BAD_CURSOR = "bad_cursor"
    DATABASE_REFUSED = "database_refused"
    DATA_MODEL_REFUSED = "data_model_refused"
    INTERNAL_ERROR = "internal_error"
    OTHER = "other"


_SENTENCES = {
    ReasonCode.WRONG_TYPE: "The value has another type than the field takes.",
    ReasonCode.NOT_A_NUMBER: "The field takes a finite number; texts and yes/no values are not converted.",
    ReasonCode.BAD_DATE: "The value is not a date that exists, written YYYY-MM-DD.",
    ReasonCode.BAD_DATE_TIME: "The value is not a moment that exists, written in ISO 8601.",
    ReasonCode.NOT_AN_OPTION: "The value is none of the field's options.",
    ReasonCode.BAD_EMAIL: "The value is not one e-mail address without spaces around it.",
    ReasonCode.BAD_PHONE: "The number cannot be read as a telephone number of its country.",
    ReasonCode.BAD_PHONE_CODE: "The country code or the calling code does not exist.",
    ReasonCode.PHONE_CODES_CONFLICT: "The number belongs to another country than the codes sent with it.",
    ReasonCode.BAD_LINK: "The value is not a web address.",
    ReasonCode.BAD_UUID: "The value is not a UUID of version 1 to 5.",
    ReasonCode.BAD_JSON: "The field takes an object, a list or a text that holds JSON.",
    ReasonCode.BAD_RICH_TEXT: "The blocks of a rich text must be a JSON list without unsafe addresses.",
    ReasonCode.BAD_FILE: "The field takes a list of uploaded files, each with its id and a label.",
    ReasonCode.FILE_BELIES_NAME: "The file's bytes are not what the ending of its name promises: it is "
    "damaged, or wrongly named.",
    ReasonCode.FILE_SIZE: "The file is empty, or larger than Twenty takes.",
    ReasonCode.UNKNOWN_SUBFIELD: "The value has a part that fields of this type do not have.",
    ReasonCode.UNKNOWN_FIELD: "The object has no such field.",
    ReasonCode.NOT_WRITABLE: "The field cannot be written: a relation is written through its join column.",
    ReasonCode.NUL_CHARACTER: "The text holds a NUL character, which the database cannot store.",
    ReasonCode.LONE_SURROGATE: "The text holds half of a character pair, which cannot be sent.",
    ReasonCode.UNIQUE_TEXT_TOO_LONG: "The text is too long for a unique field (about 2,700 bytes).",
    ReasonCode.REQUIRED: "The field must have a value.",
    ReasonCode.DUPLICATE: "Another record already holds the same id or the same unique value.",
    ReasonCode.SEVERAL_MATCHES: "The id and the unique values match different records.",
    ReasonCode.MISSING_PARENT: "The record links to another record that is not there.",
    ReasonCode.TOO_LARGE: "The request is larger than Twenty takes (10 MB).",
    ReasonCode.TOO_MANY_RECORDS: "The request holds more records than Twenty takes (200).",
    ReasonCode.BAD_FILTER: "The filter names an unknown field or holds an unusable value.",
    ReasonCode.BAD_CURSOR: "The place to continue reading from is not valid.",
    ReasonCode.DATABASE_REFUSED: "Twenty's database refused a record (a NUL character, a row too wide, a "
    "unique text too long) or was in trouble itself, such as a lock or a full disk.",
    ReasonCode.DATA_MODEL_REFUSED: "Twenty refused the change of its data model.",
    ReasonCode.INTERNAL_ERROR: "Twenty reported an internal error while it worked on the request.",
    ReasonCode.OTHER: "Twenty refused the request for a reason that this tool does not know.",
}
