"""What each cure costs a month. Prices are what you type in; the course claims none.

Tokens are the unit in which services count text, about three quarters of an English word each.
What this module leaves out: people's time, which is usually the larger part. Lesson 06 names it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens, in your currency, from your vendor's price page of today.

    `tuned_input` and `tuned_output` are for asking a tuned model, which is often dearer than its
    base; `training` is for each token seen in training, epochs counted.
    """

    input: float = 0.0
    output: float = 0.0
    tuned_input: float = 0.0
    tuned_output: float = 0.0
    training: float = 0.0
    embedding: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value >= 0:
                raise ValueError(f"{name} is {value}; a price is 0 or more")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a month looks like, in questions and tokens.

    `context` is what retrieval adds to a question. `changes` is how often a month knowledge
    changes: each time retrieval embeds `changed` tokens again, and training starts over with
    `trained` tokens.
    """

    questions: float
    question: float
    context: float
    answer: float
    changes: float
    changed: float
    trained: float


@dataclass(frozen=True, slots=True)
class MonthlyCosts:
    """Money a month, split into asking and keeping up to date."""

    asking: float
    updating: float

    @property
    def total(self) -> float:
        return self.asking + self.updating


def retrieval_costs(usage: Usage, prices: Prices) -> MonthlyCosts:
    """Retrieval pays for longer questions, and for embedding what changed.

    >>> usage = Usage(1000, question=50, context=950, answer=100, changes=2, changed=500, trained=0)
    >>> retrieval_costs(usage, Prices(input=1.0, output=4.0, embedding=1.0))
    MonthlyCosts(asking=1.4, updating=0.001)
    """
    tokens_in = usage.questions * (usage.question + usage.context)
    tokens_out = usage.questions * usage.answer
    asking = (tokens_in * prices.input + tokens_out * prices.output) / 1e6
    return MonthlyCosts(asking, usage.changes * usage.changed * prices.embedding / 1e6)


def tuning_costs(usage: Usage, prices: Prices) -> MonthlyCosts:
    """A tuned model is asked without context, and trained anew whenever something changes.

    >>> usage = Usage(1000, question=50, context=950, answer=100, changes=2, changed=0, trained=1e5)
    >>> tuning_costs(usage, Prices(tuned_input=2.0, tuned_output=8.0, training=10.0))
    MonthlyCosts(asking=0.9, updating=2.0)
    """
    tokens_in = usage.questions * usage.question
    tokens_out = usage.questions * usage.answer
    asking = (tokens_in * prices.tuned_input + tokens_out * prices.tuned_output) / 1e6
    return MonthlyCosts(asking, usage.changes * usage.trained * prices.training / 1e6)
