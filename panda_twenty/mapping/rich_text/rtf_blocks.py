"""Paragraphs, list items and tables, as RTF ends them one after the other."""

from __future__ import annotations

from panda_twenty.mapping.rich_text.blocks import (
    Block,
    ListItem,
    Paragraph,
    Run,
    Runs,
    Table,
    is_blank,
    joined,
)
from panda_twenty.mapping.rich_text.characters import label_of, spoken_label


class BlocksInWork:
    """Gathers runs until a control word ends the paragraph, the cell or the row that they are in.

    RTF has no table, only rows: a table ends with the first paragraph that is in none.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.label: list[str] = []
        """What ``\\pntext`` or ``\\listtext`` shows before the paragraph."""
        self.in_row = False
        self._cell: list[Run] = []
        self._row: list[Runs] = []
        self._rows: list[tuple[Runs, ...]] = []

    def end_paragraph(self, depth: int, *, in_table: bool, is_marked: bool = False) -> None:
        """``depth`` is that of a list item; ``is_marked`` tells ``\\par`` from the end of all."""
        label, runs, is_item = "".join(self.label), joined(self.runs), bool(self.label)
        self.label.clear()
        self.runs.clear()
        if self.in_row or in_table or self._row:
            if is_item:
                self._cell.append(Run(f"{spoken_label(label)} "))
            self._cell.extend(runs)
            if is_marked:
                self._cell.append(Run("\n"))
            return
        if is_blank(runs) and not (is_item and label_of(label)):
            if is_marked:
                self.end_table()
            return
        self.end_table()
        self.blocks.append(ListItem(runs, depth, label_of(label)) if is_item else Paragraph(runs))

    def end_nested_cell(self) -> None:
        """A table within a cell becomes lines of that cell, its cells apart like columns of text."""
        self.end_paragraph(0, in_table=True)
        self._cell.append(Run("\t"))

    def end_cell(self) -> None:
        self.end_paragraph(0, in_table=True)
        self._row.append(joined(self._cell))
        self._cell.clear()
        self.in_row = True

    def end_row(self) -> None:
        self.end_paragraph(0, in_table=True)
        if not is_blank(self._cell):
            self._row.append(joined(self._cell))
        self._cell.clear()
        if self._row:
            self._rows.append(tuple(self._row))
        self._row.clear()
        self.in_row = False

    def end_table(self) -> None:
        """What stands in a row that never ended is kept, as a row or as a paragraph."""
        left = joined(self._cell)
        self._cell.clear()
        if self._row:
            self._rows.append((*self._row, left) if not is_blank(left) else tuple(self._row))
            self._row.clear()
            left = ()
        self.in_row = False
        if any(not is_blank(cell) for row in self._rows for cell in row):
            self.blocks.append(Table(tuple(self._rows)))
        self._rows.clear()
        if not is_blank(left):
            self.blocks.append(Paragraph(left))
