from __future__ import annotations

from mailwright.core.memo import remembered, remembered_by


def test_asked_again() -> None:
    calls: list[tuple[int, ...]] = []

    @remembered
    def summed(numbers: tuple[int, ...]) -> int:
        calls.append(numbers)
        return sum(numbers)

    assert [summed((1, 2)), summed((1, 2)), summed((3,)), summed((1, 2))] == [3, 3, 3, 3]
    assert calls == [(1, 2), (3,), (1, 2)]


def test_one_result_a_key() -> None:
    calls: list[tuple[str, int]] = []

    @remembered_by(lambda name, _: name)
    def made(name: str, number: int) -> int:
        calls.append((name, number))
        return number

    for name, number in [("a", 1), ("b", 2), ("a", 1), ("b", 3), ("b", 3)]:
        assert made(name, number) == number
    assert calls == [("a", 1), ("b", 2), ("b", 3)]
