"""Words of ads that indicators count, by mark and language; neutral words only.

A mark is a kind of wording. Each entry is a regular expression over the small letters of a text,
matched at word boundaries. Lists are ours where no source is named in `indicators.py`; they are
short on purpose: a word that people who advertise themselves use as often says nothing.
"""

from __future__ import annotations

from typing import Final

_WORKERS: Final = (
    r"(?:girls|ladies|women|boys|models|cleaners|helpers|staff|workers|tutors|talents)"
)

WORDING: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    # Somebody offers others: several people, a choice.
    "offers_others": {
        "en": (
            rf"our (?:\w+ )?{_WORKERS}",
            rf"(?:new|more|other|many|different|several) (?:{_WORKERS}|faces)",
            r"choose (?:from|between|among|the one)",
            r"available: ?[a-z]+, [a-z]+",
            r"(?:two|three|four|five|six|[2-9]) (?:of us|girls|ladies|women|persons) ",
            r"(?:line-?up|roster)",
        ),
        "tl": (
            r"mga (?:\w+ )?(?:babae|tao|dalaga|kasambahay|alaga|bata) (?:ko|namin)",
            r"pumili (?:lang |po |na )*(?:kayo|ka)?",
            r"marami (?:po |kaming |akong )*(?:pagpipilian|mapipili)",
        ),
        "es": (r"nuestras? (?:chicas|muchachas|trabajadoras)", r"elige entre", r"chicas nuevas"),
    },
    # Somebody arranges for others.
    "management": {
        "en": (
            r"(?:ask(?: for)?|call|text|message|contact|talk to|speak to|book (?:with|through)) "
            r"(?:the|my|our|her|their|his) "
            r"(?:manager|boss|handler|owner|driver|booker|coordinator)",
            r"i (?:manage|handle|represent|arrange|take care of) (?:the |all |her |their |my )?"
            r"(?:bookings?|schedules?|girls|ladies|them|her)",
            r"(?:bookings?|payments?|deposits?) (?:is |are |go |goes )?(?:only )?"
            r"(?:handled by|through|thru|to) (?:the |my |our )?(?:manager|boss|office|handler)",
            r"under my (?:care|management|supervision)",
            r"works? (?:for|under) (?:me|us)",
        ),
        "tl": (
            r"(?:tu?m?awag|text|kausap(?:in)?|kontak(?:in)?|message) (?:\w+ ){0,2}"
            r"(?:manager|amo|boss|handler|tagapamahala)",
            r"ako (?:po )?ang (?:may hawak|nag-?aayos|humahawak|manager)",
            r"hawak ko (?:po )?(?:sila|siya|mga)",
        ),
        "es": (r"(?:llama|escribe|habla) (?:a|con) (?:la|el|mi) (?:encargad[ao]|jef[ea])",),
    },
    # A person is spoken of, not speaking.
    "third_person": {
        "en": (
            r"(?:she|he) (?:is|has|can|will|speaks|does|works|stays|arrived|comes)",
            r"she's",
            r"(?:let|make) (?:her|him)",
            r"(?:meet|try|visit|see) (?:her|him)",
        ),
        "tl": (
            r"(?:bago|mabait|maasahan|available|magaling|sanay) (?:po |pa |na )*siya",
            r"si(?:ya|la) (?:po )?(?:ay|ang)",
            r"puntahan (?:nyo |ninyo |mo )*(?:po )?si(?:ya|la)",
        ),
        "es": (r"ella (?:es|tiene|puede|habla|viene)",),
    },
    # Somebody may not come and go as he likes.
    "restricted": {
        "en": (
            r"(?:cannot|can't|can not|not allowed to|may not|never) "
            r"(?:go out|leave|travel alone|come out|meet outside)",
            r"(?:stays?|lives?|sleeps?) (?:with us|in our (?:house|place|apartment|quarters))",
            r"in-?call only",
            r"(?:always )?(?:with|accompanied by|brought by) (?:a |the |her |our |my )?"
            r"(?:driver|escort|guard|companion)",
            r"(?:we|i) (?:keep|hold) (?:the |her |their )?(?:passports?|ids?|documents|papers)",
            r"(?:driver|guard) (?:waits|stays|will wait)",
        ),
        "tl": (
            r"(?:hindi|di|bawal)(?: po| siya| sila)* (?:pwede(?:ng)? )?(?:lumabas|umalis)",
            r"hatid[- ]?sundo",
            r"(?:stay-?in|nakatira) (?:po )?(?:sila |siya )?sa (?:amin|bahay namin)",
        ),
        "es": (r"no (?:puede|puedo) salir", r"vive(?:n)? con nosotros"),
    },
    # Somebody is sought to be advertised.
    "recruitment": {
        "en": (
            r"(?:now )?hiring",
            r"(?:we are|we're|i am|i'm) (?:looking for|recruiting) (?:\w+ ){0,2}"
            rf"(?:{_WORKERS}|applicants)",
            r"no experience (?:is )?(?:needed|required|necessary)",
            r"free (?:board and lodging|accommodation|lodging|place to stay)",
            r"(?:big|high|easy|fast|daily) (?:income|earnings|pay|salary)",
            r"(?:work|job|opportunity) abroad",
            r"(?:we|i) (?:will )?(?:pay|cover|advance) (?:for )?(?:the |your )?"
            r"(?:tickets?|visa|fare|travel)",
        ),
        "tl": (
            r"naghahanap (?:po )?(?:kami|ako) ng (?:mga )?(?:babae|dalaga|bagong tao|aplikante)",
            r"(?:malaki|mataas) ang (?:kita|sahod|bayad)",
            r"libre(?:ng)? (?:tirahan|pagkain at tirahan|board and lodging|pamasahe)",
            r"kahit walang (?:experience|karanasan)",
        ),
        "es": (
            r"buscamos (?:chicas|muchachas|personal)",
            r"sin experiencia",
            r"buen(?:os)? ingresos",
        ),
    },
    # A person says that he is passing through.
    "touring": {
        "en": (
            r"(?:visiting|passing through|touring|on tour)",
            r"(?:here|in town|in the city|available) (?:only )?(?:until|till) "
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)day",
            r"(?:just|newly) arrived",
            r"new in town",
            r"(?:leaving|last (?:day|night)s?) (?:on |this |soon|here)",
            r"(?:this|next) (?:week|weekend|month) (?:only|i am in|i'm in|i will be in)",
            r"next stop",
        ),
        "tl": (
            r"(?:bumibisita|dumadalaw)",
            r"(?:bagong|kararating) (?:dating|lang)",
            r"hanggang \w+ lang ako",
        ),
        "es": (r"de paso", r"solo esta semana", r"recien llegada"),
    },
    # A business says that it is one.
    "agency": {
        "en": (
            r"agency",
            r"(?:fully |duly )?(?:licen[sc]ed|accredited|bonded|insured)",
            r"registered (?:\w+ ){0,2}(?:agency|company|business|firm|provider|with|at)",
            r"(?:dti|sec|dole|poea|bir) (?:reg|registered|permit|licen[sc]ed?|no\.?|accredited)",
            r"permit (?:no|on|number)",
            r"(?:business|mayor'?s) permit",
            r"(?:official|issues?|gives?|with) (?:or |official )?receipts?",
            r"(?:our|main|head) office (?:is |at |in |hours)",
            r"(?:company|corporation|incorporated|\binc\b|co\.? ltd)",
        ),
        "tl": (r"(?:may )?lisens(?:ya|yado)", r"rehistrado", r"ahensya", r"may resibo"),
        "es": (r"agencia (?:con licencia|registrada)?", r"empresa registrada"),
    },
    # A text is about others' ads.
    "directory": {
        "en": (
            r"(?:reviews (?:of|from|by|on)|reviewed|rated|ratings?|feedback)",
            r"(?:[0-9]|one|two|three|four|five) (?:out )?of (?:5|10|five|ten)",
            r"(?:directory|listings?|(?:full |the )?list of|top (?:5|10|20|ten|five)|compare)",
            r"(?:i|we) (?:visited|tried|tested|reviewed)",
        ),
        "tl": (r"(?:listahan|direktoryo)", r"(?:sinubukan|nasubukan) (?:ko|namin)"),
        "es": (r"(?:resenas?|reseñas?|directorio|calificacion)",),
    },
}
"""Mark → language → patterns (regular expressions over small letters)."""

# Emoji that a published list reads as a word for somebody young (Whitney 2018). Each is also plain
# decoration, so none counts where many here use it, and one alone never puts a lead first.
YOUTH_CODES: Final = {"💗": "growing heart", "🍒": "cherries", "🌸": "cherry blossom"}

# Numbers below 18 in words, as ages are told.
AGE_WORDS: Final = {
    "en": {
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
        "sixteen": 16, "seventeen": 17, "eighteen": 18,
    },
    "tl": {
        "labing-isa": 11, "labingisa": 11, "labindalawa": 12, "labing-dalawa": 12,
        "labintatlo": 13, "labing-tatlo": 13, "labing-apat": 14, "labingapat": 14,
        "labinlima": 15, "labing-lima": 15, "labing-anim": 16, "labinganim": 16,
        "labimpito": 17, "labing-pito": 17, "labingpito": 17, "labinpito": 17,
        "labing-walo": 18, "labingwalo": 18, "labinwalo": 18,
        "trese": 13, "katorse": 14, "kinse": 15, "disisais": 16, "disi-sais": 16, "disisiete": 17,
        "disisyete": 17, "disi-siete": 17, "disi-syete": 17, "disiotso": 18, "disi-otso": 18,
    },
    "es": {
        "trece": 13, "catorce": 14, "quince": 15, "dieciséis": 16, "dieciseis": 16,
        "diecisiete": 17, "dieciocho": 18,
    },
}  # fmt: skip

_SCHOOL: Final = (
    r"(?:(?:in |a |an |from )?(?:grade|gr\.?|year) ?(?:[6-9]|1[0-2])|(?:in |a |an )?"
    r"(?:junior |senior )?(?:high ?school|highschool)|(?:in |a )?(?:jhs|shs)|(?:in )?middle school)"
)
_NOT_A_PUPIL: Final = (
    r"(?! ?(?:teacher|tutor|graduate|grad\b|level|math|subject|lesson|diploma|teaching|pupils|"
    r"students|and up|building|near|until))"
)
_SELF: Final = r"(?:i am|i'm|im|she is|she's|shes|he is|he's|she|he)"
# Wording that implies an age under 18 of the person advertised.
YOUTH: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        rf"{_SELF} (?:only |just |still |currently )*(?:studying )?{_SCHOOL}{_NOT_A_PUPIL}",
        rf"still {_SCHOOL}{_NOT_A_PUPIL}",
        rf"{_SELF} (?:only |just |still )*(?:a minor|underage|under age|under 18|below 18)",
        r"(?:have|has|got|offer|new) (?:(?!no |not |never )\w+ ){0,2}"
        r"(?:minors|underage|schoolgirls?|under 18s?)",
        r"after (?:my|her|his) (?:classes|school)(?= )",
    ),
    "tl": (
        r"(?:estudyante|student) (?:po |pa |lang |ako |siya )*(?:ng |sa |in )?"
        r"(?:high ?school|grade ?(?:[6-9]|1[0-2]))",
        r"(?:nasa |naka-?)?grade ?(?:[6-9]|1[0-2]) (?:pa|pa lang|palang) (?:po )?(?:ako|siya)",
        r"menor de edad (?:pa )?(?:po )?(?:ako|siya)",
    ),
    "es": (
        r"(?:soy|es) menor de edad",
        r"(?:estoy|esta|está) en (?:la )?(?:secundaria|prepa(?:ratoria)?)",
        r"(?:soy|es) (?:una |un )?estudiante de (?:secundaria|preparatoria)",
    ),
}
# Not yet 18, said of the person advertised: an age under 18 is stated.
NOT_YET_18: Final = (
    r"(?:turning|turns|almost|nearly|not yet|soon to be|about to be) (?:18|eighteen)",
    r"(?:wala pang|mag-?|malapit nang? mag-?|magiging) ?(?:18|disiotso|labing-?walo)",
    r"(?:casi|aun no tengo|todavia no tengo) (?:18|dieciocho)",
)
# Where one of these stands right before, the wording keeps the young away.
KEEPS_AWAY: Final = (
    r"(?:\bno|\bnot|\bnever|\bnone|n't|\bwithout|\bbawal|\bhindi|\bwalang|\bwala|\bdi|\bsin|\bnada|"
    r"\bprohibid[oa]|\bif you are|\bif you're|\bunless|\banyone|\bnobody|\bany)\b[^.!?\n]{0,28}$"
)
