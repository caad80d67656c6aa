"""A cut removes a step only when it hits all of its alternatives."""

from hypothesis import given
from hypothesis import strategies as st

from queries.chokepoints import best, by_step, cuts, remaining
from tests.queries.estates import path

ONE, TWO = path("a", "b", "d"), path("c", "b", "d")


def test_the_step_that_all_paths_share_is_the_best_cut() -> None:
    cut = best([ONE, TWO])
    assert cut is not None
    assert (cut.what, cut.sentence) == ("b>d", "cuts 2 of 2 paths")


def test_without_paths_there_is_no_cut() -> None:
    assert best([]) is None


def test_a_statement_that_holds_two_steps_up_cuts_both() -> None:
    why = {"a>b": (("e:one", "r:x"),), "c>b": (("e:one",),)}
    some = [path("a", "b", because=why), path("c", "b", because=why)]
    assert next(cut for cut in cuts(some) if cut.what == "e:one").paths == tuple(sorted(r.id for r in some))


def test_a_statement_with_an_alternative_cuts_nothing() -> None:
    some = [path("a", "b", because={"a>b": (("e:one",), ("e:two",))})]
    assert {cut.what for cut in cuts(some)} == {"a>b"}
    assert remaining(some, frozenset({"e:one"})) == some
    assert remaining(some, frozenset({"e:one", "e:two"})) == []


def test_each_step_says_what_it_is_worth() -> None:
    assert {what: cut.sentence for what, cut in by_step([ONE, TWO]).items()} == {
        "a>b": "cuts 1 of 2 paths",
        "c>b": "cuts 1 of 2 paths",
        "b>d": "cuts 2 of 2 paths",
    }


REASONS = st.lists(st.lists(st.sampled_from("wxyz"), min_size=1, max_size=3).map(tuple), max_size=3).map(
    tuple
)


@given(st.lists(st.tuples(REASONS, REASONS), min_size=1, max_size=6))
def test_a_cut_ends_exactly_the_paths_that_do_not_remain_without_it(
    reasons: list[tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]],
) -> None:
    some = [
        path(f"a{i}", f"b{i}", f"c{i}", because={f"a{i}>b{i}": one, f"b{i}>c{i}": two})
        for i, (one, two) in enumerate(reasons)
    ]
    for cut in cuts(some):
        left = {result.id for result in remaining(some, frozenset({cut.what}))}
        assert left == {result.id for result in some} - set(cut.paths)
