"""When a lesson is complete. TEMP: this is `shrdlu_env.curriculum.lesson_complete`, to be imported from there."""


def lesson_complete(score: float, threshold: float) -> bool:
    """Whether the score of a gate's check reaches the threshold."""
    return bool(score >= threshold)
