"""Benign sentences by language; the second half of each list was held out from the word lists."""

from __future__ import annotations

from typing import Final

# In each list the first half was looked at while the word lists were written. The second half
# was not: it says how the lists do on sentences they have not met.
SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Bright room for rent close to the station.",
        "I teach maths to children in the evening.",
        "We clean offices and houses every week.",
        "Please call me before you come.",
        "The kitchen is shared with two other people.",
        "Deep cleaning of your carpet and sofa.",
        "Lessons are online or at your home.",
        "Rent includes water and electricity.",
        "No smoking and no pets in the house.",
        "She has been cleaning for ten years.",
        "Fresh towels and linen are provided.",
        "You can move in next month.",
        # held out
        "Our flat has a lovely view over the river.",
        "My students passed their exams last year.",
        "Windows washed inside and outside.",
        "There is a bus stop right outside the door.",
        "Ask about discounts for longer stays.",
        "Patient tutor with good references.",
        "It takes five minutes to walk to the beach.",
        "I bring my own mop and bucket.",
        "Guests have their own bathroom.",
        "Homework help after school on weekdays.",
        "This is a quiet street with free parking.",
        "Send a message if you want to see it.",
    ),
    "tl": (
        "May kwarto po kaming paupahan malapit sa palengke.",
        "Nagtuturo ako ng math sa mga bata.",
        "Naglilinis po kami ng bahay at opisina.",
        "Tumawag lang po kayo kung interesado.",
        "Malinis at tahimik ang lugar namin.",
        "Kasama na ang tubig at kuryente sa upa.",
        "Pwede po kayong lumipat sa susunod na buwan.",
        "Hindi pwede ang maingay dito.",
        "Matiyaga siyang magturo sa mga estudyante.",
        "Mura lang ang singil namin kada araw.",
        "Sampung taon na akong naglalaba.",
        "Maraming salamat po sa inyong lahat.",
        # held out
        "Maluwag ang silid at may sariling banyo.",
        "Tutulungan ko ang anak ninyo sa takdang aralin.",
        "Kami na po ang bahala sa mga gamit.",
        "Nasa tabi lang ng simbahan ang bahay.",
        "Huwag na kayong mag-alala sa linis.",
        "Dalawang tao lang ang pwedeng tumira.",
        "Tuwing Sabado ako pumupunta sa bahay ng bata.",
        "Wala pong bayad ang unang aralin.",
        "Magaling siya sa pagbasa at pagsulat.",
        "Libre ang pagtingin ng kwarto anumang oras.",
        "Hinahanap namin ang mabait na kasama.",
        "Maaga kaming dumarating at maayos magtrabaho.",
    ),
    "ceb": (
        "Naa mi kwarto nga pwede abangan duol sa merkado.",
        "Motudlo ko og math sa mga bata.",
        "Manglimpyo mi og balay ug opisina.",
        "Tawag lang mo kung interesado mo.",
        "Limpyo ug hilom ang among lugar.",
        "Apil na ang tubig ug suga sa abang.",
        "Pwede na mo mobalhin sa sunod bulan.",
        "Dili pwede ang saba dinhi.",
        "Barato ra kaayo ang among bayad.",
        "Napulo na ko ka tuig nga nanglaba.",
        "Daghang salamat kaninyong tanan.",
        "Asa man ka nagpuyo karon?",
        # held out
        "Dako ang lawak ug naay kaugalingong banyo.",
        "Tabangan nako imong anak sa assignment.",
        "Kami nay bahala sa inyong mga butang.",
        "Tapad ra sa simbahan ang balay.",
        "Ayaw mo kabalaka sa among trabaho.",
        "Duha ra ka tawo ang makapuyo.",
        "Kada Sabado ko moadto sa balay sa bata.",
        "Walay bayad ang unang leksyon.",
        "Maayo siya motudlo og basa.",
        "Libre ra ang pagtan-aw sa kwarto.",
        "Nangita mi og buotan nga kauban.",
        "Sayo mi moabot ug hapsay motrabaho.",
    ),
    "es": (
        "Se alquila habitación cerca de la estación.",
        "Enseño matemáticas a niños por la tarde.",
        "Limpiamos casas y oficinas cada semana.",
        "Llámame antes de venir, por favor.",
        "La cocina es compartida con otra persona.",
        "El precio incluye agua y luz.",
        "Doy clases de inglés en tu casa.",
        "No se permite fumar en el piso.",
        "Tengo diez años de experiencia limpiando.",
        "Puedes mudarte el próximo mes.",
        "Somos una familia muy tranquila.",
        "Muchas gracias a todos.",
        # held out
        "Nuestro cuarto tiene baño propio y mucha luz.",
        "Ayudo a tu hijo con los deberes.",
        "Traigo mis propios productos de limpieza.",
        "La casa está al lado de la iglesia.",
        "Pregunta por descuentos para estancias largas.",
        "Busco una compañera ordenada y amable.",
        "Los sábados doy clase de guitarra.",
        "La primera lección es gratis.",
        "Hay una parada de autobús en la puerta.",
        "Lavamos ventanas por dentro y por fuera.",
        "Es un barrio seguro con buenas tiendas.",
        "Si quieres verlo, mándame un mensaje.",
    ),
    # Two languages in one sentence: Taglish and Bislish.
    "mixed": (
        "Hello po, the room is available na for two people.",
        "May sariling bathroom po and the kitchen is shared.",
        "Text me lang po if you want to see the place.",
        "Naglilinis po kami ng house and office every week.",
        "For rent po ang room namin with aircon.",
        "We can start na po sa Monday kung ready na kayo.",
        "The price is negotiable naman po for long stay.",
        "Naa mi room for rent with own bathroom, duol sa school.",
        "Pwede ra mo mo-visit anytime, just text me daan.",
        "Our cleaners are buotan kaayo ug always on time.",
        # held out
        "Please call me po para sa details ng lessons.",
        "You can visit the unit kahit anong araw po.",
        "Ang tutor namin is very patient with the kids.",
        "Free po ang first lesson for new students.",
        "Don't worry po kasi we have our own tools.",
        "Malapit lang sa mall and the bus terminal is near din.",
        "I am looking for a roommate na mabait at malinis.",
        "The house is dako kaayo and good for families.",
        "Message lang mo if you want a schedule karong week.",
        "We will clean your balay ug opisina with care.",
    ),
    "other": (
        "Schöne Wohnung mit Balkon, nicht weit vom Park.",
        "Je donne des cours de piano dans votre maison.",
        "Wir putzen jede Woche die Fenster und die Küche.",
        "Belle chambre avec vue sur le jardin.",
        # held out
        "Das Zimmer ist ruhig und sehr hell.",
        "Nous cherchons une personne calme pour la chambre.",
        "Сдаётся светлая комната рядом с парком.",
        "安静的房间出租，靠近车站。",
    ),
    "none": ("12345", "😀✨", "⟦phone⟧ ⟦name⟧", "--- *** ---", "", "500/700", "!!!", "⟦url⟧ 24/7"),
}


def sentences(held_out: bool) -> list[tuple[str, str]]:
    """(sentence, language) of one half of every list."""
    return [
        (sentence, language)
        for language, said in SENTENCES.items()
        for sentence in (said[len(said) // 2 :] if held_out else said[: len(said) // 2])
    ]
