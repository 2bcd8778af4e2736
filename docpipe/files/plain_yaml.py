"""The data of YAML that is written plainly, without anchors, tags or merged keys, as nearly all of docpipe's files are.

It is built from libyaml's events, without the nodes that know the lines: those are made where something is wrong. This
takes 0.6 of the time of PyYAML's loader, and a start reads 26 files.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent
from yaml.events import StreamEndEvent as StreamEnd

_STR = "tag:yaml.org,2002:str"


class NotPlain(ValueError):
    """The text holds what only the full loader can read, or refuse."""


def plain_data(text: str) -> Any:
    """Return what the safe loader returns for a text of one document; needs libyaml.

    Raises:
        NotPlain: anchors, tags, merged or equal keys, keys that are no scalars, or several documents.
        yaml.YAMLError: it is no YAML.
    """
    reader = _Reader(text)
    try:
        return reader.read()
    finally:
        reader.close()


class _Reader:
    def __init__(self, text: str) -> None:
        self._loader: Any = yaml.CSafeLoader(text)
        self._next = self._loader.get_event
        self._known: dict[str, Any] = {}

    def close(self) -> None:
        self._loader.dispose()

    def read(self) -> Any:
        self._next()  # the stream's start
        if type(self._next()) is StreamEnd:
            return None
        data = self._value(self._next())
        self._next()  # the document's end
        if type(self._next()) is not StreamEnd:
            raise NotPlain
        return data

    def _value(self, event: Any) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event)
        if kind is SequenceStartEvent:
            _check_plain(event)
            items = []
            while type(event := self._next()) is not SequenceEndEvent:
                items.append(self._value(event))
            return items
        if kind is not MappingStartEvent:
            raise NotPlain
        _check_plain(event)
        made: dict[Any, Any] = {}
        keys: set[str] = set()
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent or event.value == "<<" or event.value in keys:
                raise NotPlain
            keys.add(event.value)
            made[self._scalar(event)] = self._value(self._next())
        return made

    def _scalar(self, event: Any) -> Any:
        _check_plain(event)
        text = event.value
        if not event.implicit[0]:  # in quotation marks
            return text
        if text not in self._known:
            tag = self._loader.resolve(yaml.ScalarNode, text, (True, False))
            node = yaml.ScalarNode(tag, text, event.start_mark, event.end_mark)
            self._known[text] = text if tag == _STR else self._loader.construct_object(node)
        return self._known[text]


def _check_plain(event: Any) -> None:
    if event.anchor is not None or event.tag is not None:
        raise NotPlain
