"""The people of the demo: invented names, and numbers that are reserved for fiction.

The ranges are those that regulators keep free for films and books and that libphonenumber calls valid: 555-0100 to
0199 of each North American area code, Ofcom's, ACMA's, ARCEP's, the Bundesnetzagentur's and PTS's drama numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from random import Random
from typing import TypeVar

from msgspec import Struct

from sent_tui.core.channel import Channel

MOST = 1500
"""People that the reserved ranges are asked for at most."""


class Person(Struct, frozen=True):
    """Somebody invented, and what became of them at the support desk."""

    number: str
    """E.164."""
    name: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    messages: int = 0
    """How many messages were sent to the person, as far as a channel was open."""
    minutes_ago: int | None = None
    """When the last of them was sent; None leaves it to chance."""
    opted_out: bool = False
    came_back: bool = False
    """Opted out once, and in again."""
    pinned: Channel | None = None
    """A default channel that a person chose."""
    detected: bool = True

    @property
    def is_served(self) -> bool:
        """Whether a busy desk writes more often; those to practise with are left alone."""
        return "practice" not in self.tags


CAST = (
    Person("+14155550123", "Ada Okafor", ("vip",), "Night shift until seven. Prefers WhatsApp.", 8, 2),
    Person("+17875550142", "Adrián Peña", ("billing",), "Invoices to the office in San Juan.", 3, 26),
    Person("+46701740635", "Agnes Holmqvist", ("beta",), "", 4, 61),
    Person("+442079460318", "Aisha Rahman", ("wholesale",), "Buys for four shops.", 4, 94),
    Person("+18095550126", "Alejandro Batista", ("trial",), "", 4, 190),
    Person("+13405550161", "Amara Baptiste", ("vip", "wholesale"), "Ask for the warehouse key code.", 5, 340),
    Person("+33199004217", "Amélie Girard", (), "Écrit plutôt le soir.", 2, 1_500),
    Person("+46701740667", "Anders Nyström", ("billing",), "", 3, 2_900),
    Person("+14165550183", "Anjali Menon", ("beta", "trial"), "Tests the new portal.", 5, 12),
    Person("+491713920020", "Annika Vogel", ("vip",), "", 5, 45),
    Person("+441614960732", "Aoife Brennan", (), "Works from home on Fridays.", 1, 7_300),
    Person("+12125550131", "Bianca Moreau", ("trial",), "", 2, 1_270),
    Person("+14155550177", "Bo Lindqvist", ("billing",), "No smartphone.", 4, 4_330),
    Person("+14155550188", messages=0, detected=False),
    Person("+18765550156", "Chidi Lambert", (), "Often out of range.", 5, 205),
    Person("+61491570156", "Ciara Donnelly", ("vip",), "In Perth until spring: mind the hour.", 4, 530),
    Person(
        "+18765550139",
        "Desmond Lawes",
        ("wholesale",),
        "Asked for SMS: WhatsApp is on the old phone.",
        3,
        880,
        pinned=Channel.SMS,
    ),
    Person("+17845550116", "Eudora Moss", (), "Wrote STOP by mistake, and came back.", 2, 9_100, came_back=True),
    Person("+14155550102", "Felix Okoye", ("practice",), "Practice: WhatsApp fails, SMS takes over."),
    Person("+14155550107", "Grace Lindgren", ("practice",), "Practice: a landline. SMS fails, WhatsApp takes over."),
    Person("+14155550122", "Hollis Whitaker", ("practice",), "Practice: WhatsApp is shut for free text.", 1, 3_100),
    Person("+14155550104", "Iris Delacroix", ("practice",), "Practice: the phone is off.", 1, 410),
    Person("+14155550108", "Jonas Ferreira", ("practice",), "Practice: the network knows of an opt-out.", 1, 12_700),
    Person("+448081570204", "Kestrel Couriers", ("partner",), "Switchboard, free of charge.", 1, 20_200),
)
"""The people who are always there."""

_REGIONS = {
    "US": 12, "CA": 5, "GB": 6, "AU": 4, "FR": 3, "DE": 3, "SE": 4,
    "JM": 3, "VC": 1, "VI": 2, "GU": 2, "PR": 3, "DO": 2,
}  # fmt: skip
_CYCLE = tuple(region for region, share in _REGIONS.items() for _ in range(share))
_STRIDE = 19


class _Block(Struct, frozen=True):
    """Numbers in a row: a prefix, and the first and last ending."""

    prefix: str
    first: str
    last: str

    def number(self, place: int) -> str:
        """Return one of the numbers; places in a row lie apart from each other."""
        size = int(self.last) - int(self.first) + 1
        ending = int(self.first) + (place * 37 + 11) % size
        return f"{self.prefix}{ending:0{len(self.first)}}"

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return int(self.last) - int(self.first) + 1


def _north_american(*area_codes: int) -> tuple[_Block, ...]:
    return tuple(_Block(f"+1{code}555", "0100", "0199") for code in area_codes)


_BLOCKS: Mapping[str, tuple[_Block, ...]] = {
    "US": (
        *_north_american(202, 206, 212, 303, 305, 312, 404, 503, 512, 617, 702, 808),
        _Block("+1415555", "0124", "0197"),
    ),
    "CA": _north_american(416, 514, 604, 613, 403, 902),
    "JM": _north_american(876),
    "VC": _north_american(784),
    "VI": _north_american(340),
    "GU": _north_american(671),
    "PR": _north_american(787, 939),
    "DO": _north_american(809, 829),
    "GB": (
        _Block("+44207946", "0000", "0999"),
        _Block("+44161496", "0000", "0999"),
        _Block("+44131496", "0000", "0999"),
        _Block("+44113496", "0000", "0999"),
    ),
    "AU": (
        _Block("+6149157015", "6", "9"),
        _Block("+612555", "00000", "09999"),
        _Block("+61491570", "110", "110"),
        _Block("+613555", "00000", "09999"),
        _Block("+61491570", "006", "006"),
    ),
    "FR": (_Block("+33199", "000000", "009999"), _Block("+33465", "710000", "719999")),
    "DE": (
        _Block("+493023125", "000", "999"),
        _Block("+4917139200", "00", "99"),
        _Block("+491522881738", "6", "6"),
        _Block("+491522889545", "6", "6"),
    ),
    "SE": (
        _Block("+46701740", "605", "649"),
        _Block("+46701740", "650", "699"),
        _Block("+46313900", "600", "699"),
        _Block("+4684650", "0400", "0499"),
    ),
}

_NAMES: Mapping[str, tuple[str, ...]] = {
    "US": (
        "Marcus Whitfield", "Priya Raman", "Dolores Quintana", "Henry Sandoval", "Mei-Lin Chao", "Tobias Grant",
        "Keisha Holloway", "Rafael Ibarra", "Nora Feldman", "Samuel Ogunleye", "Ingrid Solberg", "Victor Nakamura",
        "Leila Haddad", "Calvin Brooks", "Rosalind Pierce", "Joon-ho Baek", "Gwendolyn Tate", "Emilio Vargas",
        "Hannah Weiss", "Desmond Fairley", "Yuki Tanabe", "Carmen Orozco", "Patrick Delaney", "Zainab Yusuf",
        "Walter Kowalczyk", "Simone Archer", "Diego Montoya", "Beatrice Lang", "Kwame Asante", "Olivia Marsh",
        "Theodore Klein", "Anh Pham", "Renata Salazar", "Isaac Thornton", "Farah Aziz", "Louis Bergeron",
        "Tamika Rowe", "Gideon Stern", "Lucia Ferrante", "Wesley Park", "Naomi Castellano", "Russell Yazzie",
        "Helen Papadakis", "Omar Siddiqui",
    ),
    "CA": (
        "Étienne Lavoie", "Margaret MacLeod", "Bao Trinh", "Geneviève Caron", "Harjit Dhillon", "Sarah Whiteduck",
        "Liam Fitzpatrick", "Noor Qureshi", "Olena Kovalchuk", "Thomas Arsenault", "Wenlan Zhou", "Isabelle Fortin",
        "Dylan McTavish", "Fatou Diallo", "Marie-Ève Gagnon", "Joseph Ignace", "Kiran Sandhu", "Aurora Bellini",
    ),
    "GB": (
        "Oliver Hargreaves", "Priti Chaudhary", "Imogen Ashdown", "Rhys Llewellyn", "Fiona Dunbar", "Kofi Mensah",
        "Harriet Pemberton", "Callum Fraser", "Saoirse Gallagher", "Tariq Mahmood", "Eleanor Whitlock",
        "Gareth Penhale", "Nkechi Eze", "Rupert Langley", "Shanice Bell", "Wiktoria Nowak", "Duncan Abernethy",
        "Yasmin Hussain", "Miles Thackeray", "Poppy Rowntree", "Ravi Nair", "Beth Cartwright",
    ),
    "AU": (
        "Lachlan Doyle", "Matilda Hayes", "Thi Mai Le", "Jarrah Cooper", "Sienna Rossi", "Anita Prasad",
        "Kirra Dawson", "Declan Moore", "Georgia Pappas", "Hamish Reid", "Zoe Carmody", "Minh Vo", "Tess Hanlon",
        "Arjun Bhatt", "Nathan Pereira",
    ),
    "FR": (
        "Baptiste Lemoine", "Chloé Marchand", "Djibril Touré", "Élodie Perrin", "Florian Mercier", "Inès Benali",
        "Jean-Luc Renaud", "Margaux Collet", "Mathis Delorme", "Océane Rivière", "Thierry Blanchet",
        "Yasmine Cherif",
    ),
    "DE": (
        "Bernd Hartwig", "Cem Yıldırım", "Dorothea Lindner", "Elif Aydın", "Friedrich Kaufmann", "Greta Baumann",
        "Holger Petersen", "Jana Dvořák", "Karl-Heinz Brandt", "Lieselotte Krämer", "Sabine Jürgens", "Wiebke Hansen",
    ),
    "SE": (
        "Elsa Bergström", "Fredrik Åhlund", "Gunilla Sandberg", "Hamza Warsame", "Ingela Forsberg", "Johan Ekdahl",
        "Karin Wallin", "Lars Öberg", "Maja Hedlund", "Nils Söderlund", "Samira Rostami", "Torbjörn Falk",
        "Ylva Dahlgren", "Zoran Petrović",
    ),
    "JM": (
        "Delroy Campbell", "Marcia Bennett", "Winston Clarke", "Shanelle Morrison", "Orville Gayle", "Tanya Whyte",
        "Errol Dacosta", "Kerry-Ann Blake", "Neville Grant", "Sonia Henriques", "Devon Facey",
    ),
    "VC": (
        "Cordelia Browne", "Kenroy Samuel", "Giselle De Freitas", "Curtis Noel", "Verlene Ollivierre", "Marva Holder",
    ),
    "VI": (
        "Alphonse Petersen", "Claudette Hodge", "Kareem Mohammed", "Vincent Lettsome", "Anthea Knowles",
        "Shavonne Ferguson", "Rohan Worrell", "Keva Sturrup",
    ),
    "GU": (
        "Tina Quichocho", "Vicente Taitano", "Dolores Mafnas", "Joaquin Duenas", "Rosario Blas", "Ana Camacho",
        "Jesse Aguon", "Mariko Santos",
    ),
    "PR": (
        "Yolanda Maldonado", "Héctor Figueroa", "Marisol Colón", "Ángel Santiago", "Ivelisse Torres", "Rubén Ocasio",
        "Glorimar Vélez", "Wilfredo Nieves", "Carmen Otero", "Luis Feliciano", "Nydia Cordero",
    ),
    "DO": (
        "Yesenia Polanco", "Ramón Tavárez", "Altagracia Reynoso", "Joel Encarnación", "Miguelina Rosario",
        "Franklin Ureña", "Carolina Almonte", "Rafael Guzmán",
    ),
}  # fmt: skip

_TAGS = ("vip", "trial", "billing", "wholesale", "beta", "partner", "newsletter")
_NOTES = (
    "Calls back between four and six.",
    "Delivery to the side entrance.",
    "Speaks little English; keep it short.",
    "Moved in spring, new address on file.",
    "Contract ends in December.",
    "Sister of the previous tenant; ask for her by name.",
    "Wants invoices as PDF.",
    "Hard of hearing: write, do not call.",
    "Complained about the late parcel; be kind.",
    "Knows the product better than we do.",
    "Second number on the account: ask first.",
    "Away until the end of the month.",
)
T = TypeVar("T")


def people(wanted: int, seed: int) -> Iterator[Person]:
    """Yield people: the cast first, then others of a dozen countries; raises ValueError beyond `MOST`."""
    if not 0 < wanted <= MOST:
        raise ValueError(f"between 1 and {MOST} people can be invented, not {wanted}")
    yield from CAST[:wanted]
    taken = {person.number for person in CAST}
    places = {region: count() for region in _REGIONS}
    for index in range(max(0, wanted - len(CAST))):
        region = _CYCLE[index * _STRIDE % len(_CYCLE)]
        place = next(places[region])
        number = _free_number(region, place, taken)
        taken.add(number)
        yield _somebody(number, _name(region, place), index, Random(f"{seed}|{number}"))  # noqa: S311 - no secret


def pick(dice: Random, choices: Sequence[T]) -> T:
    """Return one of the choices; unlike `Random.choice`, the same one in every version of Python."""
    return choices[int(dice.random() * len(choices))]


def _somebody(number: str, name: str, index: int, dice: Random) -> Person:
    draw = dice.random()
    first, second = pick(dice, _TAGS), pick(dice, _TAGS)
    tags = () if draw < 0.45 else (first,) if draw < 0.8 else tuple(dict.fromkeys((first, second)))
    opted_out = index % 22 == 9
    return Person(
        number=number,
        name="" if index % 11 == 6 else name,
        tags=tags,
        notes=pick(dice, _NOTES) if dice.random() < 0.3 else "",
        messages=max(pick(dice, (0, 0, 1, 1, 1, 2, 2, 2, 3, 5)), int(opted_out)),
        opted_out=opted_out,
    )


def _free_number(region: str, place: int, taken: set[str]) -> str:
    blocks = _BLOCKS[region]
    turn = place
    while True:
        depth, lane = divmod(turn, len(blocks))
        block = blocks[lane]
        if depth < len(block) and (number := block.number(depth)) not in taken:
            return number
        turn += 1


def _name(region: str, place: int) -> str:
    """Return a name; when all are given away, first and last names are combined anew."""
    names = _NAMES[region]
    again, index = divmod(place, len(names))
    first, _, _ = names[index].partition(" ")
    _, _, last = names[(index + again) % len(names)].partition(" ")
    return f"{first} {last}"
