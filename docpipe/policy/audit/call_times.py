"""How long a call of another rung would have taken: by its size, by the machine's pace at that moment, and by chance.

The calls of a log are taken apart as `time = (fixed + per_unit x size) x pace x rest`. The first factor belongs to a
rung. The pace belongs to a moment and is that of all stages and rungs together: a machine that is slower today, or in
the second half of a run, is slower for every rung. Rungs and moments are told apart by least squares of the logarithms.
The rest is drawn among the calls of like size. Times are milliseconds.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from docpipe.policy.core.values import Sample

Rung = tuple[str, str]
"""A stage and one of its rungs."""

Expected = Callable[[str, str, float | None], float | None]
"""What a profile says of a stage, a rung and a size: milliseconds, or None where it knows nothing."""

NEAREST = 25
"""The rest is drawn among so many calls of the nearest sizes."""

FEW = 8
"""Of fewer sizes no line is fitted: the shape is the profile's, or that of a rung of the stage with more calls."""

CONVINCED = 4.0
"""A rung's own line must fit that much better (F of one more number, about 95 %) than such a shape."""

MOMENT_CALLS = 40
MOST_MOMENTS = 24
"""A moment is a stretch of the log with so many calls or more; there are so many at most."""

SCATTER = 0.12
"""Relative scatter of calls of one size and moment, whose weight is 1."""

FAR_OFF = 1.0
"""Logarithms beyond it are cut: a machine's pace is not told by a call that found nothing to do."""

CALM = 0.3
"""So many calls at pace 1 are added to every moment: where nothing else tells, the machine did not change."""

PROFILED = 10.0
"""A profile's word on how two rungs stand to each other weighs as much as so many calls."""

ROUNDS = 8
"""So often lines and paces are fitted in turn: large documents in a slow hour look like a steeper line at first."""

PROFILE_ERROR = 0.15
"""Relative error (1 sigma) of a time that only the profile knows, where one rung at most shows how it scales here."""

GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fall evenly (Weyl): drawn quantiles make up the whole distribution after a few draws."""


@dataclass(frozen=True, slots=True)
class _Line:
    """`fixed + per_unit x size`, in milliseconds; or a profile's own figures, times a factor."""

    fixed: float
    per_unit: float = 0.0
    shape: Callable[[float | None], float] | None = None

    def ms(self, units: float | None) -> float:
        if self.shape is not None:
            return max(self.fixed * self.shape(units), 1e-6)
        return max(self.fixed + self.per_unit * (units or 0.0), 1e-6)

    def times(self, factor: float) -> _Line:
        return _Line(self.fixed * factor, self.per_unit * factor, self.shape)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A time that was drawn, in milliseconds, and the call whose luck it has; None where only the profile knew."""

    ms: float
    like: Sample | None


@dataclass
class CallTimes:
    """Draws calls for rungs that did not run. Build it with `fit`."""

    lines: Mapping[Rung, _Line]
    rests: Mapping[Rung, Sequence[tuple[float, float, Sample]]]
    """By rung, sorted by size: size, measured over expected time, and the call."""
    starts: Sequence[int]
    """Where the moments begin, in nanoseconds of the log's clock."""
    paces: Sequence[float]
    equations: Sequence[Sequence[float]]
    """The normal equations that gave lines and paces: first the rungs in the order of `lines`, then the moments."""
    profile_factor: float | None = None
    """What calls of this log took over what the profile says; None without a profile or a rung that it knows."""
    profile_sigma: float = PROFILE_ERROR
    expected: Expected = lambda stage, rung, units: None
    _draws: dict[Rung, int] = field(default_factory=lambda: defaultdict(int))
    _sums: dict[Rung, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))
    """By rung: drawn milliseconds, their squares, and milliseconds times size."""
    _sums_of_moments: list[float] = field(default_factory=list)

    @classmethod
    def fit(
        cls, calls: Mapping[Rung, Sequence[Sample]], expected: Expected = lambda stage, rung, units: None
    ) -> CallTimes:
        """Take all calls of a log apart; `expected` is the profile's word, where there is one."""
        known = {key: found for key, found in calls.items() if found}
        starts = _moments([call.started_ns for found in known.values() for call in found])
        paces = [1.0] * len(starts)
        lines: dict[Rung, _Line] = {}
        equations: list[list[float]] = []
        weights = dict.fromkeys(known, 1.0)
        for _ in range(ROUNDS):
            lines = _lines(known, starts, paces, expected)
            lines, paces, equations = _explain(known, lines, starts, expected, weights)
            weights = {key: _weight(found, lines[key], starts, paces) for key, found in known.items()}
        rests = {key: _rests(found, lines[key], starts, paces) for key, found in known.items()}
        factor, sigma = _profile_factor(known, starts, paces, expected)
        return cls(
            lines, rests, starts, paces, equations, factor, sigma, expected, _sums_of_moments=[0.0] * len(starts)
        )

    def pace(self, at_ns: int) -> float:
        """Return how slow the machine was then; 1 on the log's average."""
        return self.paces[_moment(self.starts, at_ns)] if self.paces else 1.0

    def draw(self, stage: str, rung: str, like: Sample) -> Drawn | None:
        """Return a call of a rung for the input of `like`, at its moment; None where nothing is known of the rung."""
        key = (stage, rung)
        pace, number = self.pace(like.started_ns), self._draws[key]
        rests = self.rests.get(key)
        if rests:
            near = sorted(_near(rests, like.units), key=lambda rest: rest[1])
            _, rest, call = near[int((0.5 + number * GOLDEN) % 1.0 * len(near))]
            ms = self.lines[key].ms(like.units) * pace * rest
        else:
            profiled = self.expected(stage, rung, like.units)
            if profiled is None:
                return None
            call, ms = None, profiled * (self.profile_factor or 1.0) * pace
        self._draws[key] = number + 1
        sums = self._sums[key]
        sums[0] += ms
        sums[1] += ms * ms
        sums[2] += ms * (like.units or 0.0)
        if call is not None:
            self._sums_of_moments[_moment(self.starts, like.started_ns)] += ms
        return Drawn(ms, call)

    def error_ms(self) -> float:
        """Return half a 95 % interval of the sum of all that was drawn: chance, the fitted lines, the profile."""
        variance, profiled = 0.0, 0.0
        for key, (total, squares, sized) in self._sums.items():
            rests = self.rests.get(key)
            if not rests:
                profiled += total
                continue
            sigma = statistics.pstdev([rest for _, rest, _ in rests]) if len(rests) > 1 else PROFILE_ERROR
            sigma *= math.sqrt(len(rests) / max(len(rests) - 2, 1))  # two numbers of the line were fitted
            sizes = [units for units, _, _ in rests]
            spread = statistics.pvariance(sizes) if len(sizes) > 1 else 0.0
            away = sized / total - statistics.fmean(sizes) if total else 0.0
            leverage = away * away / (spread * len(rests)) if spread else 0.0
            variance += sigma * sigma * (squares + total * total * leverage)
        if self.equations:
            weights = [self._sums[key][0] for key in self.lines] + self._sums_of_moments + [0.0]
            fitted = _solve([list(row) for row in self.equations], list(weights))
            variance += SCATTER**2 * sum(w * x for w, x in zip(weights, fitted, strict=True))
        return 1.96 * math.sqrt(variance + (profiled * self.profile_sigma) ** 2)


def _moments(started: Iterable[int]) -> list[int]:
    """Return where stretches of equally many calls begin."""
    times = sorted(started)
    if not times:
        return []
    count = max(1, min(MOST_MOMENTS, len(times) // MOMENT_CALLS))
    return sorted({times[len(times) * number // count] for number in range(count)})


def _moment(starts: Sequence[int], at_ns: int) -> int:
    return max(bisect_right(starts, at_ns) - 1, 0)


def _near(rests: Sequence[tuple[float, float, Sample]], units: float | None) -> Sequence[tuple[float, float, Sample]]:
    """Return the calls of the nearest sizes, of those sorted by size."""
    if units is None or len(rests) <= NEAREST:
        return rests
    at = bisect_right(rests, units, key=lambda rest: rest[0])
    first = min(max(at - NEAREST // 2, 0), len(rests) - NEAREST)
    return rests[first : first + NEAREST]


def _lines(
    calls: Mapping[Rung, Sequence[Sample]], starts: Sequence[int], paces: Sequence[float], expected: Expected
) -> dict[Rung, _Line]:
    """Return a line for each rung; where it has few calls, that of the profile or of the stage's best known rung."""
    lines: dict[Rung, _Line] = {}
    for key, found in sorted(calls.items(), key=lambda item: -len(item[1])):
        paced = [(call.units, call.duration_ns / 1e6 / paces[_moment(starts, call.started_ns)]) for call in found]
        sized = [(units, ms) for units, ms in paced if units is not None]
        beside = _scale(_shape(key, found, lines, expected), paced)
        flat = beside.shape is None and beside.per_unit == 0
        lines[key] = beside
        if len(sized) == len(paced) and len({units for units, _ in sized}) >= FEW:
            own = _scale(_fit_line(sized), paced)
            kept, won = _squares(beside, sized), _squares(own, sized)
            if flat or kept - won > CONVINCED * won / (len(sized) - 2):
                lines[key] = own
    return lines


def _scale(line: _Line, points: Sequence[tuple[float | None, float]]) -> _Line:
    """Return a line of the same shape whose times have the same sum as those measured."""
    return line.times(sum(ms for _, ms in points) / sum(line.ms(units) for units, _ in points))


def _squares(line: _Line, points: Sequence[tuple[float, float]]) -> float:
    return sum((ms / line.ms(units) - 1) ** 2 for units, ms in points)


def _shape(key: Rung, calls: Sequence[Sample], lines: Mapping[Rung, _Line], expected: Expected) -> _Line:
    """Return how a rung's time grows with size if its own calls do not say: by the profile, or by a rung beside it."""
    stage, rung = key
    if all(expected(stage, rung, call.units) for call in calls):
        return _Line(1.0, shape=lambda units: expected(stage, rung, units) or 1.0)
    if all(call.units is not None for call in calls):
        beside = next((line for (of, _), line in lines.items() if of == stage), None)
        if beside is not None:
            return beside
    return _Line(1.0)


def _fit_line(points: Sequence[tuple[float, float]]) -> _Line:
    """Return the line of least relative error, neither part negative (weighted least squares, reweighted)."""
    fixed, slope = statistics.fmean(ms for _, ms in points), 0.0
    for _ in range(4):
        w = [1 / max(fixed + slope * units, 1e-3) ** 2 for units, _ in points]
        n = sum(w)
        mean_u = sum(each * units for each, (units, _) in zip(w, points, strict=True)) / n
        mean_ms = sum(each * ms for each, (_, ms) in zip(w, points, strict=True)) / n
        over = sum(each * (u - mean_u) * (ms - mean_ms) for each, (u, ms) in zip(w, points, strict=True))
        under = sum(each * (units - mean_u) ** 2 for each, (units, _) in zip(w, points, strict=True))
        slope = max(over / under if under else 0.0, 0.0)
        fixed = mean_ms - slope * mean_u
        if fixed < 0:
            fixed, slope = 0.0, mean_ms / mean_u
    return _Line(fixed, slope)


def _explain(
    calls: Mapping[Rung, Sequence[Sample]],
    lines: Mapping[Rung, _Line],
    starts: Sequence[int],
    expected: Expected,
    weights: Mapping[Rung, float],
) -> tuple[dict[Rung, _Line], list[float], list[list[float]]]:
    """Return lines and paces that explain the calls together, and the equations that say how sure that is.

    A call weighs what its rung's calls tell: those that take 0.1 or 300 ms for one size say little of the machine.
    With a profile a rung's factor is drawn towards what that says beside the other rungs: where each rung ran in a
    stretch of its own, nothing in the log tells a light rung from a quick hour. The penalties make every such sum of
    squares have one least place.
    """
    rungs, over = list(lines), [_over_profile(key, calls[key], lines[key], expected) for key in lines]
    size = len(rungs) + len(starts) + 1  # factors of rungs, paces, and the factor between this machine and the profile
    a, b = [[0.0] * size for _ in range(size)], [0.0] * size
    for row, key in enumerate(rungs):
        for call in calls[key]:
            column = len(rungs) + _moment(starts, call.started_ns)
            y = _log_over(call, lines[key])
            _add(a, b, ((row, 1.0), (column, 1.0)), y, weights[key])
    for column in range(len(rungs), size - 1):
        _add(a, b, ((column, 1.0),), 0.0, CALM)
    for row, beside in enumerate(over):
        if beside is not None:
            _add(a, b, ((row, 1.0), (size - 1, -1.0)), -beside, PROFILED)
    _add(a, b, ((size - 1, 1.0),), 0.0, 1e-9)
    x = _solve([list(row) for row in a], b)
    found = {key: lines[key].times(math.exp(x[row])) for row, key in enumerate(rungs)}
    return found, [math.exp(each) for each in x[len(rungs) : size - 1]], a


def _log_over(call: Sample, line: _Line) -> float:
    """Return the logarithm of a call's time over its line; one that is far off says no more than one that is off."""
    y = math.log(max(call.duration_ns / 1e6, 1e-6) / line.ms(call.units))
    return max(-FAR_OFF, min(FAR_OFF, y))


def _weight(calls: Sequence[Sample], line: _Line, starts: Sequence[int], paces: Sequence[float]) -> float:
    """Return how much one call of a rung tells: the inverse of its scatter squared, 1 for `SCATTER`."""
    logs = [_log_over(call, line) - math.log(paces[_moment(starts, call.started_ns)]) for call in calls]
    scatter = statistics.pstdev(logs) if len(logs) >= FEW else 1.0
    return min((SCATTER / max(scatter, 1e-3)) ** 2, 4.0)


def _add(a: list[list[float]], b: list[float], terms: Sequence[tuple[int, float]], y: float, weight: float) -> None:
    """Add `weight x (sum of terms - y)^2` to the normal equations."""
    for row, left in terms:
        b[row] += weight * left * y
        for column, right in terms:
            a[row][column] += weight * left * right


def _solve(a: list[list[float]], b: list[float]) -> list[float]:
    """Solve symmetric positive definite equations in place (Gaussian elimination needs no pivots there)."""
    size = len(b)
    for k in range(size):
        for row in range(k + 1, size):
            factor = a[row][k] / a[k][k]
            if factor:
                for column in range(k, size):
                    a[row][column] -= factor * a[k][column]
                b[row] -= factor * b[k]
    x = [0.0] * size
    for k in reversed(range(size)):
        x[k] = (b[k] - sum(a[k][column] * x[column] for column in range(k + 1, size))) / a[k][k]
    return x


def _over_profile(key: Rung, calls: Sequence[Sample], line: _Line, expected: Expected) -> float | None:
    """Return the logarithm of a line's times over the profile's, or None where the profile does not know the rung."""
    ours, theirs = 0.0, 0.0
    for call in calls:
        profiled = expected(*key, call.units)
        if not profiled:
            return None
        ours, theirs = ours + line.ms(call.units), theirs + profiled
    return math.log(ours / theirs)


def _rests(
    calls: Sequence[Sample], line: _Line, starts: Sequence[int], paces: Sequence[float]
) -> list[tuple[float, float, Sample]]:
    """Return what is left of each call, by size; their mean is such that the calls' times come out in sum."""
    found = [(call, line.ms(call.units) * paces[_moment(starts, call.started_ns)]) for call in calls]
    bias = sum(call.duration_ns for call, _ in found) / 1e6 / sum(ms for _, ms in found)
    mean = statistics.fmean(call.duration_ns / 1e6 / ms for call, ms in found)
    scale = bias / mean if mean else 1.0
    rests = [(call.units or 0.0, call.duration_ns / 1e6 / ms * scale, call) for call, ms in found]
    return sorted(rests, key=lambda rest: (rest[0], rest[2].started_ns, rest[2].document_id))


def _profile_factor(
    calls: Mapping[Rung, Sequence[Sample]], starts: Sequence[int], paces: Sequence[float], expected: Expected
) -> tuple[float | None, float]:
    """Return what all calls took over what the profile says, and how much rungs differ in that (1 sigma, relative)."""
    ratios, ours, theirs = [], 0.0, 0.0
    for (stage, rung), found in calls.items():
        pairs = [
            (call.duration_ns / 1e6 / paces[_moment(starts, call.started_ns)], ms)
            for call in found
            if (ms := expected(stage, rung, call.units))
        ]
        if pairs:
            took, profiled = sum(p[0] for p in pairs), sum(p[1] for p in pairs)
            ratios.append(took / profiled)
            ours, theirs = ours + took, theirs + profiled
    if not ratios:
        return None, PROFILE_ERROR
    sigma = statistics.stdev([math.log(max(ratio, 1e-6)) for ratio in ratios]) if len(ratios) > 1 else PROFILE_ERROR
    return ours / theirs, max(sigma, 0.02)
