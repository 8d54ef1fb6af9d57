"""Markdown to BlockNote's blocks and back, as Twenty's server converts the bodies of notes and tasks."""

from __future__ import annotations

import uuid
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Block = dict[str, Any]

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(["code", "entity"])
"""BlockNote knows no indented code, and leaves entities as they are."""

SINGLE_CELL: dict[str, Any] = {"colspan": 1, "rowspan": 1}
PLAIN: dict[str, Any] = {"backgroundColor": "default", "textColor": "default", "textAlignment": "left"}
STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
MARKS = {"bold": "**", "italic": "*", "code": "`", "strike": "~~"}
NARROWEST = 10
"""Characters in a column of a written table that has no header row."""


BLOCK_TYPES = (
    "paragraph",
    "heading",
    "quote",
    "bulletListItem",
    "numberedListItem",
    "checkListItem",
    "toggleListItem",
    "codeBlock",
    "divider",
    "table",
    "image",
    "video",
    "audio",
    "file",
)


def from_markdown(markdown: str) -> list[Block]:
    """The blocks of ``markdown``; never empty, as BlockNote never is."""
    root = SyntaxTreeNode(PARSER.parse(markdown))
    return _blocks(root.children) or [_block("paragraph", [])]


def _block(
    kind: str, content: Any, props: dict[str, Any] | None = None, children: list[Block] | None = None
) -> Block:
    return {
        "id": str(uuid.uuid4()),
        "type": kind,
        "props": {**PLAIN, **(props or {})},
        "content": content,
        "children": children or [],
    }


def _blocks(nodes: list[SyntaxTreeNode]) -> list[Block]:
    made: list[Block] = []
    for node in nodes:
        if node.type == "heading":
            level = min(int(node.tag[1]), 6)
            made.append(_block("heading", _inlines(node), {"level": level, "isToggleable": False}))
        elif node.type == "paragraph":
            made += _paragraph(node)
        elif node.type in ("bullet_list", "ordered_list"):
            made += _list(node)
        elif node.type == "blockquote":
            made.append(_quote(node))
        elif node.type in ("fence", "code_block"):
            block = _block("codeBlock", [_text(node.content.rstrip("\n"))])
            block["props"] = {
                "language": node.info.split(" ")[0] or "text" if node.type == "fence" else "text"
            }
            made.append(block)
        elif node.type == "table":
            made.append(_table(node))
        elif node.type == "hr":
            divider = _block("divider", None)
            made.append({**{key: divider[key] for key in ("id", "type")}, "props": {}, "children": []})
        elif node.type == "html_block":
            made.append(_block("paragraph", [_text(node.content.strip())]))
    return made


def _paragraph(node: SyntaxTreeNode) -> list[Block]:
    """A paragraph; pictures in it become blocks of their own, as BlockNote has no inline ones."""
    inline = node.children[0] if node.children else None
    pictures = [child for child in (inline.children if inline else []) if child.type == "image"]
    content = _inlines(node)
    blocks = [_block("paragraph", content)] if content or not pictures else []
    for picture in pictures:
        block = _block("image", None)
        del block["content"], block["props"]["textColor"]
        block["props"] |= {
            "name": picture.content,
            "url": picture.attrGet("src"),
            "caption": "",
            "showPreview": True,
        }
        blocks.append(block)
    return blocks


def _quote(node: SyntaxTreeNode) -> Block:
    paragraphs = [child for child in node.children if child.type == "paragraph"]
    content = _inlines(paragraphs[0]) if paragraphs else []
    rest = [child for child in node.children if not paragraphs or child is not paragraphs[0]]
    block = _block("quote", content, children=_blocks(rest))
    del block["props"]["textAlignment"]
    return block


def _list(node: SyntaxTreeNode) -> list[Block]:
    ordered = node.type == "ordered_list"
    items = []
    for place, item in enumerate(node.children):
        paragraphs = [child for child in item.children if child.type == "paragraph"]
        content = _inlines(paragraphs[0]) if paragraphs else []
        rest = [child for child in item.children if not paragraphs or child is not paragraphs[0]]
        kind = "numberedListItem" if ordered else "bulletListItem"
        props: dict[str, Any] = {}
        start = node.attrGet("start")
        if ordered and place == 0 and start not in (None, 1):
            props["start"] = start
        text = content[0].get("text", "") if content else ""
        if not ordered and text[:4].lower() in ("[ ] ", "[x] "):
            kind, props["checked"] = "checkListItem", text[1].lower() == "x"
            content[0]["text"] = text[4:]
        items.append(_block(kind, content, props, _blocks(rest)))
    return items


def _table(node: SyntaxTreeNode) -> Block:
    rows = [row for part in node.children for row in part.children]
    cells = [
        {
            "cells": [
                {
                    "type": "tableCell",
                    "content": _inlines(cell),
                    "props": SINGLE_CELL | PLAIN,
                }
                for cell in row.children
            ]
        }
        for row in rows
    ]
    width = len(rows[0].children) if rows else 0
    content = {"type": "tableContent", "columnWidths": [None] * width, "headerRows": 1, "rows": cells}
    block = _block("table", content)
    block["props"] = {"textColor": "default"}
    return block


def _text(text: str, styles: dict[str, bool] | None = None) -> Block:
    return {"type": "text", "text": text, "styles": styles or {}}


def _inlines(node: SyntaxTreeNode) -> list[Block]:
    made: list[Block] = []
    for child in node.children:
        _add_inline(child, {}, made)
    return made


def _add_inline(node: SyntaxTreeNode, styles: dict[str, bool], made: list[Block]) -> None:
    if node.type == "text":
        _append(made, node.content, styles)
    elif node.type in ("softbreak", "hardbreak"):
        _append(made, "\n ", styles)
    elif node.type == "code_inline":
        _append(made, node.content, {**styles, "code": True})
    elif node.type == "html_inline":
        is_break = node.content.replace("/", "").replace(" ", "").lower() == "<br>"
        _append(made, "\n" if is_break else node.content, styles)
    elif node.type == "link":
        inner: list[Block] = []
        for child in node.children:
            _add_inline(child, styles, inner)
        made.append({"type": "link", "href": node.attrGet("href"), "content": inner})
    elif node.type != "image":
        styled = {**styles, STYLES[node.type]: True} if node.type in STYLES else styles
        for child in node.children:
            _add_inline(child, styled, made)


def _append(made: list[Block], text: str, styles: dict[str, bool]) -> None:
    if made and made[-1]["type"] == "text" and made[-1]["styles"] == styles:
        made[-1]["text"] += text
    elif text:
        made.append(_text(text, dict(styles)))


def to_markdown(blocks: list[Any]) -> str:
    """The markdown of ``blocks``; one line feed for none, as BlockNote gives."""
    return "\n".join(_written(blocks, "")).strip("\n") + "\n"


def _written(blocks: list[Any], margin: str) -> list[str]:
    lines: list[str] = []
    number = 0
    before = ""
    for block in blocks:
        if not isinstance(block, dict):
            continue
        kind = str(block.get("type", "paragraph"))
        in_list = kind.endswith("ListItem")
        number = (
            number + 1
            if kind == "numberedListItem" and before == kind
            else int(_props(block).get("start", 1) or 1)
        )
        if lines and not (in_list and kind == before):
            lines.append("")
        lines += _block_lines(block, kind, margin, number)
        before = kind
    return lines


def _props(block: Block) -> dict[str, Any]:
    props = block.get("props")
    return props if isinstance(props, dict) else {}


def _block_lines(block: Block, kind: str, margin: str, number: int) -> list[str]:
    text = _marked(block.get("content"))
    children = block.get("children") if isinstance(block.get("children"), list) else []
    marker = {
        "bulletListItem": "* ",
        "numberedListItem": f"{number}. ",
        "quote": "> ",
        "checkListItem": f"* [{'x' if _props(block).get('checked') else ' '}] ",
        "heading": "#" * int(_props(block).get("level", 1) or 1) + " ",
    }.get(kind, "")
    if kind == "table":
        lines = [margin + row for row in _table_lines(block)]
    elif kind == "codeBlock":
        lines = [
            margin + line for line in (f"```{_props(block).get('language', '')}", *text.split("\n"), "```")
        ]
    elif kind == "divider":
        lines = [margin + "***"]
    elif kind == "image":
        lines = [f"{margin}![{_props(block).get('name', '')}]({_props(block).get('url', '')})"]
    else:
        lines = [
            margin + (marker + line if place == 0 else line) for place, line in enumerate(text.split("\n"))
        ]
    if children:
        inner = margin + (
            " " * (len(marker) if kind == "numberedListItem" else 2) if kind.endswith("ListItem") else ""
        )
        nested = _written(children, inner)
        lines += nested if kind.endswith("ListItem") else ["", *nested]
    return lines


def _marked(content: Any) -> str:
    if isinstance(content, str):
        return content.replace("\n", "\\\n")
    parts = []
    for item in content if isinstance(content, list) else []:
        if not isinstance(item, dict):
            continue
        if item.get("type") == "link":
            parts.append(f"[{_marked(item.get('content'))}]({item.get('href', '')})")
            continue
        text = str(item.get("text", "")).replace("\n", "\\\n")
        for style, mark in MARKS.items():
            if isinstance(item.get("styles"), dict) and item["styles"].get(style) and text.strip():
                text = f"{mark}{text}{mark}"
        parts.append(text)
    return "".join(parts)


def _table_lines(block: Block) -> list[str]:
    content = block.get("content")
    rows = content.get("rows", []) if isinstance(content, dict) else []
    texts = [
        [_marked(cell.get("content") if isinstance(cell, dict) else cell) for cell in row.get("cells", [])]
        for row in rows
    ]
    if not texts:
        return []
    has_header = isinstance(content, dict) and content.get("headerRows")
    if not has_header:
        texts.insert(0, [""] * len(texts[0]))
    least = 3 if has_header else NARROWEST
    widths = [
        max([len(row[place]) for row in texts if place < len(row)] + [least])
        for place in range(len(texts[0]))
    ]
    written = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)) + " |"
        for row in texts
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return [written[0], rule, *written[1:]]
