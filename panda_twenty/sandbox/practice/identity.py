"""Row ids and random streams: patient *n* is the same person however many patients the practice has.

Every patient is known by an index from 0. Ids are a function of that index alone, so that a row of one
patient never depends on how many rows another patient has.
"""

from __future__ import annotations

import random

#: Rows per patient that each table keeps ids for. A multiple of 2, 3 and 5 only, see ``row_id``.
SLOTS = {
    "PatientInsurance": 4,
    "PerioExam": 10,
    "TxPlan": 3,
    "TxPhase": 15,
    "TxItem": 150,
    "Comparison": 3,
    "ProgressNote": 20,
    "Letter": 10,
    "Appointment": 30,
    "PatientDocument": 3,
}
_PATIENTS_PER_BLOCK = 50
_STRIDE = 7919  # a prime that divides no block, so that multiplying by it permutes the block

_FIRST_PATIENT_ID = 101
_DELETED_EVERY = 4
_LOST_IMPORT_EVERY = 150
_LOST_IMPORT_SIZE = 350


def patient_id(index: int) -> int:
    """The PatientID at ``index``: rising; every fifth id is gone, and 350 ids after each 150 patients."""
    deleted = index // _DELETED_EVERY
    lost = index // _LOST_IMPORT_EVERY * _LOST_IMPORT_SIZE
    return _FIRST_PATIENT_ID + index + deleted + lost


def row_id(table: str, index: int, slot: int) -> int:
    """The id of the patient's ``slot``-th row in ``table``.

    Ids of 50 neighbouring patients are interleaved, as they would be had the rows been entered over years:
    no reader may rely on a patient's exams being next to each other.
    """
    slots = SLOTS[table]
    if slot >= slots:
        raise ValueError(f"{table} keeps {slots} ids per patient, row {slot} was asked for")
    block, place = divmod(index, _PATIENTS_PER_BLOCK)
    size = _PATIENTS_PER_BLOCK * slots
    return 1 + block * size + (place * slots + slot) * _STRIDE % size


def stream(seed: int, index: int, topic: str) -> random.Random:
    """The random numbers of one topic for one patient; no other topic shifts them."""
    return random.Random(f"{seed}/{index}/{topic}")
