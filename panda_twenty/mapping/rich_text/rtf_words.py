"""Control words of RTF by what becomes of the group they open, field codes, and replacements."""

from __future__ import annotations

import re
import unicodedata

_SKIPPED_WORDS = (
    "aftncn aftnsep aftnsepc annotation atnauthor atndate atnicn atnid atnparent atnref atntime author "
    "atrfend atrfstart background bkmkend bkmkstart blipuid buptim category colorschememapping colortbl "
    "comment company creatim datafield datastore defchp defpap doccomm docvar falt ffdeftext ffname "
    "fldtype fname fontemb fontfile file filetbl footer footerf footerl footerr formfield ftncn ftnsep "
    "ftnsepc generator header headerf headerl headerr hlinkbase info keywords latentstyles listlevel "
    "listname listoverride listoverridetable listpicture liststylename listtable lsdlockedexcept "
    "mailmerge manager mmath mmathPict mmathPr moMath moMathPara nextfile nonesttables nonshppict "
    "objalias objclass objdata object objname objsect objtime oldcprops oldpprops oldsprops oldtprops "
    "operator panose password passwordhash pgptbl picprop pict pn pnseclvl printim private propname "
    "protusertbl revtbl revtim rsidtbl rxe shprslt sn sp staticval stylesheet subject sv svb tc template "
    "themedata title txe userprops wgrffmtfilter windowcaption xe xmlnstbl"
)
SKIPPED = frozenset(_SKIPPED_WORDS.split())
"""Groups whose text is not the document's."""

READ_ALTHOUGH_STARRED = frozenset(
    {"do", "fldinst", "shpinst", "nesttableprops", "shptxt", "dptxbxtext", "ud"}
)

LEFT_OUT_WITH = {
    **dict.fromkeys(("pict", "nonshppict"), "pictures"),
    **dict.fromkeys(("object",), "embedded objects"),
    **dict.fromkeys(("annotation",), "comments"),
    **dict.fromkeys(("mmath", "moMath", "moMathPara"), "equations"),
    **dict.fromkeys(
        ("header", "headerf", "headerl", "headerr", "footer", "footerf", "footerl", "footerr"),
        "headers or footers",
    ),
}
"""What a reader of the Markdown should know to be missing."""

_HYPERLINK = re.compile(r'HYPERLINK\s+(?:\\[a-z]\s+)*"?(https?://[^"\s]{1,2000})', re.IGNORECASE)
_SYMBOL = re.compile(
    r'SYMBOL\s+(\d{1,5}|0x[0-9a-f]{1,4})\b(?:.{0,100}?\\f\s+"?([^"\\]{1,64}))?', re.IGNORECASE
)


class FieldCode:
    """The instruction of a field, such as ``HYPERLINK "https://..."``."""

    def __init__(self, written_before: int):
        self.parts: list[str] = []
        self.written_before = written_before
        """How much text stood before the field: tells whether the field has a result."""

    @property
    def code(self) -> str:
        return "".join(self.parts)[:4000]

    @property
    def address(self) -> str | None:
        """The http or https address that the field links to."""
        match = _HYPERLINK.search(self.code)
        return match[1] if match else None

    @property
    def symbol(self) -> tuple[str, str] | None:
        """Font and character of a field that shows one character, as Word 6 wrote ≤."""
        match = _SYMBOL.match(self.code.strip())
        if not match:
            return None
        number = int(match[1], 16) if match[1].lower().startswith("0x") else int(match[1])
        return (match[2] or "Symbol").strip(), chr(number & 0xFFFF)

    @property
    def is_check_box(self) -> bool:
        return "FORMCHECKBOX" in self.code


def is_replacement(character: str, replaced: str) -> bool:
    """Whether ``character`` may stand for ``replaced``, for readers that know no ``\\u``.

    Every character may, but a digit only for a character that contains it, as ² contains 2: a writer that
    forgets the replacement would have ``\\u8804 4 mm`` read as "≤ mm".
    """
    return not character.isdigit() or character in unicodedata.normalize("NFKD", replaced)
