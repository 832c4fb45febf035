"""Looks for patterns of personal data: e-mail, telephone, bank account and card numbers. Never shows one whole.

A pattern is no proof: it says where to look before a dataset is passed on or trained on.
"""

import re
from collections.abc import Iterable, Iterator

from ragvsft.core.values import Dataset
from ragvsft.data.checks.finding import Finding, finding

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_RUN = re.compile(r"(?<![\w.,+-])\+?\(?\d[\d ().\u00a0\u2011/-]{7,30}\d(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_NATIONAL = re.compile(r"\(?[2-9]\d\d\)?[ .-][2-9]\d\d[ .-]\d{4}|0\d{1,4}[ /-]\d{3,4}[ -]?\d{3,5}")
_GROUPED = re.compile(r"\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")
_RESERVED = re.compile(
    r"@(?:[\w-]+\.)*example\.(?:com|org|net|edu)$|\.(?:example|invalid|test|localhost)$", re.IGNORECASE
)


def personal_data(dataset: Dataset) -> Finding | None:
    """Documents and questions in which something looks like personal data, the first of each kind, masked."""
    n_texts = len(dataset.documents) + len(dataset.questions)
    return finding(
        "warning",
        "personal_data",
        "texts with what looks like an e-mail address or a telephone, account or card number",
        (
            f"{where}: {', '.join(shown)}"
            for where, text in _texts(dataset)
            if (shown := [f"{kind} {mask(value)}" for kind, value in patterns(text)])
        ),
        n_texts,
    )


def patterns(text: str) -> Iterator[tuple[str, str]]:
    """The first of each kind that a text holds: kind and what stands there.

    Card numbers hold their check digit (Luhn, ISO/IEC 7812-1), account numbers theirs (mod 97, ISO 13616). Addresses of
    domains that are reserved for examples (RFC 2606) are nobody's, nor are telephone numbers that begin with 555.
    """
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _RESERVED.search(found.group()):
                yield "e-mail address", found.group()
                break
    if sum(map(text.count, "0123456789")) < 9:
        return
    iban = next((found.group() for found in _IBAN.finditer(text) if is_iban(found.group())), None)
    if iban:
        yield "account number", iban
    kinds: set[str] = set()
    for found in _RUN.finditer(text):
        kind = _number_kind(found.group())
        if kind and kind not in kinds and not (iban and found.group() in iban):
            kinds.add(kind)
            yield kind, found.group()


def mask(value: str) -> str:
    """What is left to recognise a value by: its first character, its last, and how long it is."""
    return f"{value[0]}…{value[-1]} ({len(value)} characters)"


def is_card(digits: str) -> bool:
    """Whether 13 to 19 digits begin like a payment card and hold their check digit (Luhn)."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "3456" or len(set(digits)) < 2:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether a text is an international bank account number that holds its check digits (mod 97)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _number_kind(run: str) -> str | None:
    digits = "".join(char for char in run if char.isdigit())
    if digits.lstrip("0").startswith("555") or digits[-7:-2] == "55501":
        return None
    if _GROUPED.fullmatch(run) and is_card(digits):
        return "card number"
    if run.startswith("+") and 8 <= len(digits) <= 15:
        return "telephone number"
    return "telephone number" if _NATIONAL.fullmatch(run) else None


def _texts(dataset: Dataset) -> Iterable[tuple[str, str]]:
    for document in dataset.documents:
        yield f"document {document.doc_id}", document.text
    for question in dataset.questions:
        yield f"question {question.question_id}", "\n".join((question.question, *question.answers))
