"""Says of a regular expression whether all that it matches holds a digit: a text without one is not searched for it."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\(?:[pPxuUN]\{[^}]*\}|[gk]<[^>]*>|.)|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|\((?:\?(?:[:>]|P?<[A-Za-z_]\w*>|[=!]|<[=!]))?|[)|]",
    re.DOTALL,
)
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")


def needs_digit(source: str) -> bool:
    """Say whether every text that an expression matches holds a digit, as far as that is plain to see.

    Every alternative must ask for one outside of what looks ahead or back: `\\d`, `\\d{2}`, or a group of such. What is
    not understood (nested sets, flags, conditions) counts as needing none, which costs a search and changes nothing.
    """
    if "\\d" not in source or "(?(" in source or "(?|" in source:
        return False
    stack: list[tuple[bool, bool, str]] = []
    every, here, opened = True, False, "("  # all alternatives before this one, this one, how the group began
    for token in _TOKEN.finditer(source):
        text = token.group()
        following = source[token.end() : token.end() + 3]
        if text == "\\d":
            here = here or _is_asked(following)
        elif text == "|":
            every, here = every and here, False
        elif text.startswith("[") and "[" in text[1:].replace("\\[", ""):
            return False  # a set within a set
        elif text.startswith("("):
            if text == "(" and following.startswith(("?", "*")):
                return False
            stack.append((every, here, opened))
            every, here, opened = True, False, text
        elif text == ")":
            if not stack:
                return False
            inner = every and here and opened not in _LOOKS
            every, here, opened = stack.pop()
            here = here or (inner and _is_asked(following))
    return not stack and every and here


def _is_asked(following: str) -> bool:
    """Say whether what stands before a piece of an expression must be there: no `?`, `*` or `{0,2}` follows."""
    if following[:1] == "{":
        return following[1:2].isdigit() and following[1:2] != "0"
    return following[:1] not in ("*", "?")
