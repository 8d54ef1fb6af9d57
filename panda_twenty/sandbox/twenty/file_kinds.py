"""What kind of file some bytes are, and which names promise a kind: as Twenty 2.21 tells both.

Twenty looks at the bytes first. What it knows by them is of that kind, whatever its name says; what it does
not know is refused where its name promises a kind that would be known. So a text called ``scan.png`` is
refused and one called ``letter.doc`` is not: Word's old files are known as ``cfb`` only.
"""

from __future__ import annotations

import io
import zipfile

_Kind = tuple[str, str]
"""Extension and media type."""

_BEGINNINGS: tuple[tuple[int, bytes, _Kind], ...] = (
    (0, b"BM", ("bmp", "image/bmp")),
    (0, b"\xff\xd8\xff", ("jpg", "image/jpeg")),
    (0, b"GIF", ("gif", "image/gif")),
    (8, b"WEBP", ("webp", "image/webp")),
    (0, b"%PDF", ("pdf", "application/pdf")),
    (0, b"\x1f\x8b\x08", ("gz", "application/gzip")),
    (0, b"BZh", ("bz2", "application/x-bzip2")),
    (0, b"ID3", ("mp3", "audio/mpeg")),
    (0, b"\xff\xfb", ("mp3", "audio/mpeg")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("cfb", "application/x-cfb")),
    (0, b"{\\rtf", ("rtf", "application/rtf")),
    (0, b"<?xml ", ("xml", "application/xml")),
    (0, b"%!", ("ps", "application/postscript")),
    (128, b"DICM", ("dcm", "application/dicom")),
    (0, b"BEGIN:VCAL", ("ics", "text/calendar")),
    (0, b"BEGIN:VCAR", ("vcf", "text/vcard")),
    (0, b"WEBVTT", ("vtt", "text/vtt")),
    (0, b"\x00\x00\x01\x00", ("ico", "image/x-icon")),
    (0, b"fLaC", ("flac", "audio/flac")),
    (0, b"MThd", ("mid", "audio/midi")),
    (0, b"\x00\x01\x00\x00\x00", ("ttf", "font/ttf")),
    (0, b"OTTO\x00", ("otf", "font/otf")),
    (0, b"SQLi", ("sqlite", "application/x-sqlite3")),
    (0, b"7z\xbc\xaf\x27\x1c", ("7z", "application/x-7z-compressed")),
    (0, b"Rar!\x1a\x07", ("rar", "application/x-rar-compressed")),
    (0, b"MZ", ("exe", "application/x-msdownload")),
    (0, b"8BPS", ("psd", "image/vnd.adobe.photoshop")),
)
_MEDIA_BRANDS = {
    b"qt  ": ("mov", "video/quicktime"),
    b"heic": ("heic", "image/heic"),
    b"heix": ("heic", "image/heic"),
    b"mif1": ("heic", "image/heif"),
    b"avif": ("avif", "image/avif"),
    b"M4A ": ("m4a", "audio/x-m4a"),
    b"M4V ": ("m4v", "video/x-m4v"),
}
"""Kinds by the word at byte 8 where ``ftyp`` stands before it; all others are mp4."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_FOLDERS = {
    "word/": ("docx", f"{_OFFICE}wordprocessingml.document"),
    "xl/": ("xlsx", f"{_OFFICE}spreadsheetml.sheet"),
    "ppt/": ("pptx", f"{_OFFICE}presentationml.presentation"),
}
"""What an archive is that has files in such a folder."""

_SMALLEST_TIFF = 16
_IMAGE_CHUNKS = ((b"acTL", ("apng", "image/apng")), (b"IDAT", ("png", "image/png")))

_PROMISED = """
3g2 video/3gpp2, 3gp 3gpp video/3gpp, 3mf model/3mf, aac adts audio/aac, ai eps ps application/postscript,
amr audio/amr, apng image/apng, avif image/avif, bmp dib image/bmp, class application/java-vm,
ear jar war application/java-archive, epub application/epub+zip, gif image/gif, glb model/gltf-binary,
gz application/gzip, heic image/heic, heics image/heic-sequence, heif image/heif, heifs image/heif-sequence,
ics ifb text/calendar, jls image/jls, jp2 jpg2 image/jp2, jpe jpeg jpg image/jpeg, jpf jpx image/jpx,
jpgm jpm image/jpm, jxl image/jxl, kar mid midi rmi audio/midi, ktx image/ktx,
m1v m2v mpe mpeg mpg video/mpeg, m2a m3a mp2 mp2a mp3 mpga audio/mpeg, m2t m2ts mts video/mp2t,
m4a mp4a audio/mp4, mov qt video/quicktime, mp4 mp4v mpg4 video/mp4, mxf application/mxf,
oga ogg opus spx audio/ogg, ogv video/ogg, ogx application/ogg, otf font/otf, pdf application/pdf,
pgp application/pgp-encrypted, png image/png, rng xsd xsl xslt application/xml, stl model/stl,
tif tiff image/tiff, ttc font/collection, ttf font/ttf, vcard text/vcard, vtt text/vtt,
wasm application/wasm, wav audio/wav, webm video/webm, webp image/webp, woff font/woff, woff2 font/woff2,
zip application/zip
"""
PROMISED_TYPES = {
    ending: words[-1]
    for words in map(str.split, _PROMISED.replace("\n", " ").split(","))
    for ending in words[:-1]
}
"""Media types by the extensions whose files are known by their bytes."""


def detected(content: bytes) -> _Kind | None:
    """The kind of these bytes; None where they tell none."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return next((kind for chunk, kind in _IMAGE_CHUNKS if chunk in content), None)
    if content.startswith((b"II*\x00", b"MM\x00*")):
        return ("tif", "image/tiff") if len(content) > _SMALLEST_TIFF else None
    if content[4:8] == b"ftyp":
        return _MEDIA_BRANDS.get(content[8:12], ("mp4", "video/mp4"))
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "wav", "audio/wav"
    if content.startswith(b"OggS"):
        return ("opus", "audio/ogg; codecs=opus") if content[28:36] == b"OpusHead" else None
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return ("webm", "video/webm") if b"webm" in content[:64] else None
    for offset, beginning, kind in _BEGINNINGS:
        if content.startswith(beginning, offset):
            return kind
    return None


def _of_archive(content: bytes) -> _Kind:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        names = []
    for folder, kind in _FOLDERS.items():
        if any(name.startswith(folder) for name in names):
            return kind
    return "zip", "application/zip"
