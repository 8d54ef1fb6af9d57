r"""The inventory of letter templates: their merge fields, what each means, and what must be rebuilt.

Templates are not converted: the practice's administrator rebuilds those still in use, from the document that
:func:`template_documentation` writes. Bodies come as plain text; the caller takes RTF and HTML off.

Syntaxes: ``[Field]`` (Open Dental's static text), ``<<Field>>``, ``«Field»`` and ``{ MERGEFIELD Field }``
(Word), ``{Field}``, ``%Field%`` and ``&Field``. Signs that prose uses too count only around a name that the
vocabulary knows, or one word with a capital inside, an underscore, a digit or a dot. So ``[sic]``,
``{see above}``, ``5% to 10%`` and ``A&B`` are text.

The vocabulary knows the keys of Open Dental's PANDA bridge (PandaPerioAdvanced.cs), Open Dental's static text
fields (opendental.com/manual/statictextfields.html), and usual spellings of the same things. A token that it
does not know is listed all the same, as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Subject = Literal[
    "patient",
    "guarantor",
    "referring doctor",
    "provider",
    "practice",
    "exam finding",
    "diagnosis",
    "plan",
    "appointment",
    "date",
    "unknown",
]
NEEDS_REBUILD = "needs rebuild"
SAMPLE_LENGTH = 200

_TOKEN = re.compile(
    r"\{\s*MERGEFIELD\s+\"?(?P<word>[^\W\d]\w{0,59})\"?[^{}]{0,80}\}"
    r"|<<\s*(?P<angles>[^\W\d][\w .:/-]{0,59}?)\s*>>"
    r"|«\s*(?P<guillemets>[^\W\d][\w .:/-]{0,59}?)\s*»"
    r"|(?<![\\{])\{\{?\s*(?P<braces>[^\W\d][\w .]{0,59}?)\s*\}\}?"
    r"|(?<!\[)\[\s*(?P<brackets>[^\W\d][\w .#/-]{0,59}?)\s*\]"
    r"|(?<![\w%])%(?P<percents>[^\W\d]\w{1,59})%(?!\w)"
    r"|(?<![\w&])&(?P<ampersand>[A-Z]\w{2,59})\b(?!;)"
)
_SYNTAXES = {
    "word": "«Field»",
    "angles": "<<Field>>",
    "guillemets": "«Field»",
    "braces": "{Field}",
    "brackets": "[Field]",
    "percents": "%Field%",
    "ampersand": "&Field",
}
_UNMISTAKABLE = frozenset(("word", "angles", "percents"))
_LIKE_A_FIELD = re.compile(
    r"\w*(?:[a-z][A-Z]|[A-Z]{2}[a-z]|[^\W_]_[^\W_])\w*|[A-Za-z]{3,}[0-9]+|[a-z]+\.\w+", re.ASCII
)

# The parts of field names, in lower case and without signs.
_PATIENT = "(?:pat(?:ient)?s?|pt)"
_REFERRER = "(?:ref(?:er+(?:ing|al|er)?)?(?:dr|doctor|dentist|d|source)?)"
_GUARANTOR = "(?:guar(?:antor)?|acc(?:oun)?t(?:holder)?|resp(?:onsible|ons)?party|tpresponsparty)"
_PROVIDER = "(?:(?:pri|primary|sec)?prov(?:ider)?|doctor|dr|dentist|periodontist|hyg(?:ienist)?)"
_PRACTICE = "(?:practice|office|clinic|location)"
_APPOINTMENT = "(?:(?:next|last|planned)?(?:sched(?:uled)?)?app(?:oin)?t(?:ment)?s?)"
_DIAGNOSIS = "(?:perio)?(?:dx|diag(?:nosis)?)"
_NAME = "(?:full)?name(?:fl|lf|flformal|formal|full)?"
_FIRST, _LAST = "(?:f|first)name|namef|first", "(?:l|last|sur)name|namel|last"
_MIDDLE = "mi|mname|namemi|middle(?:name|initial)?"
_PHONE, _NUMBER = "(?:phone|tel|telephone)", "(?:id|no|num|number)"
_PRONOUN = "!a pronoun; it follows from person.sex"
_LIST = "!a list that PANDA works out; build it from"

_ADDRESS_PARTS = {
    "addr(?:ess)?1?|street1?": ".addressStreet1",
    "addr(?:ess)?2|street2": ".addressStreet2",
    "city": ".addressCity",
    "state|st": ".addressState",
    "zip(?:code)?|postal(?:code)?": ".addressPostcode",
    "cityst(?:ate)?zip|fulladdress": "",
}


def _address(owner: str, field: str) -> dict[str, str]:
    return {f"{owner}(?:{part})": f"{field}{subfield}" for part, subfield in _ADDRESS_PARTS.items()}


#: By subject, the pattern of a whole name and the Twenty field, or "!" and why not; the first fit counts.
_VOCABULARY: Mapping[Subject, Mapping[str, str]] = {
    "date": {
        "todays?date|date(?:today|now|letter)?|today|currentdate|letterdate|timenow": "!the day of writing"
    },
    "appointment": {
        f"{_APPOINTMENT}(?:date|time|datetime|datet|datemonthspelled|timedate)?": "task.dueAt",
        f"{_APPOINTMENT}(?:procs?|procedures?|reason)": "task.procedureText",
        f"{_APPOINTMENT}(?:operatory|op)|operatory": "task.operatory",
        f"{_APPOINTMENT}(?:length|minutes)": "task.minutes",
        f"{_APPOINTMENT}{_PROVIDER}(?:{_NAME})?": "task.provider",
    },
    "guarantor": {
        f"{_GUARANTOR}(?:{_NAME})?": "person.guarantorName",
        f"{_GUARANTOR}[a-z]+[0-9]?": "!a guarantor is a name on the patient, without fields of its own",
    },
    "referring doctor": {
        f"{_REFERRER}(?:{_NAME}|{_FIRST}|{_LAST}|{_MIDDLE})?|referred(?:by|from)": "person.referringDoctor",
        f"{_REFERRER}(?:practice|office|company)(?:name)?": "person.referringPractice",
        **_address(_REFERRER, "company.address"),
        f"{_REFERRER}(?:wk|work)?{_PHONE}": "company.telephone",
        f"{_REFERRER}fax": "company.fax",
        f"{_REFERRER}email": "company.contactEmail",
        f"{_REFERRER}(?:title|salutation|greeting|nickname)": "!how a doctor is addressed is not kept",
        f"{_REFERRER}{_NUMBER}": "!ids of referring doctors are not kept apart",
    },
    "practice": {
        f"{_PRACTICE}(?:name|title)?": "company.name",
        **_address(_PRACTICE, "company.address"),
        f"{_PRACTICE}{_PHONE}": "company.telephone",
        f"{_PRACTICE}fax": "company.fax",
        f"{_PRACTICE}email": "company.contactEmail",
        f"{_PRACTICE}(?:website|url|web)": "company.domainName",
        f"{_PRACTICE}npi": "company.npi",
        f"letterhead|{_PRACTICE}?logo": "!a picture",
    },
    "provider": {
        f"(?:{_PROVIDER}|sender)?signature(?:line|block)?": "!a picture or a typed block",
        f"{_PROVIDER}(?:{_NAME})?": "person.name",
        f"{_PROVIDER}(?:{_FIRST})": "person.name.firstName",
        f"{_PROVIDER}(?:{_LAST})": "person.name.lastName",
        f"{_PROVIDER}(?:credentials|degrees?|title)": "person.credentials",
        f"{_PROVIDER}specialty": "person.jobTitle",
        f"{_PROVIDER}npi": "person.npi",
        f"{_PROVIDER}{_PHONE}": "person.phones",
        f"{_PROVIDER}email": "person.emails.primaryEmail",
    },
    "diagnosis": {
        f"{_DIAGNOSIS}?stage": "perioExam.stage",
        f"{_DIAGNOSIS}?grade": "perioExam.grade",
        f"{_DIAGNOSIS}?extent": "perioExam.extent",
        f"{_DIAGNOSIS}(?:text|desc(?:ription)?)?": "perioExam.diagnosis",
        "(?:aap)?casetype|aaptype": "perioExam.caseTypeLegacy",
        "(?:overall)?prognosis": "perioExam.overallPrognosis",
    },
    "exam finding": {
        "(?:last|current|perio)*exam(?:date)?|dateof(?:last)?exam": "perioExam.examDate",
        "examtype": "perioExam.examType",
        "(?:exam|perio)notes?": "perioExam.examNote",
        "(?:bop|bleeding)(?:onprobing)?(?:pct|percent|index|score)?": "perioExam.bopPct",
        "plaque(?:pct|percent|index|score)?": "perioExam.plaquePct",
        "(?:mean|avg|average)(?:pd|ppd|pocket(?:depth)?)": "perioExam.meanPd",
        "(?:max|deepest|worst)(?:pd|ppd|pocket(?:depth)?)": "perioExam.maxPd",
        "(?:mean|avg|average)(?:cal|attachmentloss)": "perioExam.meanCal",
        "(?:max|worst)(?:cal|attachmentloss)": "perioExam.maxCal",
        "missing(?:teeth)?|teethmissing": "perioExam.missingTeeth",
        "implants?(?:teeth)?": "perioExam.implantTeeth",
        "oralhygiene|oh(?:rating)?": "perioExam.oralHygiene",
        "(?:recall|maintenance)(?:months?|interval)?": "perioExam.recallMonths",
        "smok(?:ing|er)(?:status)?": "perioExam.smoking",
        "(?:rbl|boneloss)(?:pct|percent)?": "perioExam.boneLossPct",
        "(?:teeth|sites|pockets?|p?pd)[a-z]*[0-9]+[a-z]*|pocket(?:list|s)": f"{_LIST} perioExam.t01MaxPd"
        " to t32MaxPd",
        "mobil(?:e|ity)(?:teeth|list)?": f"{_LIST} perioExam.t01Mobility to t32Mobility",
        "furc(?:ation)?s?(?:teeth|list)?": f"{_LIST} perioExam.t01Furcation to t32Furcation",
        "recessions?(?:teeth|list)?": f"{_LIST} the chart rows, perioExam.upperFacialGm and others",
    },
    "plan": {
        "(?:tx|treatment)?plan(?:name)?|tp": "treatmentPlan.planName",
        "(?:tx|treatment)?plandate|dateoflastsavedtp": "treatmentPlan.planDate",
        "(?:tx|treatment|plan)+status": "treatmentPlan.planStatus",
        "(?:tx|treatment|plan)*goals?": "treatmentPlan.goal",
        "(?:tx|treatment|plan)*phase(?:label|name)?": "treatmentPhase.phaseLabel",
        "(?:proc(?:edure)?|tx|letter)desc(?:ription)?": "plannedProcedure.letterDescription",
        "(?:proc(?:edure)?|ada|cdt)codes?": "plannedProcedure.adaCode",
        "(?:tx|treatment|plan)*(?:procs?|procedures?|phase[0-9]|phases|items|list|byphase)+": f"{_LIST}"
        " treatmentPhase.procedureLines, phase by phase",
        "tooth(?:no|num|number|area)?|area": "plannedProcedure.toothArea",
        "(?:proc(?:edure)?)?fee": "plannedProcedure.fee",
    },
    "patient": {
        "heshe|sheorhe|heorshe|hisher|hisorher|himher|himorher|pronoun": _PRONOUN,
        f"{_PATIENT}?age": "!worked out from person.dateOfBirth",
        f"{_PATIENT}?(?:salutation|greeting)": "!put together from person.nameTitle and person.name",
        f"{_PATIENT}?ssn": "!social security numbers are not migrated",
        f"{_PATIENT}?(?:{_NAME})|{_PATIENT}": "person.name",
        f"{_PATIENT}?(?:{_FIRST})": "person.name.firstName",
        f"{_PATIENT}?(?:{_LAST})": "person.name.lastName",
        f"{_PATIENT}?(?:{_MIDDLE})": "person.middleName",
        f"{_PATIENT}?(?:nick(?:name)?|pref(?:erred)?(?:name)?|namepref)": "person.preferredName",
        f"{_PATIENT}?suffix": "person.nameSuffix",
        f"{_PATIENT}?title": "person.nameTitle",
        f"{_PATIENT}?(?:dob|birth(?:date|day)?|dateofbirth)": "person.dateOfBirth",
        f"{_PATIENT}?(?:sex|gender)": "person.sex",
        **_address(f"{_PATIENT}?(?:home)?", "person.homeAddress"),
        f"{_PATIENT}?(?:hm|home|wk|work|wireless|cell|mobile)?{_PHONE}": "person.phones",
        f"{_PATIENT}?(?:hm|home|wk|work)?{_PHONE}ext": "person.phoneRemark",
        f"{_PATIENT}?email(?:address)?": "person.emails.primaryEmail",
        f"{_PATIENT}?chart(?:no|num|number)?": "person.chartNumber",
        f"{_PATIENT}{_NUMBER}": "person.pmsId",
        "(?:med(?:ical)?)alerts?|medurgnote": "person.medicalAlert",
        "(?:date)?firstvisit(?:date)?": "person.firstVisit",
        "(?:pri(?:mary)?)?(?:ins(?:urance)?|carrier)(?:name|company)?": "person.primaryInsuranceCarrier",
        "sec(?:ondary)?(?:ins(?:urance)?|carrier)(?:name)?|carrier2name": "person.secondaryInsuranceCarrier",
        "subscriberid|(?:ins)?policy(?:no|num|number)?": "person.primaryPolicyNumber",
        "(?:ins)?group(?:no|num|number)": "person.primaryGroupNumber",
    },
}
_WHOSE: Mapping[str, str] = {
    "referring doctor company": "of the patient's referring company",
    "practice company": "of the patient's company",
    "provider person": "of the patient's primary provider, or of the exam's provider",
    "exam finding perioExam": "of the exam that the letter is about",
    "diagnosis perioExam": "of the exam that the letter is about",
}
_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        """dear thank thanks please we i you your our the this that these it if for at in on as to a an and
        with dr re sincerely regards yours best kind very truly enclosed following after before during first
        next treatment patient patients pockets stage grade periodontal gum gums teeth tooth exam recall visit
        examination appointment should when there here not do no yes any all each every call office doctor
        colleague""",
    )
)


def merge_fields(body: str | None) -> list[MergeField]:
    """The merge fields of a template's plain text, each token once, in the order of first appearance."""
    found = (field for _, field in _pieces(body or "") if field is not None)
    return list({field.token: field for field in found}.values())


@lru_cache(maxsize=10_000)
def meaning_of(name: str) -> Meaning:
    """What a merge field's name stands for; case, blanks and signs do not matter."""
    plain = re.sub(r"[\W_]", "", name).lower()
    for subject, patterns in _VOCABULARY.items():
        for pattern, carrier in patterns.items():
            if re.fullmatch(pattern, plain):
                if carrier.startswith("!"):
                    return Meaning(subject, None, carrier[1:])
                whose = _WHOSE.get(f"{subject} {carrier.partition('.')[0]}", "")
                return Meaning(subject, carrier, whose)
    return Meaning("unknown", None, "the vocabulary does not know it")


def template_documentation(templates: Sequence[TemplateUse]) -> str:
    """A Markdown document for the practice's administrator, the most used templates first."""
    ordered = sorted(
        templates, key=lambda template: (-template.uses, template.name.casefold(), template.name)
    )
    fields_of = [merge_fields(template.body_text) for template in ordered]
    letters = sum(template.uses for template in ordered)
    lines = [
        "# Letter templates",
        "",
        f"Templates: {len(ordered)}. Letters made from them: {letters}.",
        "",
        "Twenty has no letter writer like PANDA's: letters already written are there as notes, and the"
        " templates below are rebuilt by hand, those in use first. A *Twenty field* reads object.field.",
        "",
        *_table("Template | Used | Format | Merge fields | To rebuild", _summary_rows(ordered, fields_of)),
    ]
    for template, fields in zip(ordered, fields_of, strict=True):
        lines += ["", *_section(template, fields)]
    return "\n".join(lines) + "\n"


def static_sample(body: str | None) -> str:
    """The beginning of a template's own words, with its merge fields and without personal data.

    Words in lower case, the usual beginnings of sentences and small numbers stay; every other word, as names,
    addresses, dates and telephone numbers are, becomes an ellipsis, and so does the word after Dear or Dr.
    """
    shown: list[str] = []
    for text, field in _pieces(body or ""):
        shown += [field.token] if field else _masked(text)
    kept = [part for place, part in enumerate(shown) if part != "…" or shown[place - 1 : place] != ["…"]]
    sample = re.sub(r" ([,.;:!?])", r"\1", " ".join(" ".join(kept).split()))
    return sample if len(sample) <= SAMPLE_LENGTH else sample[:SAMPLE_LENGTH].rsplit(" ", 1)[0] + " …"


def _pieces(body: str) -> Iterator[tuple[str, MergeField | None]]:
    """The body in order: static text, and merge fields."""
    start = 0
    for found in _TOKEN.finditer(body):
        kind = found.lastgroup or ""
        name = found[kind]
        if _is_field(kind, name):
            yield body[start : found.start()], None
            yield found[0], MergeField(found[0], _SYNTAXES[kind], name)
            start = found.end()
    yield body[start:], None


def _is_field(kind: str, name: str) -> bool:
    if len(name) < 2:
        return False
    if meaning_of(name).subject != "unknown" or _LIKE_A_FIELD.fullmatch(name):
        return True
    return kind in _UNMISTAKABLE and " " not in name


def _masked(text: str) -> Iterator[str]:
    hides_next = False
    for word in text.split():
        core = word.strip(".,;:!?()\"'“”‘’–—-*")
        is_common = core.casefold() in _COMMON_WORDS
        is_plain = re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", core) is not None and core.islower()
        is_small = re.fullmatch(r"[≤≥<>±~]?[0-9]{1,2}(?:[.,][0-9])?(?:mm|cm|%|×|x|\+)?", core) is not None
        stays = is_common or (not hides_next and (is_plain or is_small)) or not core
        hides_next = core.casefold() in ("dear", "dr", "mr", "mrs", "ms", "miss") and word[-1:] not in ",;:!?"
        yield word if stays else "…"


def _summary_rows(
    templates: Sequence[TemplateUse], fields_of: Sequence[Sequence[MergeField]]
) -> Iterator[tuple[str, ...]]:
    for template, fields in zip(templates, fields_of, strict=True):
        rebuilt = [_code(field.token) for field in fields if meaning_of(field.name).field is None]
        yield (
            _text(template.name),
            str(template.uses),
            _text(template.format),
            str(len(fields)),
            ", ".join(rebuilt) or "nothing but the text",
        )


def _section(template: TemplateUse, fields: Sequence[MergeField]) -> Iterator[str]:
    yield f"## {_text(template.name) or '(no name)'}"
    yield ""
    never = " It may not need rebuilding." if not template.uses else ""
    yield f"Letters made from it: {template.uses}. Format: {_text(template.format) or 'unknown'}.{never}"
    if fields:
        yield ""
        yield from _table("Merge field | Syntax | About | Twenty field | Remark", map(_field_row, fields))
    sample = static_sample(template.body_text)
    yield ""
    yield f"Begins: {_code(sample)}" if sample else "It has no text."


def _field_row(field: MergeField) -> tuple[str, ...]:
    meaning = meaning_of(field.name)
    carrier = _code(meaning.field) if meaning.field else NEEDS_REBUILD
    return _code(field.token), _code(field.syntax), meaning.subject, carrier, _text(meaning.remark)


def _table(heading: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    columns = heading.split(" | ")
    for cells in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that Markdown shows as it is, on one line and in a table."""
    return re.sub(r"([\\`*_\[\]<>|#~&])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return "`" + " ".join(text.split()).replace("`", "'").replace("|", "\\|") + "`"


@dataclass(frozen=True)
class MergeField:
    """One token as it stands in the template, its syntax (``[Field]``, ``<<Field>>`` ...) and bare name."""

    token: str
    syntax: str
    name: str


@dataclass(frozen=True)
class Meaning:
    """What a merge field is about, and the Twenty field (``object.field``, or a part of it) that has it."""

    subject: Subject
    field: str | None
    """None where no field has it, and it needs rebuilding; ``remark`` says why."""
    remark: str


@dataclass(frozen=True)
class TemplateUse:
    """A template with its plain text and the number of letters that were made from it."""

    name: str
    body_text: str | None
    uses: int
    format: str
