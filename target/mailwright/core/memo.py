"""remembered: keeps the last result of a pure function for a call with the same arguments.

With a hundred thousand accounts nearly everything is the same as in the last pass.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

R = TypeVar("R")


def remembered(function: Callable[..., R]) -> Callable[..., R]:
    """``function`` that keeps its last result. Comparing arguments costs little where they are the same objects."""
    last: list[tuple[tuple[Any, ...], R]] = []

    @wraps(function)
    def call(*args: Any) -> R:
        if last and _same(last[0][0], args):
            return last[0][1]
        last[:] = [(args, function(*args))]
        return last[0][1]

    return call


def remembered_by(key: Callable[..., Hashable]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """``remembered``, with one result kept for each ``key`` of the arguments."""

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        by_key: dict[Hashable, Callable[..., R]] = {}

        @wraps(function)
        def call(*args: Any) -> R:
            return by_key.setdefault(key(*args), remembered(function))(*args)

        return call

    return decorate


def _same(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    return len(old) == len(new) and all(a is b or a == b for a, b in zip(old, new, strict=True))
