"""A proposal as discovery might make it, built by hand: every state, a chart, codes and leftovers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from panda_twenty.mapping.proposal.model import (
    CodeReading,
    NotRead,
    Proposal,
    ProposedEntity,
    ProposedLine,
    Question,
    RunnerUp,
    Step,
)

CHART: dict[str, Any] = {
    "shape": "tooth_rows",
    "notation": "fdi",
    "gingival_margin_sign": "recession_negative",
    "site_order": ["MB", "B", "DB", "ML", "L", "DL"],
    "tooth": "TOOTH",
    "not_assessable": ["99"],
    "measures": {
        "probing_depth": ["PD1", "PD2", "PD3", "PD4", "PD5", "PD6"],
        "gingival_margin": ["GM1", "GM2", "GM3", "GM4", "GM5", "GM6"],
    },
}

PATIENT = ProposedEntity(
    entity="patient",
    table="TBLPTN",
    score=0.94,
    reasons=("its columns are those of patients: names, birth dates, sex", "14 tables name its rows"),
    key=("PTNNO",),
    runners_up=(RunnerUp("TBLRSPPTY", "", 0.61), RunnerUp("PTN_BAK_2019", "", 0.2)),
    range="PTNNO",
    lines=(
        ProposedLine("patient", "key", "TBLPTN", "PTNNO", 0.99, ("declared primary key",)),
        ProposedLine(
            "patient",
            "last_name",
            "TBLPTN",
            "LNM",
            0.93,
            ("LNM is short for last name", "texts of two words"),
        ),
        ProposedLine(
            "patient",
            "birth_date",
            "TBLPTN",
            "BDT",
            0.97,
            ("dates from 1921 to 2019, as of living people",),
            runners_up=(RunnerUp("TBLPTN", "ENTDT", 0.31),),
        ),
        ProposedLine(
            "patient",
            "sex",
            "TBLPTN",
            "GNDR",
            0.9,
            ("GNDR is short for gender",),
            codes=(
                CodeReading("1", 1204, "MALE", "listed as Male in CODELIST"),
                CodeReading("2", 1377, "FEMALE", "listed as Female in CODELIST"),
            ),
        ),
        ProposedLine(
            "patient",
            "status",
            "TBLPTN",
            "STAT",
            0.7,
            ("STAT is short for status",),
            codes=(
                CodeReading("A", 2100, "ACTIVE", "the usual letter"),
                CodeReading("Q", 12, None, "no list names it"),
            ),
        ),
        ProposedLine(
            "patient",
            "email",
            "TBLCNT",
            "VAL",
            0.68,
            ("81 % of its values look like e-mail addresses", "its name says nothing"),
            runners_up=(RunnerUp("TBLPTN", "WEB", 0.4),),
            lookup=(Step("TBLCNT", {"PTNNO": "PTNNO"}),),
        ),
        ProposedLine(
            "patient", "medical_alert", "TBLPTN", "MEMO1", 0.41, ("long texts", "its name says nothing")
        ),
    ),
)

CHART_ENTITY = ProposedEntity(
    entity="perio_chart",
    table="TBLPRB",
    score=0.96,
    reasons=("six columns of millimetres per tooth",),
    key=("EXMNO",),
    range="PTNNO",
    parents=(Step("TBLEXM", {"EXMNO": "EXMNO"}),),
    chart=CHART,
    lines=(
        ProposedLine("perio_chart", "exam_key", "TBLPRB", "EXMNO", 0.97, ("points at TBLEXM",)),
        ProposedLine(
            "perio_chart",
            "teeth.probing_depth",
            "TBLPRB",
            "PD1, PD2, PD3, PD4, PD5, PD6",
            0.96,
            ("1 to 12 mm",),
        ),
        ProposedLine(
            "perio_chart",
            "teeth.gingival_margin",
            "TBLPRB",
            "GM1, GM2, GM3, GM4, GM5, GM6",
            0.96,
            ("-6 to 4 mm",),
        ),
        ProposedLine(
            "perio_chart", "chart.shape", "TBLPRB", "tooth_rows", 0.96, ("one row per exam and tooth",)
        ),
        ProposedLine(
            "perio_chart",
            "chart.notation",
            "TBLPRB",
            "fdi",
            0.97,
            ("of 65,410 rows 0.0% name teeth that only Universal has and 51.2% teeth that only FDI has",),
        ),
        ProposedLine(
            "perio_chart",
            "chart.gingival_margin_sign",
            "TBLPRB",
            "recession_negative",
            0.98,
            (
                "at 41,280 sites with a margin other than 0 the stored attachment level is depth minus "
                "margin at 99.8%",
            ),
        ),
        ProposedLine(
            "perio_chart",
            "chart.site_order",
            "TBLPRB",
            "MB, B, DB, ML, L, DL",
            0.66,
            ("columns are numbered; interdental sites were told by their depth",),
        ),
    ),
)

QUESTION = Question(
    "perio_chart.site_order",
    "Do the six columns run from mesial to distal? Set `site_order`.",
    "columns 1 and 3 are deeper than 2, which both orders would explain",
)

PROPOSAL = Proposal(
    practice="harbor-perio",
    time_zone="America/Chicago",
    entities=(PATIENT, CHART_ENTITY),
    not_read=(
        NotRead("TBLPTN", "SSN", "holds Social Security numbers, which a CRM has no use for"),
        *(NotRead("TBLPTN", f"USR{number}", "no attribute of ours fits") for number in range(1, 41)),
        NotRead("TBLEXM", "OPERID", "no attribute of ours fits"),
        NotRead("PTN_BAK_2019", "", "a copy of TBLPTN from another day"),
    ),
    questions=(QUESTION,),
    remarks=("Half millimetres occur in the chart.",),
)

SETTLED = replace(PROPOSAL, questions=())

EXAMPLES = {
    ("patient", "key"): ("9999", "999"),
    ("patient", "last_name"): ("Xxxxxx", "X'Xxxxxx", "xxx Xxxx"),
    ("patient", "birth_date"): ("19##-##-##", "20##-##-##"),
    ("patient", "sex"): ("1", "2"),
    ("patient", "email"): ("xxx@xxx.xx",),
    ("patient", "medical_alert"): ("RTF, 1,204 characters", "text, 61 characters"),
    ("perio_chart", "teeth.probing_depth"): ("3", "2", "5"),
}
