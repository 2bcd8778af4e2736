"""Parses XML that nobody vouches for: no DTD, no entity, no network, and bounds on bytes, elements and depth."""

from __future__ import annotations

from typing import Any

from lxml import etree

from docpipe.errors import InputTooLarge, InputUnreadable

MAX_BYTES = 32 << 20
"""An invoice of 10,000 lines has about 15 MiB; attachments inside may take as much again."""
MAX_TAGS = 800_000
"""Tags that begin or end an element, comments included: counted before anything is parsed, as each takes memory."""
MAX_DEPTH = 256
"""libxml2's own bound, which `huge_tree` would lift. The deepest element of UBL and CII stands below 20."""
_HEAD = 1 << 16


def parse_xml(data: bytes, name: str) -> Any:
    """Return the root element of an XML file; `name` is what errors call the file.

    Raises:
        InputTooLarge: more bytes, elements or levels than the bounds.
        InputUnreadable: no well-formed XML, or it has a document type definition, which no invoice needs.
    """
    if len(data) > MAX_BYTES:
        raise InputTooLarge(f"{name}: {len(data):,} bytes of XML, over the bound of {MAX_BYTES:,}.")
    if data.count(b"<") > MAX_TAGS:
        raise InputTooLarge(f"{name}: more than {MAX_TAGS:,} tags, so too many elements to be an invoice.")
    if _has_type_definition(data[:_HEAD]):
        raise _type_definition(name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as e:
        text = " ".join(str(e).split())[:200]
        if "depth" in text:
            raise InputTooLarge(f"{name}: elements stand more than {MAX_DEPTH} deep in each other.") from e
        if "entity" in text.lower():
            raise _type_definition(name) from e
        raise InputUnreadable(f"{name}: the XML is damaged ({text}).") from e
    if root.getroottree().docinfo.internalDTD is not None:  # behind a long comment
        raise _type_definition(name)
    return root


def _has_type_definition(head: bytes) -> bool:
    """Tell whether the file begins with a DTD, where entities that expand to gigabytes are declared (CWE-776).

    Looked at before parsing, in UTF-8 and UTF-16: entities in attributes are expanded as they are met.
    """
    return b"<!DOCTYPE" in head.replace(b"\0", b"")


def _type_definition(name: str) -> InputUnreadable:
    return InputUnreadable(f"{name}: the XML has a document type definition, which is never read: it may hold a trap.")
