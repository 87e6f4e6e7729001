"""The house format: how Stockwren's replies begin, cite, and end.

Pure functions from facts to text: no model writes here, so the form is right every time. Where
each reply should sound different, a tuned language model would take this step.
"""

from helpers.assistant.wording import in_plain_words, sources_of
from helpers.grounding import Answer

CLOSING = {
    "billing": "Our billing team has your message, too, and looks at your account.",
    "bug": "Our engineers have your message, too, and look into the fault.",
    "feature_request": "Our product team has your message, too, and collects wishes like yours.",
    "other": "If this does not help, answer this message and a person takes over.",
}
HANDED_OVER = "A person reads your message and answers today."
NOT_FOUND = "Our handbook does not answer this. A person looks it up and answers you."


def house_reply(category: str, answer: Answer) -> str:
    """The reply in plain words with numbered sources, or the refusal in the house format.

    Args:
        category: one of the four labels; an unknown one gets the closing of `other`.
        answer: what was read in the handbook. Citations that could not be verified get no number.
    """
    closing = CLOSING.get(category, CLOSING["other"])
    if answer.refused or not answer.text.strip():
        return f"Hello,\n\n{NOT_FOUND}\n\n{closing}\n\nYour Stockwren support"
    sources = sources_of(answer)
    cited = "\n".join(f"[{number}] {source}" for number, source in enumerate(sources, start=1))
    from_us = "our handbook says:" if sources else "this is what we found, without proof:"
    parts = [
        "Hello,",
        f"{from_us}\n{in_plain_words(answer)}",
        cited,
        closing,
        "Your Stockwren support",
    ]
    return "\n\n".join(part for part in parts if part)


def handed_over() -> str:
    """The reply when the triage was not sure enough: a person decides."""
    return f"Hello,\n\n{HANDED_OVER}\n\nYour Stockwren support"
