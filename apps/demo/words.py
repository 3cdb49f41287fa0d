"""Made-up companies and people. Every domain ends in .example or .test, which belong to nobody, by RFC 2606."""

from random import Random

ROOTS = """
Alderwick Amberlane Ashgrove Barrowfield Bellhaven Birchmoor Blackwater Bramhall Brightwell Calderon Carrick Castlegate
Cedarholm Chesterfell Claymont Coldbrook Copperhill Corvane Cranleigh Crestmark Dalewood Danforth Delamere Dunmore
Eastbourne Eldergate Elmstead Emberly Fairmont Falkirk Farrow Fenwright Foxglade Galloway Glenhurst Goldmark Granby
Greywick Halden Harcourt Hartwell Havenport Hawthorne Hazelden Highmoor Hollis Ironbridge Ivywood Kestrel Kingsmere
Lakeridge Langdale Larkfield Lindqvist Lockhart Lowther Maplecross Marlowe Meridian Millbrook Montclair Moorgate Nettlefold
Newcombe Norvane Oakhurst Orchard Ostrander Pemberton Penrose Pinecrest Quarrydale Ravensworth Redfern Ridgeway Rosedale
Rothwell Sandringer Selwick Shorebird Silverlake Southmere Stanmore Stonebridge Strathmore Summerlin Tamsin Thornbury
Tidewell Trenholm Underhill Vancourt Verity Waldron Westbrook Wexley Whitcombe Wickham Willowby Windmere Woodrow Yarrow
Yorkdale Zellner
""".split()

KINDS: dict[str, tuple[str, ...]] = {
    "energy": ("Energy", "Petroleum", "Drilling", "Pipelines", "Fuels", "Renewables", "Oilfield Services"),
    "materials": ("Chemicals", "Packaging", "Steel", "Paper", "Minerals", "Coatings", "Glass"),
    "industrials": ("Machinery", "Logistics", "Aerospace", "Tools", "Freight", "Controls", "Engineering", "Pumps"),
    "consumer_discretionary": ("Outfitters", "Motors", "Furniture", "Hotels", "Appliances", "Sporting Goods", "Apparel"),
    "consumer_staples": ("Foods", "Beverages", "Dairy", "Farms", "Bakeries", "Household Brands", "Grocers"),
    "health_care": ("Biologics", "Medical", "Health", "Diagnostics", "Pharma", "Surgical", "Clinics"),
    "financials": ("Bancorp", "Insurance", "Capital", "Credit", "Assurance", "Financial", "Trust"),
    "technology": ("Software", "Semiconductor", "Networks", "Systems", "Devices", "Data", "Robotics"),
    "communication": ("Media", "Broadcasting", "Telecom", "Publishing", "Studios", "Wireless"),
    "utilities": ("Power", "Water", "Gas", "Electric", "Utilities", "Grid"),
    "real_estate": ("Properties", "Realty", "Warehousing", "Residences", "Land", "Towers"),
}  # fmt: skip
INDUSTRIES = tuple(KINDS)
_WEIGHTS = (6, 9, 22, 11, 10, 13, 8, 10, 3, 5, 3)

FIRST_NAMES = """
Aaliyah Adam Aiko Alejandro Amara Amelia Andre Anika Arjun Astrid Benjamin Bianca Brigid Caleb Camila Carlos Chloe Claire
Daniel David Deepa Diana Dominic Elena Eli Emeka Emily Erik Esther Fatima Felix Fiona Francesca Gabriel Grace Hana Hannah
Henry Hugo Imani Ines Isaac Ivan Jamal James Jasmine Joanna Jonas Jorge Julia Kaito Karen Katarzyna Kofi Laila Laura Leon
Liam Linda Lucas Lucia Maria Marcus Margaret Mateo Mei Michael Mina Miriam Mohammed Monica Nadia Naomi Nathan Nina Noah Nora
Olga Oliver Omar Patricia Paul Pedro Petra Priya Rachel Rafael Rebecca Robert Rosa Samir Samuel Sandra Sara Sebastian Sofia
Stefan Susan Tariq Teresa Theo Thomas Tomas Valentina Victor Victoria Vikram William Yara Yusuf Zoe
""".split()
LAST_NAMES = """
Abbott Adeyemi Ahmed Alvarez Andersen Bailey Baker Banerjee Becker Bennett Bergman Bianchi Brennan Campbell Carter Castillo
Chandra Chen Cohen Collins Cooper Costa Cruz Dalton Davies Delgado Diallo Duarte Edwards Eriksson Evans Ferreira Fischer
Fitzgerald Fleming Foster Fraser Garcia Gibson Goldberg Gomez Graham Greene Gupta Haddad Hansen Harper Hayes Hernandez
Hoffman Hughes Hussain Ibrahim Ito Jackson Jansen Jensen Johansson Kapoor Kaufman Keller Kelly Khan Kim Klein Kowalski
Kumar Larsen Lee Lewis Lindgren Lopez MacLeod Malik Marino Martin Mbeki Mehta Mendoza Meyer Mitchell Morales Moretti
Murphy Nakamura Nguyen Novak Nwosu Obrien Okafor Olsen Ortega Osei Owens Park Patel Peterson Petrov Pham Phillips Quinn
Ramirez Rao Reed Reyes Rivera Rossi Russo Sanchez Santos Sato Schneider Schwartz Shah Silva Singh Sokolov Stewart Sullivan
Suzuki Takahashi Tanaka Taylor Thompson Torres Turner Vargas Vogel Wagner Walsh Ward Watanabe Weber Weiss Wong Wright Yamada
Yilmaz Young Zhang Ziegler
""".split()

TITLES: dict[str, tuple[str, ...]] = {
    "decision_maker": ("Chief Operating Officer", "VP Operations", "Managing Director", "Chief Financial Officer"),
    "champion": ("Director of Planning", "Head of Continuous Improvement", "Head of Supply Chain", "Plant Manager"),
    "influencer": ("Finance Director", "IT Director", "Head of Procurement", "Operations Controller"),
    "user": ("Production Planner", "Demand Planner", "Shift Lead", "Inventory Manager"),
    "gatekeeper": ("Executive Assistant", "Office of the COO", "Chief of Staff"),
    "blocker": ("Head of Applications", "Procurement Manager"),
}  # fmt: skip
ROLES = tuple(TITLES)
_ROLE_WEIGHTS = (30, 26, 20, 14, 7, 3)

PLACES = (
    # city, state or country, country code, time zone, dialling code
    ("New York", "New York", "US", "America/New_York", "+1 212"),
    ("Boston", "Massachusetts", "US", "America/New_York", "+1 617"),
    ("Philadelphia", "Pennsylvania", "US", "America/New_York", "+1 215"),
    ("Pittsburgh", "Pennsylvania", "US", "America/New_York", "+1 412"),
    ("Buffalo", "New York", "US", "America/New_York", "+1 716"),
    ("Hartford", "Connecticut", "US", "America/New_York", "+1 860"),
    ("Cleveland", "Ohio", "US", "America/New_York", "+1 216"),
    ("Columbus", "Ohio", "US", "America/New_York", "+1 614"),
    ("Detroit", "Michigan", "US", "America/Detroit", "+1 313"),
    ("Grand Rapids", "Michigan", "US", "America/Detroit", "+1 616"),
    ("Chicago", "Illinois", "US", "America/Chicago", "+1 312"),
    ("Milwaukee", "Wisconsin", "US", "America/Chicago", "+1 414"),
    ("Minneapolis", "Minnesota", "US", "America/Chicago", "+1 612"),
    ("Des Moines", "Iowa", "US", "America/Chicago", "+1 515"),
    ("Atlanta", "Georgia", "US", "America/New_York", "+1 404"),
    ("Savannah", "Georgia", "US", "America/New_York", "+1 912"),
    ("Charlotte", "North Carolina", "US", "America/New_York", "+1 704"),
    ("Raleigh", "North Carolina", "US", "America/New_York", "+1 919"),
    ("Nashville", "Tennessee", "US", "America/Chicago", "+1 615"),
    ("Memphis", "Tennessee", "US", "America/Chicago", "+1 901"),
    ("Birmingham", "Alabama", "US", "America/Chicago", "+1 205"),
    ("New Orleans", "Louisiana", "US", "America/Chicago", "+1 504"),
    ("Houston", "Texas", "US", "America/Chicago", "+1 713"),
    ("Dallas", "Texas", "US", "America/Chicago", "+1 214"),
    ("San Antonio", "Texas", "US", "America/Chicago", "+1 210"),
    ("Tampa", "Florida", "US", "America/New_York", "+1 813"),
    ("Miami", "Florida", "US", "America/New_York", "+1 305"),
    ("Denver", "Colorado", "US", "America/Denver", "+1 303"),
    ("Phoenix", "Arizona", "US", "America/Phoenix", "+1 602"),
    ("Salt Lake City", "Utah", "US", "America/Denver", "+1 801"),
    ("Seattle", "Washington", "US", "America/Los_Angeles", "+1 206"),
    ("Portland", "Oregon", "US", "America/Los_Angeles", "+1 503"),
    ("San Diego", "California", "US", "America/Los_Angeles", "+1 619"),
    ("Sacramento", "California", "US", "America/Los_Angeles", "+1 916"),
    ("Toronto", "Canada", "CA", "America/Toronto", "+1 416"),
    ("Montreal", "Canada", "CA", "America/Toronto", "+1 514"),
    ("London", "United Kingdom", "GB", "Europe/London", "+44 20 7946"),
    ("Manchester", "United Kingdom", "GB", "Europe/London", "+44 161 496"),
    ("Dublin", "Ireland", "IE", "Europe/Dublin", "+353 1 555"),
    ("Rotterdam", "Netherlands", "NL", "Europe/Amsterdam", "+31 10 555"),
    ("Hamburg", "Germany", "DE", "Europe/Berlin", "+49 40 555"),
    ("Munich", "Germany", "DE", "Europe/Berlin", "+49 89 555"),
    ("Zurich", "Switzerland", "CH", "Europe/Zurich", "+41 44 555"),
    ("Copenhagen", "Denmark", "DK", "Europe/Copenhagen", "+45 33 555"),
)
REGIONS = {
    "North": PLACES[:14],
    "South": PLACES[14:30],
    "Enterprise": (*PLACES[30:], *PLACES[:2], PLACES[10]),
}


class Names:
    """Hands out company names and domains, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def company(self, rng: Random, industry: str, city: str) -> tuple[str, str]:
        """A name and a domain that nobody has."""
        kind = rng.choice(KINDS[industry])
        for attempt in range(8):
            root = rng.choice(ROOTS)
            pattern = rng.random() if attempt < 3 else 1.0
            if pattern < 0.62:
                name = f"{root} {kind}"
            elif pattern < 0.8:
                name = f"{rng.choice(LAST_NAMES)} {kind}"
            elif pattern < 0.9:
                name = f"{root} {kind} {rng.choice(('Group', 'Company', 'Holdings', 'International', 'Partners'))}"
            else:
                name = f"{root} & {rng.choice(LAST_NAMES)} {kind}"
            slug = _slug(name)
            if slug not in self._taken:
                break
        else:
            name = f"{name} of {city} {len(self._taken)}"
            slug = _slug(name)
        self._taken.add(slug)
        return name, f"{slug}.{'example' if rng.random() < 0.85 else 'test'}"


def person(rng: Random) -> tuple[str, str]:
    """First and last name."""
    return rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)


def role_and_title(rng: Random) -> tuple[str, str]:
    """A stakeholder role and a job title that goes with it."""
    role = rng.choices(ROLES, _ROLE_WEIGHTS)[0]
    return role, rng.choice(TITLES[role])


def industry(rng: Random) -> str:
    """An industry; more that make things than others."""
    return rng.choices(INDUSTRIES, _WEIGHTS)[0]


def phone(rng: Random, code: str) -> str:
    """A number in the ranges that are kept free for fiction."""
    return (
        f"{code} 555 01{rng.randrange(100):02}"
        if code.startswith("+1 ")
        else f"{code} {rng.randrange(1000):03}"
    )


def _slug(name: str) -> str:
    return "".join(char for char in name.lower().replace("&", "and") if char.isalnum())
