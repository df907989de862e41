"""Reading who had what when: what a killed process held, and when another went on."""

from __future__ import annotations

from tests.chaos.holds import Hold, Kill, takeovers


def test_what_a_killed_process_held_was_taken_over_by_the_next_holder() -> None:
    """Letting go alone is no going on, and others' deliveries do not count."""
    holds = [
        Hold(1, "held", "run-1", "worker-1.1"),
        Hold(2, "another's", "run-2", "worker-2.1"),
        Hold(3, "finished", "run-3", "worker-1.1"),
        Hold(4, "finished", None, "worker-1.1"),
        Hold(30, "held", None, "worker-2.1"),
        Hold(45, "held", "run-4", "worker-2.1"),
    ]

    assert takeovers(holds, [Kill("worker-1.1", at=5)]) == {"held": 40}


def test_the_longest_of_several_counts() -> None:
    """The second death was over what the first had left."""
    holds = [
        Hold(1, "held", "run-1", "worker-1.1"),
        Hold(10, "held", "run-2", "worker-2.1"),
        Hold(13, "held", "run-3", "worker-1.2"),
    ]
    kills = [Kill("worker-1.1", at=2), Kill("worker-2.1", at=11)]

    assert takeovers(holds, kills) == {"held": 8}


def test_what_nobody_took_over_is_told() -> None:
    """Also where an earlier death was made good."""
    holds = [Hold(1, "held", "run-1", "web.1"), Hold(3, "held", "run-2", "web.2")]

    assert takeovers(holds, [Kill("web.1", at=2), Kill("web.2", at=4)]) == {"held": None}


def test_where_there_is_one_process_it_need_not_be_named() -> None:
    """SQLite writes down no name."""
    holds = [Hold(1, "held", "run-1", ""), Hold(3, "held", "run-2", "")]

    assert takeovers(holds, [Kill("web.1", at=2)]) == {"held": 1}
