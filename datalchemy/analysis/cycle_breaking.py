"""Chooses the edges of a cyclic graph to postpone, so that the rest has an order.

A node is the name of a schema and a table; an edge runs from the referencing one to the referenced one. No function
recurses.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import TypeVar

Name = TypeVar("Name", bound=tuple[str, str])
Ends = tuple[Name, Name]

_PRUNING_BUDGET = 5_000_000
"""The limit of steps that search for superfluous breakers. Only enormous cycles reach it."""


def find_breakers(names: Collection[Name], weights: Mapping[Ends[Name], int | None]) -> set[Ends[Name]] | None:
    """Return edges whose removal leaves no cycle, or None if edges that cannot be postponed form one.

    Args:
        names: every node.
        weights: for each edge between two nodes the cost of postponing it, or None if that is impossible.

    Each step places the node whose unplaced references cost least, and postpones those references. The last step
    removes each superfluous breaker. Names decide between equal costs, so the answer is always the same.
    """
    order = _place(names, weights)
    if order is None:
        return None
    position = {name: number for number, name in enumerate(order)}
    broken = sorted((ends for ends in weights if position[ends[0]] < position[ends[1]]), reverse=True)
    kept: dict[Name, set[Name]] = defaultdict(set)
    for referencing, referenced in weights:
        if position[referencing] > position[referenced]:
            kept[referencing].add(referenced)
    if len(broken) * (len(names) + len(weights)) > _PRUNING_BUDGET:
        return set(broken)
    breakers = set()
    for referencing, referenced in broken:
        if _reaches(kept, referenced, referencing):
            breakers.add((referencing, referenced))
        else:
            kept[referencing].add(referenced)
    return breakers


def fill_order(names: Collection[Name], edges: Iterable[Ends[Name]]) -> list[Name] | None:
    """Return the nodes, referenced before referencing and then by name, or None if there is a cycle."""
    return _place(names, dict.fromkeys(edges))


def _place(names: Collection[Name], weights: Mapping[Ends[Name], int | None]) -> list[Name] | None:
    """Order the nodes so that edges without a weight point backwards, and few others forwards (Kahn's algorithm)."""
    required = dict.fromkeys(names, 0)
    cost = dict.fromkeys(names, 0)
    referencing_of: dict[Name, list[tuple[Name, int | None]]] = defaultdict(list)
    for (referencing, referenced), weight in weights.items():
        referencing_of[referenced].append((referencing, weight))
        if weight is None:
            required[referencing] += 1
        else:
            cost[referencing] += weight
    ready = [(cost[name], name) for name in names if not required[name]]
    heapify(ready)
    order: list[Name] = []
    placed: set[Name] = set()
    while ready:
        asked, name = heappop(ready)
        if name in placed or asked != cost[name]:  # outdated: the heap has a cheaper entry
            continue
        placed.add(name)
        order.append(name)
        for other, weight in referencing_of[name]:
            if weight is None:
                required[other] -= 1
            else:
                cost[other] -= weight
            if not required[other] and other not in placed:
                heappush(ready, (cost[other], other))
    return order if len(order) == len(required) else None


def _reaches(edges: Mapping[Name, Collection[Name]], start: Name, goal: Name) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for following in edges.get(waiting.pop(), ()):
            if following == goal:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False
