"""When a campaign does harm: how many of those who saw it did not want it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people made of a campaign, in all its versions together, since it was last (re)started."""

    shown: int
    not_now: int
    opt_outs: int
    complaints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is borne."""

    per_1000: int = 60
    least_shown: int = 100  # below that a figure says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """The figure that stopped a campaign."""

    per_1000: float
    answers: Answers

    def __str__(self) -> str:
        it = self.answers
        return (
            f"{self.per_1000:.0f} of 1,000 did not want it "
            f"({it.not_now} not now, {it.opt_outs} opt-outs, {it.complaints} complaints of {it.shown} shown)"
        )


def harm(answers: Answers) -> Harm:
    """Opt-outs, "not now" and complaints of 1,000 that were shown."""
    unwanted = answers.not_now + answers.opt_outs + answers.complaints
    return Harm(per_1000=1_000 * unwanted / answers.shown if answers.shown else 0.0, answers=answers)


def too_much(answers: Answers, limits: Limits) -> Harm | None:
    """The figure, where it is a reason to stop."""
    found = harm(answers)
    clear = answers.shown >= limits.least_shown and found.per_1000 > limits.per_1000
    return found if clear else None
