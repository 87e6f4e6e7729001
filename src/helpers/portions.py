"""Cut a list into portions that a service takes: so many items at most, of such a size at most."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def portions(
    items: Iterable[Item], size_of: Callable[[Item], int], *, most_items: int, most_size: int
) -> Iterator[list[Item]]:
    """The items in order, in lists that keep both limits.

    An item that alone exceeds the size stands alone: the service decides about it.

    Args:
        items: what is to be sent.
        size_of: size of one item, in whatever unit the service counts.
        most_items: items in one portion at most.
        most_size: size of one portion at most.

    >>> list(portions(["a", "bb", "cccc", "d"], len, most_items=3, most_size=4))
    [['a', 'bb'], ['cccc'], ['d']]
    """
    portion: list[Item] = []
    total = 0
    for item in items:
        size = size_of(item)
        if portion and (len(portion) == most_items or total + size > most_size):
            yield portion
            portion, total = [], 0
        portion.append(item)
        total += size
    if portion:
        yield portion
