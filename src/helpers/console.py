"""Start a command so that it can print anywhere, and so that a wrong setting is one sentence.

Windows gives redirected output an encoding of the last century, which has no `✓` and no `→`.
What this module does not do: change the encoding, as the program that reads the output expects
that one.
"""

import codecs
import sys
import unicodedata
from collections.abc import Callable

from helpers.settings import SettingsError

STAND_INS = {"✓": "+", "✗": "x", "○": "o", "→": "->", "…": "...", "—": "-", "–": "-", "−": "-"}


def run(main: Callable[[], int]) -> int:
    """The exit status of a command, whose output is fit for wherever it goes.

    >>> run(lambda: 0)
    0
    """
    print_anywhere()
    try:
        return main()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


def print_anywhere() -> None:
    """Have characters that the output cannot hold replaced, instead of an end with an error."""
    for stream in (sys.stdout, sys.stderr):
        # A notebook's stream and None, as pythonw has it, know no such thing and need none.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_HANDLER)


def stand_in(text: str) -> str:
    """The text in plain ASCII: what is alike where there is something, else a question mark.

    >>> stand_in("✓ café → 3 €")
    '+ cafe -> 3 ?'
    """
    return "".join(_one(character) for character in text)


def _one(character: str) -> str:
    if character.isascii():
        return character
    alike = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return STAND_INS.get(character) or alike or "?"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return stand_in(error.object[error.start : error.end]), error.end


_HANDLER = "helpers.stand_in"
codecs.register_error(_HANDLER, _replace)
