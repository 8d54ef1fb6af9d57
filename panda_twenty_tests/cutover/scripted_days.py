"""What the staff do in PANDA on the days after the migration, on the reference practice of 40 patients."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from panda_twenty_tests.cutover.going_on import GoingOn

TABLES_OF_PATIENT = (
    "PatientInsurance",
    "PerioExam",
    "TxPlan",
    "TxPhase",
    "TxItem",
    "Comparison",
    "ProgressNote",
    "Letter",
    "Appointment",
    "PatientDocument",
)

OF_ONE_TABLE = {
    "Office": "OfficeID",
    "Provider": "ProviderID",
    "RefDoctor": "RefDrID",
    "Patient": "PatientID",
    "PatientInsurance": "InsuranceID",
    "PerioExam": "ExamID",
    "TxPlan": "PlanID",
    "TxPhase": "PhaseID",
    "TxItem": "ItemID",
    "Comparison": "ComparisonID",
    "ProgressNote": "NoteID",
    "LetterTemplate": "TemplateID",
    "Letter": "LetterID",
    "Appointment": "AppointmentID",
    "PatientDocument": "DocumentID",
}
"""Tables with a modified date, and their keys."""


def now() -> str:
    """The practice's clock."""
    return datetime.now(ZoneInfo("America/Chicago")).replace(tzinfo=None).isoformat(timespec="milliseconds")


def second_day(one: GoingOn) -> None:
    """New patients inside and beyond the known ranges, corrected exams, edited notes, cancelled visits."""
    at = now()
    one.copy_row(
        "RefDoctor", "RefDrID = 1", RefDrID=9001, LastName="Newcomer", PracticeName="Brand New Dental",
        Email="office@brandnew.test", Phone="312-555-0160", Street="1 New Way", ModifiedOn=at,
    )  # fmt: skip
    for patient, email in ((105, "inside@new.test"), (175, "beyond@new.test")):
        one.copy_row(
            "Patient", "PatientID = 104", PatientID=patient, ChartNo=f"N{patient}", PmsPatNum=f"N{patient}",
            FirstName="Newly", LastName=f"Arrived{patient}", Email=email, RefDrID=9001,
            MobilePhone=None, CreatedOn=at, ModifiedOn=at,
        )  # fmt: skip
    one.copy_row("PerioExam", "ExamID = 1", ExamID=9001, PatientID=175, CreatedOn=at, ModifiedOn=at)
    names = [row[1] for row in one.ask("PRAGMA table_info(PerioTooth)") if row[1] not in ("ExamID", "RowVer")]
    columns = ", ".join(names)
    one.edit(
        f"INSERT INTO PerioTooth (ExamID, {columns}) SELECT 9001, {columns} FROM PerioTooth WHERE ExamID = 1"
    )
    one.copy_row(
        "Letter", "LetterID = (SELECT MIN(LetterID) FROM Letter)", LetterID=9001, PatientID=175, RefDrID=9001,
        LetterDate=at, ModifiedOn=at,
    )  # fmt: skip
    # A tooth is corrected, and no date tells.
    (exam,) = one.ask("SELECT MIN(ExamID) FROM PerioExam WHERE PatientID = 103")[0]
    one.edit("UPDATE PerioTooth SET Pd2 = 9, Bleeding = 2 WHERE ExamID = ? AND ToothStatus = 'P'", exam)
    one.edit(
        "UPDATE ProgressNote SET NoteBody = 'Corrected on the second day.', ModifiedOn = ? WHERE NoteID ="
        " (SELECT MIN(NoteID) FROM ProgressNote WHERE PatientID = 114)",
        at,
    )
    one.edit(
        "UPDATE Appointment SET Outcome = 'X', ModifiedOn = ? WHERE AppointmentID ="
        " (SELECT MAX(AppointmentID) FROM Appointment WHERE PatientID = 126)",
        at,
    )
    # A change that was typed in long ago and is committed only now.
    one.edit("UPDATE Patient SET Street = '77 Late Lane' WHERE PatientID = 144")


def third_day(one: GoingOn) -> None:
    """Deletions, a merge, a new wording of a template, and one more late correction."""
    at = now()
    one.edit(
        "DELETE FROM ProgressNote WHERE NoteID = (SELECT MIN(NoteID) FROM ProgressNote WHERE PatientID = 103)"
    )
    one.edit(
        "DELETE FROM Appointment WHERE AppointmentID ="
        " (SELECT MAX(AppointmentID) FROM Appointment WHERE PatientID = 149)"
    )
    one.edit("DELETE FROM Patient WHERE PatientID = 147")
    merge(one, 118, 143)
    one.edit(
        "UPDATE LetterTemplate SET TemplateName = 'Renamed template', ModifiedOn = ? WHERE TemplateID = 1", at
    )
    one.edit("UPDATE Provider SET LastName = 'Married', ModifiedOn = ? WHERE ProviderID = 1", at)


def merge(one: GoingOn, emptied: int, into: int) -> None:
    """Two entries of one person become one: what belonged to the first belongs to the second."""
    for table in TABLES_OF_PATIENT:
        if one.ask(f"SELECT 1 FROM {table} WHERE PatientID = ?", emptied):
            one.edit(
                f"UPDATE {table} SET PatientID = ?, ModifiedOn = ? WHERE PatientID = ?", into, now(), emptied
            )
    one.edit("DELETE FROM Patient WHERE PatientID = ?", emptied)


def without_markers(profile: dict[str, object]) -> None:
    """A practice whose tables do not say when a row was changed."""
    entities = profile["entities"]
    assert isinstance(entities, dict)
    for source in entities.values():
        source.pop("modified", None)


def with_rowversions(one: GoingOn) -> None:
    """Columns as SQL Server has them: a number that grows with every change in the whole database."""
    one.script("CREATE TABLE RowVersions (Last INTEGER NOT NULL); INSERT INTO RowVersions VALUES (100);")
    for table, key in {**OF_ONE_TABLE, "PerioTooth": "rowid", "FindingValue": "rowid"}.items():
        assign = (
            "BEGIN UPDATE RowVersions SET Last = Last + 1;"
            f" UPDATE {table} SET RowVer = (SELECT Last FROM RowVersions) WHERE {key} = NEW.{key}; END;"
        )
        one.script(
            f"ALTER TABLE {table} ADD COLUMN RowVer rowversion; UPDATE {table} SET RowVer = 1;"
            f" CREATE TRIGGER {table}_inserted AFTER INSERT ON {table} {assign}"
            f" CREATE TRIGGER {table}_updated AFTER UPDATE ON {table} WHEN NEW.RowVer IS OLD.RowVer {assign}"
        )
