"""What addresses look like in print: towns with postcodes, streets, forms of courtesy, and the line of a sender."""

from __future__ import annotations

import re

POSTCODE = re.compile(
    r"(?<![\w.,/-])(?:[A-Z]{1,2}[- ]{1,2})?\d{4,6}\s?[A-Z]{3,}(?! ?\d)"
    r"|\b[A-Z]{2},? ?\d{5}(?:-\d{4})?\b"
    r"|\b(?:ALABAMA|ARIZONA|CALIFORNIA|COLORADO|FLORIDA|GEORGIA|ILLINOIS|INDIANA|MARYLAND|MASSACHUSETTS|MICHIGAN|MINNESOTA"
    r"|MISSOURI|NEVADA|NEW YORK|NEW JERSEY|CAROLINA|OHIO|OREGON|PENNSYLVANIA|TENNESSEE|TEXAS|UTAH|VIRGINIA|WASHINGTON"
    r"|WISCONSIN),? \d{5}\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$"
    r"|\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}\b"
    r"|\b[ABCEGHJ-NPR-TVXY]\d[A-Z] ?\d[A-Z]\d\b"
    r"|[A-Z]{3,},?[ -]\d{6}\b|\bS ?\(?\d{6}\b"
    r"|[\u4e00-\u9fff][省市区县].{0,20}[路街道巷].{0,4}\d+号"
    r"|\b[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}\b"
)
"""A postcode with its town in folded text: Europe, United States, United Kingdom, Australia, Canada, India, Ireland.

In China, where towns lead and postcodes are left out, the town with its street.
"""
STREET = re.compile(
    r"\D\s\d{1,4}(?:\s?[-–/]\s?\d{1,4})?\s?[a-z]?$|^\d{1,4}(?:\s?[-–/]\s?\d{1,4})?[a-z]{0,3}[\s,]|^\d{1,4}(?=[a-z]{3})"
    r"|\b(?:P\.? ?O\.? ?BOX|POSTFACH|UNIT|SUITE|LEVEL)\s\d",
    re.IGNORECASE,
)
"""A line that ends in a house number, or begins with one, names a street and no party."""
COURTESY = re.compile(
    r"\W*(?:AN(?: DIE| DEN| DAS)?(?: FIRMA)?|FRAU|HERRN?|FAMILIE|EHELEUTE|FIRMA|FA|TO|MESSRS|MR|MRS|MS|MISS|DEAR .*"
    r"|MME|MLLE|M|MONSIEUR|MADAME|A ?L?.? ?ATTENTION ?D.*|ATTN.*|ATTENTION.*|C/O.*|Z ?\.? ?HD?S? ?\..*|ZU HANDEN.*"
    r"|EINSCHREIBEN|PERSONLICH|VERTRAULICH|ACCOUNTS PAYABLE|DESTINATAIRE)\W*"
)
"""A line of its own in an address that names nobody, in folded text."""
TRAILING_DOT = re.compile(r"(?:\b(?:INC|LTD|CO|CORP|LLC|BROS|MBH|K|V|A|S|L|U|G)|\bCIE)\.$", re.IGNORECASE)
"""A name ends in an abbreviation, whose dot belongs to it."""
_CUT = re.compile(r"\s*[●•·|/∙◆■*]\s*(?=\S)|\s+[-–—~]\s+|,\s+")


def sender_parts(text: str) -> list[str] | None:
    """Return name, street and town of a line such as `Name - Street 1 - 12345 Town`, or None where it is none."""
    if not 18 <= len(text) <= 160:
        return None
    parts = [part.strip(" ●•·|-–*") for part in _CUT.split(text)]
    parts = [part for part in parts if part]
    if not 3 <= len(parts) <= 8:
        return None
    town = next((n for n, part in enumerate(parts) if n and POSTCODE.search(part.upper())), None)
    name = parts[0]
    if (
        town is None
        or name[:1].islower()
        or any(c.isdigit() for c in name)
        or ":" in name
        or sum(c.isalpha() for c in name) < 3
    ):
        return None
    return parts[: town + 1] if town + 1 >= 3 or STREET.search(" ".join(parts[1 : town + 1])) else None


def strip_name(text: str) -> str:
    """Return a name without punctuation around it, but for the dot of a legal form (`Inc.`)."""
    name = text.strip(" ,;:*|-–_")
    return name if TRAILING_DOT.search(name) else name.rstrip(". ")
