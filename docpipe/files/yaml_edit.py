"""Changes single values of a YAML text and leaves the rest, comments included, as it stands."""

from __future__ import annotations

from typing import Any

import yaml


class NotEditable(ValueError):
    """The text does not hold what is to be changed, or not in a form that can be changed in place."""


def set_top_level(text: str, key: str, value: str) -> str:
    """Return the text with a plain value of a key on the top level, written where it stood or on a line of its own.

    Raises:
        NotEditable: the text is no mapping, or the value there is none of one word.
    """
    root = _compose_mapping(text)
    for name, node in root.value:
        if name.value == key:
            if not isinstance(node, yaml.ScalarNode):
                raise NotEditable(f"{key} is no plain value")
            return text[: node.start_mark.index] + value + text[node.end_mark.index :]
    first = root.start_mark.index
    return f"{text[:first]}{key}: {value}\n{text[first:]}"


def without_item(text: str, path: tuple[str, ...], index: int) -> str:
    """Return the text without one item of the list at a path of keys.

    Raises:
        NotEditable: there is no such list, or the item shares a line with something else.
    """
    node: Any = _compose_mapping(text)
    for key in path:
        found = [value for name, value in node.value if name.value == key] if isinstance(node, yaml.MappingNode) else []
        if not found:
            raise NotEditable(f"{'.'.join(path)} does not stand in the file")
        node = found[0]
    if not isinstance(node, yaml.SequenceNode) or not 0 <= index < len(node.value) or len(node.value) == 1:
        raise NotEditable(f"{'.'.join(path)} has no item {index} that could go")
    items = node.value
    if node.flow_style:
        last = index == len(items) - 1
        begins = items[index - 1].end_mark.index if last else items[index].start_mark.index
        ends = items[index].end_mark.index if last else items[index + 1].start_mark.index
        return text[:begins] + text[ends:]
    lines = text.splitlines(keepends=True)
    first, item = items[index].start_mark.line, items[index]
    if lines[first][: item.start_mark.column].strip() != "-":
        raise NotEditable(f"item {index} of {'.'.join(path)} does not begin on a line of its own")
    # a block ends where the next thing begins: comments and empty lines before that belong to what follows
    ends_line = item.end_mark.line + (1 if item.end_mark.column else 0)
    if not isinstance(item, yaml.ScalarNode) and not item.flow_style:
        ends_line = item.end_mark.line
        while ends_line > first + 1 and (
            not lines[ends_line - 1].strip() or lines[ends_line - 1].lstrip().startswith("#")
        ):
            ends_line -= 1
    return "".join(lines[:first] + lines[max(ends_line, first + 1) :])


def _compose_mapping(text: str) -> yaml.MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise NotEditable("the text is no mapping with a key on each line")
    return root
