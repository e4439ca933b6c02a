"""Which language an ad and each of its sentences is in, by little words and endings."""

from __future__ import annotations

import re
from typing import Final

from inktrace.authors.repair import folded

_MARK: Final = re.compile(r"⟦[a-z]{1,12}⟧")
_WORD: Final = re.compile(r"[^\W\d_]+")
# A sentence ends at its mark and a space, at a line's end, and at the bars and dots of lists.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s|(?<=[。！？])|[\n|•]")

# Words that two languages here share stand in both lists, but none that English shares with
# another: "at", "may", "so", "me" and "no" would mislead.
_WORDS: Final[dict[str, str]] = {
    "en": """
        the and for with you your is are am be was were have will can we our us my it its this that
        of to from or not all please call text available in by an more than only new good here who
        what when where need want help any best very just out get if do does looking they their them
        she her his him there near close each every before after month week day night year years
        time home house room rent clean cleaning which into about over under up send message see
        would like has had been but also first two three free long stay people own""",
    "tl": """
        ang mga po ako ikaw kayo kami tayo sila siya ko mo niya namin natin nila inyo nyo ninyo ng
        nang sa si ni kay ay na din rin lang naman kung hindi wala walang mayroon meron dito diyan
        doon ito iyan iyon para pwede pwedeng salamat maraming kahit lahat isa gusto bago araw taong
        anyos pa ba daw raw tawag bawat kada ating aming aking iyong inyong kanilang kanya akin amin
        natin nasa galing hanggang tuwing huwag opo oho siguro talaga sobra masyado kasi dahil pero
        kasama mula noon ngayon bukas kahapon mabuti maganda malapit malinis bahay kwarto silid
        ilang sino ano saan kailan bakit paano upang habang mas pinaka lamang muna pala nga ka kita
        atin ayon bayad libre bata anak tao dalawa dalawang tatlo tatlong sampung sariling
        anumang""",
    "ceb": """
        ang mga og ug nga sa si ni kay ra lang na pa mo mi ko ka kami kita sila siya ako ikaw naa
        naay adto dinhi diha didto kini kana kadto niini niana unsa unsay asa kanus ngano giunsa
        kinsa pila dili wala walay ayaw karon karong ugma gahapon unya kaayo gyud jud gihapon usab
        pud bitaw nako nimo niya namo nato ninyo nila akong imong iyang among atong inyong ilang
        kanako kanimo kaniya kanamo kaninyo kanila daghan daghang daghanong salamat palihug maayo
        maayong dako gamay gamayng duol layo balay tanan matag kada pwede para pero kung kon alang
        gikan hangtod sulod gawas taas ubos tapad barato mahal buotan limpyo hilom tuig bulan adlaw
        semana napulo duha tulo lawak tawo bata anak kauban butang trabaho bayad libre sayo ka
        bahala abang daan""",
    "es": """
        el la los las un una unos unas del al que por con para como pero más muy está están estoy
        soy eres es son somos tengo tiene tienen tienes hay hola aquí y en de se su sus tu tus mi
        mis nuestro nuestra nuestros nuestras cada todo toda todos todas si sí ya también donde
        cuando quien porque sin sobre entre hasta desde lo le les nos te gracias por favor casa
        casas puedes puede quiero quiere busco ofrezco doy año años día días mes semana precio agua
        luz otra otro persona personas mucho mucha muchas muchos buena bueno buenas este esta estos
        esa ese eso cerca antes después hacer ser estar muy piso cuarto libre""",
    "other": """
        der die das und ist nicht mit für ein eine einen dem den des im am zum zur von bei auf wir
        ihr ich sie er uns sehr auch oder jede jeden ist sind haben le les des du et est pas pour
        avec une dans vous nous je il elle notre votre sur au aux chez très sans être il lo gli di
        che per non con sono una della nel os um uma não com em dos das muito você de het een niet
        voor met op zijn yang dan di untuk dengan ada""",
}
_SHARED_WITH_ENGLISH: Final = frozenset("den die am an as do so us on".split())
# Beginnings and endings that hint at a language where the word itself is not known.
_HINTS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "tl",
            r"(?:nag|naka|naki|pinaka|napaka|ipag|kina|mag|pag|tuma|puma|pumu|tutu)\w{3,}\Z"
            r"|\w{4,}(?:hin|han)\Z",
        ),
        ("tl", r"(?:mag|pag|ma|ka|na|pinag|i)[bkdghlmnprstwy][aiu]\w{2,}ng?\Z"),
        (
            "ceb",
            r"(?:mo|mi|mu|gi|gina|nang|manga?|mang|mag|pag|makap?|ka)"
            r"[bkdghlmnprstwy]?[aiou]\w{2,}\Z",
        ),
        (
            "es",
            r"\w*(?:ñ|ción|ciones|dad|mente|amos|emos|imos|ando|iendo|illa|ita|ito|ías?"
            r"|[áéíóú]\w{0,2})\w?\Z",
        ),
        (
            "en",
            r"\w{2,}(?:ing|tion|tions|ed|ment|ness|able|ful|ly|ous|th|ght|sh|ck|ee|oo|ies|ers?)\Z",
        ),
        ("other", r"\w*(?:ß|ö|ä|ü|œ|ç|ê|è|û|ã|õ|sch|ung|lich|eux|eau)\w*\Z"),
    )
)
_NAMES: Final = tuple(_WORDS)
_BITS: Final = 32  # a field a language, and one for the number of words: no ad has 2³¹ words
_FIELD: Final = (1 << _BITS) - 1
_KNOWN, _HINTED = 2, 1
_MOST_WORDS_KEPT: Final = 200_000
_MIXED_FROM, _MIXED_TO = 0.2, 0.8


def language_of(text: str) -> str:
    """The language of a text: en, tl, ceb, es, taglish, mixed, other, or none without words.

    "taglish" is English with Tagalog, in one sentence or in several; "mixed" any other two.
    Notes: a guess by little words; wrong on a few words and on names. A text in a language that
    is not known here is "other".
    """
    return _named(sum(_evidence(part) for part in _sentences(text)))


def sentence_languages(text: str) -> list[tuple[str, str]]:
    """Each sentence of a text, in order, with its language as in `language_of`."""
    return [(part, _named(_evidence(part))) for part in _sentences(text)]


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


class _Table(dict[str, int]):
    """Lower-case word → its evidence, packed; one field a language and one that counts words."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS_KEPT:
            self.clear()
            self.update(_LISTED)
        self[word] = evidence = _word_evidence(word)
        return evidence


def _listed() -> dict[str, int]:
    listed: dict[str, int] = {}
    for place, name in enumerate(_NAMES):
        for word in set(_WORDS[name].split()):
            if name == "en" or word not in _SHARED_WITH_ENGLISH:
                listed[word] = listed.get(word, 0) + (_KNOWN << (_BITS * (place + 1)))
    return {word: evidence + 1 for word, evidence in listed.items()}


def _word_evidence(word: str) -> int:
    if max(word) > "\u024f":
        # Cyrillic letters for Latin ones are a disguise; a word that stays foreign is one.
        plain = folded(word)[0].lower()
        if plain and max(plain) <= "\u024f":
            return _LISTED.get(plain) or _word_evidence(plain)
        return 1 + (_KNOWN << (_BITS * (_NAMES.index("other") + 1)))
    if len(word) <= 24:
        hinted = {_NAMES.index(name) for name, hint in _HINTS if hint.match(word)}
        return 1 + sum(_HINTED << (_BITS * (place + 1)) for place in hinted)
    return 1


_LISTED: Final = _listed()
_TABLE: Final = _Table(_LISTED)


def _evidence(sentence: str) -> int:
    words = _WORD.findall(_MARK.sub(" ", sentence).lower())
    return sum(map(_TABLE.__getitem__, words))


def _named(evidence: int) -> str:
    words = evidence & _FIELD
    if not words:
        return "none"
    counts = [evidence >> (_BITS * (place + 1)) & _FIELD for place in range(len(_NAMES))]
    english, natives = counts[0], counts[1:]
    most = max(natives)
    if english + most == 0:
        return "other" if words >= 3 else "en"
    native = _NAMES[1 + natives.index(most)]
    share = most / (english + most)
    if share < _MIXED_FROM:
        return "en"
    if share > _MIXED_TO:
        return native
    return "taglish" if native == "tl" else "mixed"
