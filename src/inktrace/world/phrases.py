"""What the people of a world say: benign classified ads in English, Tagalog and Taglish.

Each slot of an ad has several ways to say it; an author prefers a few. `{name}`, `{age}`,
`{city}`, `{price}`, `{phone}` and `{handle}` are filled per ad. Words in `SYNONYMS` are chosen by
the author once; `SHORTENINGS` and `MISSPELLINGS` are habits with a rate.
"""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = ("rooms", "tutoring", "cleaning", "repairs", "moving", "laundry")

NAMES: Final = [
    "Marie",
    "Ana",
    "Bea",
    "Carla",
    "Dina",
    "Ella",
    "Fe",
    "Gina",
    "Hazel",
    "Ivy",
    "Joy",
    "Karen",
    "Liza",
    "Mila",
    "Nena",
    "Olive",
    "Pia",
    "Rica",
    "Sheila",
    "Tess",
    "Una",
    "Vangie",
    "Weng",
    "Yna",
    "Zeny",
    "Arnel",
    "Ben",
    "Carlo",
    "Dante",
    "Edgar",
    "Felix",
    "Gary",
    "Henry",
    "Ian",
    "Jun",
    "Kiko",
    "Leo",
    "Mario",
    "Nonoy",
    "Oscar",
    "Paolo",
    "Ramil",
    "Santi",
    "Tony",
    "Vic",
    "Willy",
    "Grace",
    "Cherry",
    "Lorna",
    "Myra",
    "Nora",
    "Rowena",
    "Salve",
    "Trina",
    "Daisy",
    "Edna",
    "Jessa",
    "Maricel",
    "Rosa",
    "Len",
    "Aileen",
    "Jona",
    "Kristine",
    "Mylene",
    "Precy",
    "Ruby",
    "Shane",
]

CITIES: Final = [
    "Manila",
    "Quezon",
    "Makati",
    "Pasig",
    "Cebu",
    "Davao",
    "Iloilo",
    "Bacolod",
    "Baguio",
    "Cavite",
    "Angeles",
    "Dagupan",
    "Naga",
    "Tacloban",
    "Butuan",
    "Zamboanga",
    "Laoag",
    "Batangas",
    "Lucena",
    "Tarlac",
]

SYNONYMS: Final = {
    "available": ("available", "avail", "open", "free", "vacant"),
    "good": ("good", "nice", "great", "fine", "excellent"),
    "clean": ("clean", "tidy", "neat", "spotless"),
    "cheap": ("cheap", "affordable", "low price", "budget", "reasonable"),
    "fast": ("fast", "quick", "speedy", "prompt"),
    "call": ("call", "phone", "ring", "contact", "reach"),
    "message": ("message", "text", "txt", "send a message", "drop a line"),
    "near": ("near", "close to", "beside", "a few steps from", "not far from"),
    "experienced": ("experienced", "skilled", "trained", "well-practised", "expert"),
    "now": ("now", "today", "right away", "at once", "anytime"),
    "house": ("house", "home", "place", "unit"),
    "very": ("very", "really", "so", "super", "quite"),
    "help": ("help", "assist", "support", "serve"),
    "work": ("work", "job", "service", "task"),
    "people": ("people", "clients", "customers", "families"),
    "price": ("price", "rate", "fee", "cost"),
    "maganda": ("maganda", "ayos", "maayos", "okay"),
    "malinis": ("malinis", "walang dumi", "linis", "malinis talaga"),
    "mura": ("mura", "abot-kaya", "tipid", "sulit"),
    "mabilis": ("mabilis", "madali", "agad", "bilis"),
    "tawag": ("tawag", "kontak", "ring", "tawag agad"),
    "malapit": ("malapit", "katabi", "lapit", "ilang hakbang"),
    "ngayon": ("ngayon", "ngayon na", "anumang oras", "araw-araw"),
}

SHORTENINGS: Final = {
    "you": ("u", "ya"), "your": ("ur", "yr"), "please": ("pls", "plz"), "and": ("&", "n"),
    "with": ("w/", "wid"), "for": ("4", "fr"), "are": ("r",), "to": ("2",), "thanks": ("thx", "tnx"),
    "because": ("bcoz", "cuz"), "per": ("/",), "hour": ("hr",), "hours": ("hrs",), "month": ("mo",),
    "ninyo": ("nyo",), "dito": ("d2", "dto"), "po": ("poh", "ho"), "lang": ("lng", "lng po"),
    "kayo": ("kau", "kyo"), "naman": ("nmn",), "kung": ("kng",), "hindi": ("di", "hnd"),
    "salamat": ("slmt", "tnx"), "mga": ("mga", "mnga"), "pwede": ("pde", "pwd"), "ako": ("aq", "me"),
    "years": ("yrs",), "room": ("rm",), "number": ("no.", "#"), "available": ("avail", "avl"),
}  # fmt: skip

MISSPELLINGS: Final = {
    "experienced": ("experinced", "expereinced"), "furniture": ("furnitures", "furnitur"),
    "appliances": ("apliances", "appliance"), "affordable": ("afordable", "affordble"),
    "convenient": ("convinient", "convenent"), "definitely": ("definately", "definetly"),
    "guaranteed": ("garanteed", "guarantee"), "professional": ("proffesional", "profesional"),
    "separate": ("seperate",), "accommodate": ("accomodate",), "schedule": ("sched", "skedule"),
    "receive": ("recieve",), "until": ("untill",), "tomorrow": ("tommorow", "tomorow"),
    "quality": ("qualty", "quallity"), "immediately": ("immediatly",), "service": ("servce",),
    "trusted": ("trusthed", "trusted 100%"), "welcome": ("wellcome", "welcom"),
}  # fmt: skip

# slot → language → ways to say it. A slot named after a category is said only in that category.
SLOTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "greeting": {
        "en": (
            "Hello everyone", "Good day", "Hi there", "Greetings to all", "Hello po", "Good day friends",
            "Looking for help with your house", "Attention please", "Hi guys", "Dear neighbours",
            "To all who need it", "Hello from {city}", "Are you looking for someone you can trust",
        ),
        "tl": (
            "Magandang araw po", "Kumusta po kayo", "Hello po sa lahat", "Magandang umaga",
            "Mga kaibigan", "Sa lahat ng nangangailangan", "Naghahanap po ba kayo",
            "Para sa mga taga {city}", "Pansin po mga kapitbahay", "Kamusta mga suki",
        ),
    },
    "rooms": {
        "en": (
            "room for rent in {city}", "bedspace available for one person",
            "we have a clean room with own bathroom", "a small studio near the market is open",
            "nice room with aircon and wifi", "sharing a house with two people, one room is available",
            "a quiet room upstairs, own key", "room with bed, cabinet and electric fan included",
        ),
        "tl": (
            "may kwarto pong paupahan sa {city}", "bakanteng kwarto malapit sa palengke",
            "paupahan malinis na kwarto may sariling banyo", "bedspace po para sa isang tao",
            "may aircon at wifi ang kwarto", "kwarto sa itaas tahimik may sariling susi",
        ),
    },
    "tutoring": {
        "en": (
            "tutor for math and science available", "I teach reading and writing to grade school pupils",
            "English lessons at your house", "piano and guitar lessons for beginners",
            "I help with homework after school", "review classes for college entrance tests",
            "patient and experienced tutor, online also", "lessons in Japanese and Korean, basic level",
        ),
        "tl": (
            "nagtuturo po ako ng math at science", "tutor sa pagbasa at pagsulat sa bahay ninyo",
            "aralin sa gitara at piano para sa baguhan", "tulong po sa takdang aralin",
            "review para sa entrance exam sa kolehiyo", "matiyagang tutor pwede rin online",
        ),
    },
    "cleaning": {
        "en": (
            "house cleaning done by {name}", "general cleaning of house and office",
            "we clean kitchens, bathrooms and windows", "weekly or one time cleaning work",
            "deep cleaning of sofa, carpet and mattress", "cleaner with own materials and tools",
            "move out cleaning, also after construction", "our cleaner {name} comes to your place",
        ),
        "tl": (
            "naglilinis po ng bahay at opisina", "linis bahay lingguhan o isang beses lang",
            "si {name} po ang maglilinis may sariling gamit", "naglilinis ng kusina banyo at bintana",
            "linis ng sofa carpet at kutson", "malinis na trabaho po galing kay {name}",
        ),
    },
    "repairs": {
        "en": (
            "repair of aircon, ref and washing machine", "we fix all kinds of appliances at your house",
            "plumbing and electrical work by {name}", "cellphone and laptop repair while you wait",
            "carpentry, painting and tiles, small or big work", "roof leak repair, free check up",
            "electric fan and rice cooker, we fix it fast", "home service technician, experienced",
        ),
        "tl": (
            "gumagawa po ng aircon ref at washing machine", "ayos ng gripo at kuryente si {name} po",
            "pagkukumpuni ng cellphone at laptop", "karpintero pintor at tubero mabilis gumawa",
            "inaayos po namin lahat ng sirang gamit sa bahay", "tulo ng bubong libre ang tingin",
        ),
    },
    "moving": {
        "en": (
            "truck for rent with two helpers", "lipat bahay, we carry and pack everything",
            "moving service anywhere in {city}", "small van for hire, airport and market trips",
            "we move pianos, beds and cabinets with care", "delivery of furniture same day",
        ),
        "tl": (
            "lipat bahay po kasama ang dalawang kargador", "paupahan ng truck at van",
            "hatid ng gamit kahit saan sa {city}", "maingat po kami sa mga gamit ninyo",
            "buhat at empake kami na po ang bahala", "delivery ng gamit sa bahay ngayon din",
        ),
    },
    "laundry": {
        "en": (
            "wash and fold, pick up and delivery", "laundry done by hand by {name}",
            "we wash clothes, curtains and blankets", "ironing work per piece or per kilo",
            "laundry shop open until late in {city}", "dry clean for gowns and suits",
        ),
        "tl": (
            "labada po kada kilo may pick up", "naglalaba at namamalantsa si {name}",
            "laba ng kumot kurtina at damit", "plantsa kada piraso o kada kilo",
            "bukas po ang labahan hanggang gabi sa {city}", "mabango at malinis na labada",
        ),
    },
    "who": {
        "en": (
            "My name is {name}, {age} years old", "{name} here, {age}", "ask for {name} ({age})",
            "I am {name} and I am {age} years old", "look for {name}, age {age}", "this is {name} {age} yo",
            "{name} will help you, {age} years of age",
        ),
        "tl": (
            "ako po si {name} {age} taong gulang", "si {name} po ito {age}", "hanapin si {name} edad {age}",
            "{name} po ang pangalan ko {age} anyos", "kausapin si {name} {age} na po",
        ),
    },
    "quality": {
        "en": (
            "good work and honest price guaranteed", "you can trust us, many happy people already",
            "very clean and fast", "professional and on time", "trusted by families since 2015",
            "we definitely give you the best quality", "no extra charge, no hidden fee",
            "satisfaction guaranteed or you pay nothing", "experienced for more than ten years",
            "careful with your things and always polite",
        ),
        "tl": (
            "maganda ang gawa at tapat sa presyo", "subok na po ng marami", "malinis at mabilis",
            "walang dagdag na bayad", "sigurado po ang kalidad", "sampung taon na sa trabaho",
            "magalang at maingat sa gamit ninyo", "hindi po kayo magsisisi",
        ),
    },
    "when": {
        "en": (
            "open monday to saturday", "available now until 9 in the evening", "weekends only please",
            "any day of the week", "mornings are better for me", "schedule is flexible",
            "we come immediately when you call", "book one day before please", "24 hours, even holidays",
            "from 8 am to 5 pm only",
        ),
        "tl": (
            "lunes hanggang sabado po", "pwede ngayon hanggang gabi", "sabado at linggo lang",
            "kahit anong araw po", "umaga po mas maganda", "magpa-schedule isang araw bago",
            "alas otso hanggang alas singko", "pwede kahit holiday",
        ),
    },
    "where": {
        "en": (
            "near {city} city hall", "we are in {city} and close by towns", "anywhere in {city}",
            "walking distance from the {city} terminal", "I live in {city} but can travel",
            "beside the big church of {city}", "around {city} area only",
        ),
        "tl": (
            "malapit sa munisipyo ng {city}", "dito lang po sa {city}", "kahit saan sa {city}",
            "katabi ng simbahan sa {city}", "taga {city} po ako pero pwede bumiyahe",
            "sa may terminal ng {city}",
        ),
    },
    "price": {
        "en": (
            "price starts at {price} pesos", "only {price} per hour", "{price} per month all in",
            "rate is {price} but we can talk", "as low as {price}", "fixed price {price}",
            "{price} pesos, discount if more than one", "just {price} for the first time",
        ),
        "tl": (
            "presyo po ay {price} piso", "{price} lang po kada oras", "{price} bawat buwan kasama na lahat",
            "mura lang {price}", "mula {price} pwede pag-usapan", "{price} po may tawad pa",
        ),
    },
    "contact": {
        "en": (
            "call or message {phone}", "text me at {phone}", "my number is {phone}", "reach us: {phone}",
            "contact {name} {phone}", "for more details please call {phone}", "cp no. {phone}",
        ),
        "tl": (
            "tumawag po sa {phone}", "text lang po sa {phone}", "ito po ang number ko {phone}",
            "kontakin si {name} {phone}", "tawag na po {phone}", "para sa detalye {phone}",
        ),
    },
    "handle": {
        "en": ("telegram {handle}", "or find me on viber {handle}", "fb messenger {handle}"),
        "tl": ("telegram po {handle}", "sa viber din {handle}", "messenger {handle}"),
    },
    "closing": {
        "en": (
            "Thank you and God bless", "Thanks", "See you soon", "Hurry while it is open",
            "You are always welcome", "Serious people only please", "No time wasters please",
            "Hope to hear from you", "First come first served", "Thanks for reading",
        ),
        "tl": (
            "Salamat po", "Maraming salamat at ingat", "Tawag na po kayo", "Hintay ko po kayo",
            "Sa seryoso lang po", "God bless po sa lahat", "Salamat sa pagbasa", "Unahan na lang po",
        ),
    },
}  # fmt: skip

EMOJI: Final = tuple("😊🙏✨🏠📱📞💯👍🌸⭐🔥✅💪🧹🔧🚚📚❤🎵🌞")
