"""Memory tokens: what is granted is returned, expires or is open, and never more than there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docpipe.scheduling.tokens import OOM_FACTOR, MemoryTokens, PeakEstimates

Steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.floats(0, 300), st.integers(1, 50)),
        st.tuples(st.just("return"), st.integers(0, 200), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 60), st.just(0)),
        st.tuples(st.just("resize"), st.floats(0, 400), st.just(0)),
    ),
    max_size=80,
)


@given(st.floats(0, 400), Steps)
def test_no_balance_is_negative_and_every_lease_is_accounted_for(total: float, steps: list) -> None:
    tokens, now = MemoryTokens(total), 0
    held: dict[int, tuple[float, int]] = {}
    for what, amount, lease_ns in steps:
        if what == "take":
            free, lease = tokens.free_mb, tokens.take(now, amount, lease_ns)
            assert (lease is not None) == (min(amount, tokens.total_mb) <= free + 1e-9)
            if lease is not None:
                held[lease] = min(amount, tokens.total_mb), now + lease_ns
        elif what == "return":
            assert tokens.give_back(amount) == (held.pop(amount, None) is not None)
        elif what == "wait":
            now += amount
            over = [lease for lease, (_, ends) in held.items() if ends <= now]
            assert tokens.expire(now) == len(over)
            for lease in over:
                del held[lease]
        else:
            tokens.resize(amount)
        assert tokens.free_mb >= 0
        assert tokens.open == len(held)
        assert tokens.granted == tokens.returned + tokens.expired + tokens.open
    tokens.expire(now + 100)
    assert tokens.free_mb == tokens.total_mb
    assert tokens.take(now, 1e9, 1) is not None  # more than there is: alone


def test_an_estimate_grows_for_the_size_class_that_ran_out_and_for_no_other() -> None:
    estimates = PeakEstimates()
    assert estimates.mb("detect", "main", 100, 2.0, 1.0) == 200
    estimates.ran_out("detect", "main", 2.0, 1.0)
    assert estimates.mb("detect", "main", 100, 2.0, 1.0) == 200 * OOM_FACTOR
    assert estimates.mb("detect", "main", 100, 1.0, 1.0) == 100
    assert estimates.mb("detect", "light", 100, 2.0, 1.0) == 200
