"""Lines that change at each fetch are learnt; a real change in one is still reported."""

from monitor.kinds.page_noise import NoiseResult, noise_lines, without_noise

STABLE = ["Памятка", "Заявление подают лично."]


def fetches(*lines: str, consecutive: bool = True) -> list[NoiseResult]:
    """What each fetch after the first gives; a version is stored when it is reported."""
    stored, results = [*STABLE, lines[0]], list[NoiseResult]()
    for line in lines[1:]:
        known = noise_lines(results[-1].state() if results else [], consecutive)
        results.append(without_noise(stored, [*STABLE, line], known))
        stored = stored if results[-1].only_noise else [*STABLE, line]
    return results


def reported(*lines: str, consecutive: bool = True) -> list[tuple[str, ...]]:
    return [r.added for r in fetches(*lines, consecutive=consecutive)]


def test_a_rotating_line_is_reported_once() -> None:
    quotes = [f"Мысль дня: {x}" for x in ("терпение и труд", "без труда не вытащишь рыбку", "семь раз отмерь", "тише едешь")]
    assert reported(*quotes) == [(quotes[1],), (), ()]


def test_a_change_of_the_constant_words_of_a_noisy_line_is_reported() -> None:
    lines = ["Обращений 10 из 50 мест", "Обращений 12 из 50 мест", "Обращений 17 из 50 мест", "Обращений 19 из 20 мест"]
    assert reported(*lines) == [(lines[1],), (), (lines[3],)]


def test_a_line_that_rests_between_two_changes_is_no_noise() -> None:
    assert reported("Мысль: один", "Мысль: два", "Мысль: два", "Мысль: три", consecutive=False) == [("Мысль: два",), (), ("Мысль: три",)]


def test_a_period_that_changes_twice_running_is_reported_twice() -> None:
    lines = ["Срок – 12 месяцев", "Срок – 18 месяцев", "Срок – 24 месяца"]
    assert reported(*lines) == [(lines[1],), (lines[2],)]


def test_another_line_that_changes_beside_the_noise_is_reported_alone() -> None:
    known = noise_lines(fetches("Мысль: один", "Мысль: два", "Мысль: три")[-1].state(), True)
    found = without_noise([*STABLE, "Мысль: два"], ["Памятка", "Заявление подают через портал.", "Мысль: четыре"], known)
    assert (found.removed, found.added) == (("Заявление подают лично.",), ("Заявление подают через портал.",))
