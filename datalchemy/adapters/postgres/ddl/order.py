"""The order of steps that depend on each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

Key = tuple[int, str, str]
"""What a step makes: its rank, and the schema and name of its object."""


@dataclass(frozen=True)
class Step:
    """Statements that stay together, and the steps that must come before them.

    In a circle of steps, `stub` comes first and `replacement` later, in place of the statements. `late` says that the
    statements need indexes, or what the file does not hold: they belong behind the data.
    """

    statements: tuple[str, ...]
    after: frozenset[Key]
    late: bool = False
    stub: tuple[str, ...] = ()
    replacement: tuple[str, ...] = ()


def with_dependents(first: Iterable[Key], steps: dict[Key, Step]) -> frozenset[Key]:
    """Return the given steps and all that come after one of them, directly or not."""
    needed_by: dict[Key, list[Key]] = defaultdict(list)
    for key, step in steps.items():
        for one in step.after:
            needed_by[one].append(key)
    found = {key for key in first if key in steps}
    waiting = list(found)
    while waiting:
        for key in needed_by[waiting.pop()]:
            if key not in found:
                found.add(key)
                waiting.append(key)
    return frozenset(found)


def in_order(steps: dict[Key, Step]) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield the steps with their statements: each step after those it needs, and else by rank, schema and name.

    Where steps need each other in a circle, the first view among those that wait gets a stub; where there is none, the
    first step goes ahead, and fails on a server as it would in any order.
    """
    needs = {key: {one for one in step.after if one in steps} for key, step in steps.items()}
    needed_by: dict[Key, list[Key]] = defaultdict(list)
    for key, wanted in needs.items():
        for one in wanted:
            needed_by[one].append(key)
    ready = [key for key, wanted in needs.items() if not wanted]
    heapify(ready)
    stuck = sorted(needs, key=lambda key: (not steps[key].stub, key), reverse=True)
    there: set[Key] = set()
    done: set[Key] = set()
    while len(done) < len(steps):
        if ready:
            key = heappop(ready)
            done.add(key)
            yield key, steps[key].replacement if key in there else steps[key].statements
        elif (key := stuck.pop()) in there:
            continue
        elif steps[key].stub:
            yield key, steps[key].stub
        else:
            done.add(key)
            yield key, steps[key].statements
        if key not in there:
            there.add(key)
            for other in needed_by[key]:
                needs[other].discard(key)
                if not needs[other] and other not in done:
                    heappush(ready, other)
