"""Find phone numbers and bank accounts in free text, and put a word in their place.

A number alone proves nothing: order numbers, dates and barcodes are long rows of digits, too. So
`phonenumbers` says whether digits are a phone number of some region, and the checksum of an IBAN
whether letters and digits are an account. What this module does not do: names and addresses.
"""

import re
from collections.abc import Iterable, Iterator

# Where a number may be from that is written without its country, beside North America. In all of
# them it begins with 0, which keeps other rows of digits apart.
REGIONS = ("GB", "DE", "FR", "AT", "BE", "CH", "IE", "NL")
_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)")
_AREA_FIRST = re.compile(r"\(?0[1-9]\d{1,3}\)?[ /-]+\d(?:\D?\d){4,7}(?!\D?\d)")
_BEGINS_WITH_0 = re.compile(r"(?<!\d)0")
_DECIMAL = re.compile(r"0\.\d+")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_ACCOUNT_LENGTHS = range(34, 14, -1)


def mask_phones(text: str) -> str:
    """Put `<phone>` in place of phone numbers.

    A number after `+` has to be possible in its country. One without has to be written as in
    North America, or be valid and written as in one of `REGIONS`, or begin with an area code.

    >>> mask_phones("Call (555) 123-4567 or 06 12 34 56 78 about order 0045 1234 5678.")
    'Call <phone> or <phone> about order 0045 1234 5678.'
    """
    places = (place for place in _phones(text) if not _continues(text, place[0]))
    return _replaced(text, places, "<phone>")


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Places of phone numbers; the library is slow, so a pattern looks first whether it is due."""
    from phonenumbers import Leniency

    if "+" in text:
        yield from (place for place in _matches(text, None) if text[place[0]] == "+")
    # Numbers that are kept free for films and examples, such as 555, are possible and not valid.
    for pattern, region in ((_AMERICAN, "US"), (_AREA_FIRST, "GB")):
        if pattern.search(text):
            yield from (p for p in _matches(text, region) if pattern.fullmatch(text, *p))
    if _BEGINS_WITH_0.search(text):
        for region in REGIONS:
            for start, end in _matches(text, region, Leniency.STRICT_GROUPING):
                written = text[start:end]
                if written.lstrip("(").startswith("0") and not _DECIMAL.fullmatch(written):
                    yield start, end


def _matches(text: str, region: str | None, leniency: int = 0) -> Iterator[tuple[int, int]]:
    """What the library finds; with the leniency 0, all that is possible by its length."""
    from phonenumbers import PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, region, leniency=leniency):
        yield match.start, match.end


def _continues(text: str, start: int) -> bool:
    """Whether what stands before makes the number a part of something, such as `SWI-2026-0044`."""
    return start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-._#/")


def mask_accounts(text: str) -> str:
    """Put `<iban>` in place of IBANs, with spaces or without.

    >>> mask_accounts("Refund to DE89 3704 0044 0532 0130 00, please; not to DE00 1234 5678 9012.")
    'Refund to <iban>, please; not to DE00 1234 5678 9012.'
    """
    return _replaced(text, _accounts(text), "<iban>")


def _accounts(text: str) -> Iterator[tuple[int, int]]:
    from stdnum import iban

    for match in _ACCOUNT.finditer(text):
        places = [place for place in range(*match.span()) if text[place].isalnum()]
        for length in _ACCOUNT_LENGTHS:  # the pattern may have taken the next word, too
            if length > len(places):
                continue
            end = places[length - 1] + 1
            whole = end == match.end() or not text[end].isalnum()
            if whole and iban.is_valid(text[match.start() : end]):
                yield match.start(), end
                break


def _replaced(text: str, found: Iterable[tuple[int, int]], word: str) -> str:
    """The text with the word in each of the places; of places that overlap, the longest."""
    parts: list[str] = []
    done = 0
    for start, end in sorted(set(found), key=lambda place: (place[0], -place[1])):
        if start >= done:
            parts += [text[done:start], word]
            done = end
    return "".join([*parts, text[done:]])
