"""A result with coordinates as shares of the page, 0 to 1, instead of pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docpipe.result import Result

DECIMALS = 6


def shares_view(result: Result) -> dict[str, Any]:
    """Return the result's JSON with every `bbox`, `label_bbox` and `polygon` divided by its page's width and height.

    Pages keep their `width` and `height` in pixels, and `transform` stays in pixels.
    """
    sizes = {page.page: (page.width, page.height) for page in result.pages}
    data = result.model_dump(mode="json")
    for page in data["pages"]:
        page["lines"] = [_scale_boxes(line, sizes, page["page"]) for line in page["lines"]]
    for name in ("tables", "fields", "line_items", "tax_breakdown"):
        data[name] = _scale_boxes(data[name], sizes, None)
    return data


def _scale_boxes(node: Any, sizes: Mapping[int, tuple[int, int]], page: int | None) -> Any:
    if isinstance(node, list):
        return [_scale_boxes(one, sizes, page) for one in node]
    if not isinstance(node, dict):
        return node
    page = node.get("page") or page
    size = sizes.get(page) if page is not None else None
    return {
        key: _place(value, size) if key in _PLACES else _scale_boxes(value, sizes, page) for key, value in node.items()
    }


_PLACES = ("bbox", "label_bbox", "polygon")


def _place(value: Any, size: tuple[int, int] | None) -> Any:
    if value is None or size is None:
        return value
    if isinstance(value[0], list):
        return [[round(x / size[0], DECIMALS), round(y / size[1], DECIMALS)] for x, y in value]
    return [round(side / size[n % 2], DECIMALS) for n, side in enumerate(value)]
