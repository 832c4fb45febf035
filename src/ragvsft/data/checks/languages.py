"""Looks for texts that are not in the dataset's language: by alphabet, and among Latin languages by their small words.

Light on purpose: it finds the page of another language in a folder, not the quotation in a page. A language that it
does not know is told apart by alphabet alone, or not at all.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from ragvsft.core.values import Dataset
from ragvsft.data.checks.finding import Finding, finding

LOOKED_AT_CHARACTERS = 2_000
FEWEST_LETTERS = 60
FEWEST_WORDS = 20
"""Below these nothing is said of a text."""
_CLEAR = 2.0
"""How many times more small words of another language than of the own one."""
_CLEAR_SHARE = 0.12
"""And of all words at least this share."""

_SMALL_WORDS = {
    "en": "the of and to in is was for that with on as by are from at his her this which be it not or has had were",
    "de": "der die und das den von zu mit ist des im für nicht auf dem ein eine als auch es sich wird sind bei oder",
    "fr": "le la les des et du dans est une pour par sur au aux qui que avec sont ce cette il elle ou plus pas",
    "es": "el la los las de y en del que por con una para es se al como su más fue son lo entre pero o",
    "it": "il di che la e del della per un una con è nel le dei si gli da alla sono come anche delle più non",
    "pt": "o de e a do da em os que para uma com no na por dos das se ao é como mais foi são não ou",
    "nl": "de het een van en in is op te dat voor met zijn door die ook aan werd niet bij of naar uit als",
    "sv": "och i att det som en är av på för till den med ett har de var om inte från eller vid sin blev",
    "da": "og i at det som en er af på for til den med et har de var om ikke fra eller ved sin blev",
    "nb": "og i at det som en er av på for til den med et har de var om ikke fra eller ved sin ble",
    "fi": "ja on ei se että oli hän mutta myös ovat kun joka sen tai kuin hänen mukaan vuonna ole jossa",
    "pl": "i w na z się że do nie jest to o jak po przez od za dla są był oraz jego przy ale czy",
    "cs": "a v na se je že s z do o i jako pro by byl to ve jsou od po za které při nebo také",
    "tr": "ve bir bu için ile olarak da de en olan daha çok gibi kadar sonra ise olan tarafından ya her",
    "ro": "și în de la a cu pe care din este un o pentru că sunt au mai fost prin sau ca nu după",
    "hu": "a az és hogy nem is egy ez volt meg de csak már el mint még ki vagy van után majd",
    "id": "dan yang di dari dengan untuk pada ini dalam adalah itu oleh tidak sebagai atau juga ke akan telah",
    "vi": "và của là có được trong các cho một không với những này đã người từ khi đến để về",
}
_SCRIPTS = {
    "LATIN": "",
    "CYRILLIC": "ru uk bg sr mk be kk",
    "GREEK": "el",
    "ARABIC": "ar fa ur ps",
    "HEBREW": "he yi",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "bn as",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "HANGUL": "ko",
    "CJK": "zh ja yue",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
_SCRIPTS_OF: dict[str, set[str]] = {}
for _script, _languages in _SCRIPTS.items():
    for _language in _languages.split():
        _SCRIPTS_OF.setdefault(_language, set()).add(_script)
for _language in _SMALL_WORDS:
    _SCRIPTS_OF[_language] = {"LATIN"}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
_WORD = re.compile(r"[^\W\d_]+")


def other_languages(dataset: Dataset) -> Finding | None:
    """Versions that are clearly in another language or alphabet than the dataset says."""
    found = (
        (document.doc_id, other)
        for document in dataset.documents
        if (other := other_language(document.text, dataset.language)) is not None
    )
    return finding(
        "warning",
        "other_language",
        f"versions that are not in the dataset's language ({dataset.language})",
        (f"{doc_id}: {other}" for doc_id, other in found),
        len(dataset.documents),
    )


def other_language(text: str, language: str) -> str | None:
    """What a text is written in when that is clearly not the language given (a code such as en or pt-BR), or None."""
    own = re.split(r"[-_]", language.lower())[0]
    text = text[:LOOKED_AT_CHARACTERS]
    script = None if text.isascii() else _script_of(text)
    expected = _SCRIPTS_OF.get(own)
    if script is not None and script != "LATIN":
        return None if expected is None or script in expected else f"{script.capitalize()} script"
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < FEWEST_WORDS:
        return None
    if expected is not None and "LATIN" not in expected:
        return "Latin script"
    if own not in _SMALL_WORDS:
        return None
    counts = _small_words(words)
    likely = max(counts, key=lambda code: counts[code], default=own)
    clear = counts[likely] >= _CLEAR_SHARE * len(words) and counts[likely] >= _CLEAR * max(1, counts[own])
    return likely if clear and likely != own else None


def _small_words(words: Iterable[str]) -> Counter[str]:
    return Counter(code for word in words for code in _LANGUAGES_OF.get(word, ()))


def _script_of(text: str) -> str | None:
    """The alphabet of more than half of a text's letters; None: too few letters, or a mixture."""
    letters = [char for char in text if char.isalpha()]
    if len(letters) < FEWEST_LETTERS and not any(ord(char) > 0x2E7F for char in letters):
        return None
    counts = Counter("LATIN" if char < "\u0250" else unicodedata.name(char, "").split(" ")[0] for char in letters)
    if not counts:
        return None
    script, n = counts.most_common(1)[0]
    return script if n > len(letters) / 2 else None
