"""The picture of a run: levels, signals, thresholds and reasons, readable by itself."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docpipe.policy.audit.history import BandValue, History, Span
from docpipe.policy.audit.timeline import FAINT, LEFT, MARKS, MOST_POINTS, MOST_REASONS, RIGHT, WIDTH, page_of, svg_of
from docpipe.policy.core.state import Phase
from docpipe.policy.core.values import Event, EventKind, Trigger
from tests.policy.play import P95, plan_of

NS = 10**9
SVG = "{http://www.w3.org/2000/svg}"
PLAN = plan_of({"p95_ms": P95}, table=["main", "light"])


def event(second: float, kind: EventKind = EventKind.DOWN, reason: str = "too slow & <late>") -> Event:
    return Event(
        kind, "table", "main", "light", Trigger.LATENCY_P95, "p95_ms", 600.0, 900.0, reason, 1, round(second * NS)
    )


def history(*events: Event, points: tuple[BandValue, ...] = (), to_s: int = 100) -> History:
    spans = (
        Span("table", "main", 0, Phase.STEADY, 0, 40 * NS),
        Span("table", "light", 1, Phase.PROBING, 40 * NS, to_s * NS),
    )
    return History(0, to_s * NS, 10, 5, {"table": {"main": 5, "light": 5}}, spans, points, events)


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def texts(root: ET.Element) -> list[str]:
    return [(element.text or "").strip() for element in root.iter(f"{SVG}text")]


def spans(root: ET.Element) -> list[tuple[str, float, float, str | None]]:
    """Return (title, from, to, dashes) of each level's stretch."""
    lines = [line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "7"]
    return [
        ("".join(line.itertext()), float(line.get("x1")), float(line.get("x2")), line.get("stroke-dasharray"))
        for line in lines
    ]


def test_levels_are_drawn_over_time_with_their_phase() -> None:
    (main, light) = spans(drawn(svg_of(PLAN, history())))
    assert main == ("main, steady, 40.0 s", LEFT, pytest.approx(LEFT + 0.4 * (WIDTH - LEFT - RIGHT), abs=0.1), None)
    assert light == ("light, probing, 60.0 s", main[2], WIDTH - RIGHT, "4 3")


def test_each_decision_is_a_mark_and_a_reason() -> None:
    words = texts(drawn(svg_of(PLAN, history(event(40), event(90, EventKind.UP, "calm")))))
    assert "▼1" in words
    assert "▲2" in words
    assert "▼1  40.0 s  table down, main → light: too slow & <late>" in words
    assert "▲2  90.0 s  table up, main → light: calm" in words


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind in MARKS])
def test_every_kind_has_a_mark_of_its_own(kind: EventKind) -> None:
    assert f"{MARKS[kind]}1" in texts(drawn(svg_of(PLAN, history(event(1, kind)))))
    assert len(set(MARKS.values())) == len(MARKS)


def test_only_so_many_reasons_are_listed() -> None:
    words = texts(drawn(svg_of(PLAN, history(*[event(n / 10) for n in range(MOST_REASONS + 3)]))))
    assert "… and 3 more" in words
    assert sum("table down" in word for word in words) == MOST_REASONS


def test_signals_are_drawn_with_both_thresholds_and_keep_their_peak() -> None:
    values = [BandValue(n * NS // 100, "table", "p95_ms", 5000.0 if n == 4321 else 100.0) for n in range(10_000)]
    root = drawn(svg_of(PLAN, history(points=tuple(values))))
    (line,) = root.iter(f"{SVG}polyline")
    places = [float(place.split(",")[1]) for place in line.get("points").split()]
    assert len(places) <= MOST_POINTS
    assert max(places) - min(places) == pytest.approx(44 * 4900 / 5000, abs=0.2)
    assert {"600", "420", "p95_ms"} <= set(texts(root))
    assert {e.get("class") for e in root.iter(f"{SVG}line")} >= {"limit above", "limit below"}


def test_a_signal_that_was_lost_for_a_while_is_not_drawn_through() -> None:
    values = [BandValue(n * NS, "table", "p95_ms", 100.0) for n in (0, 1, 2, 50, 51, 52)]
    root = drawn(svg_of(PLAN, history(points=tuple(values))))
    assert [len(line.get("points").split()) for line in root.iter(f"{SVG}polyline")] == [3, 3]


def test_a_window_cuts_what_lies_outside() -> None:
    """As in a drill, whose log also holds the time in which models load."""
    points = tuple(BandValue(n * NS, "table", "p95_ms", 100.0) for n in range(100))
    root = drawn(svg_of(PLAN, history(event(10), event(60), points=points), window=(50 * NS, 70 * NS)))
    words = texts(root)
    assert [word for word in words if "table down" in word] == [
        "▼1  10.0 s  table down, main → light: too slow & <late>"
    ]
    assert spans(root) == [("light, probing, 60.0 s", LEFT, WIDTH - RIGHT, "4 3")]
    (line,) = root.iter(f"{SVG}polyline")
    assert len(line.get("points").split()) == 21


def test_an_empty_history_is_a_picture_too() -> None:
    root = drawn(svg_of(PLAN, History(0, 0, 0, 0, {}, (), (), ()), title="nothing <yet>"))
    assert "nothing <yet>" in texts(root)


def test_a_page_needs_nothing_else_and_escapes_its_text(tmp_path: Path) -> None:
    page = page_of("a <title>", [svg_of(PLAN, history()), svg_of(PLAN, history())], "met & <missed>")
    assert page.count("<svg") == 2
    assert "<title>a &lt;title&gt;</title>" in page
    assert "met &amp; &lt;missed&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "src=" not in page
    assert FAINT in page
