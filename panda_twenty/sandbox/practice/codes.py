"""The code lists of the reference practice: what its one-letter columns mean.

The practice is invented, and so are these lists. Whoever writes a source profile for it takes the labels
from here. "ISO days" are ordinals of ``datetime.date``; the practice's clock is local time in Chicago.
"""

from __future__ import annotations

from datetime import date

SCHEMA_VERSION = "20.4"
PRACTICE_NAME = "Bellhaven Periodontics and Implant Care"
TIME_ZONE = "America/Chicago"

#: The day on which the generated data end; only scheduled appointments lie after it.
LAST_DAY = date(2026, 6, 30)
#: The first day of charting in this database, about eight years before the last.
FIRST_DAY = date(2018, 7, 2)
#: Exams before this day carry a legacy case type instead of stage and grade.
STAGING_SINCE = date(2020, 1, 6)

PATIENT_STATUS = {"A": "active", "I": "inactive", "D": "deceased"}
SEX = {"F": "female", "M": "male", "X": "other", "U": "unknown"}
SUBSCRIBER_RELATION = {"SELF": "the patient", "SPOUSE": "spouse", "CHILD": "child", "OTHER": "other"}

EXAM_TYPE = {
    "I": "initial comprehensive exam",
    "R": "re-evaluation after non-surgical therapy",
    "P": "post-surgical exam",
    "M": "periodontal maintenance",
    "S": "screening",
}
STAGE = {"I": "stage I", "II": "stage II", "III": "stage III", "IV": "stage IV"}
GRADE = {"A": "slow", "B": "moderate", "C": "rapid"}
EXTENT = {"L": "localized", "G": "generalized", "M": "molar-incisor pattern"}
CASE_TYPE = {
    "I": "AAP I",
    "II": "AAP II",
    "III": "AAP III",
    "IV": "AAP IV",
    "CP": "chronic",
    "AP": "aggressive",
}
PROGNOSIS = {"G": "good", "F": "fair", "Q": "questionable", "P": "poor", "H": "hopeless"}
ORAL_HYGIENE = {"G": "good", "F": "fair", "P": "poor"}
SMOKING = {"N": "never", "F": "former", "C": "current"}
DIABETES = {"N": "none", "P": "prediabetes", "1": "type 1", "2": "type 2"}

TOOTH_STATUS = {"P": "present", "M": "missing", "I": "implant", "U": "unerupted", "X": "not examined"}
MOBILITY = {
    "": "not stated",
    "0": "none",
    "1": "grade 1",
    "1+": "grade 1 plus",
    "2": "grade 2",
    "3": "grade 3",
}
FURCATION = {0: "none", 1: "Glickman I", 2: "Glickman II", 3: "Glickman III", 4: "Glickman IV"}
#: Stored for a depth or margin when the site could not be assessed; NULL means nothing was recorded.
NOT_ASSESSABLE = 99

FINDING_VALUE_TYPE = {"N": "number", "T": "text", "B": "yes or no", "C": "choice", "D": "date"}

PLAN_STATUS = {"A": "active", "P": "proposed", "C": "completed", "R": "rejected"}
PHASE_STATUS = {"O": "open", "I": "in progress", "C": "completed"}
ITEM_STATUS = {"T": "treatment planned", "C": "completed", "D": "declined", "E": "existing"}

APPOINTMENT_OUTCOME = {
    "S": "scheduled",
    "C": "completed",
    "N": "no-show",
    "X": "cancelled",
    "R": "rescheduled",
}

#: Letters that ``Comparison.Measures`` joins with commas.
COMPARISON_MEASURE = {
    "PD": "probing depth",
    "GM": "gingival margin",
    "CAL": "attachment level",
    "MOB": "mobility",
    "BOP": "bleeding on probing",
}
