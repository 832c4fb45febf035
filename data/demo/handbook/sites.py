"""Sites: depots, yards, workshops, offices."""

from handbook.draws import address, clock, count, day, one_of, phone, somebody
from handbook.model import Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "head",
        "single_hop",
        somebody(),
        (
            "The site manager is {v}.",
            "{v} is site manager here and signs for everything that enters or leaves.",
            "Day to day, {n} is run by its site manager, {v}.",
            "Complaints and compliments alike go to the site manager, {v}.",
            "{v} has the last word on safety as site manager.",
        ),
        "Site manager: {v}",
        (
            "Who is the site manager of {n}?",
            "Which colleague runs {n}?",
            "Name the person who heads {n}.",
            "Who is in charge at {n}?",
            "Under whose management is {n}?",
            "Tell me who leads {n}.",
            "I have a complaint about {n}; which manager there should get it?",
            "At {n}, who has the manager's post?",
        ),
        ("site manager",),
    ),
    Attribute(
        "address",
        "single_hop",
        address(
            "Ropewalk Lane, Tannery Lane, Cooper's Row, Sluice Road, Lighterman Street, Gasworks Road, Cinder Path, "
            "Old Ferry Road, Mill Race, Saltpan Way, Causeway Street, Heronry Close, Brickfield Road, Netmakers' Yard, "
            "Weir Street, Harbour Rise, Osier Lane, Chandlers' Row, Towpath Road, Lock Street"
        ),
        (
            "You find {n} at {v}.",
            "Its street address is {v}.",
            "Post, parcels and visitors come to {v}, which is the street entrance of {n}.",
            "The entrance is on the street side, at {v}.",
        ),
        "Street address: {v}",
        (
            "What is the street address of {n}?",
            "Where exactly is {n}, street and number?",
            "At which address do I find {n}?",
            "Give me the postal address of {n}.",
            "A parcel has to go to {n}: which street and house number?",
            "In which street, and at what number, does {n} stand?",
            "I want to drive to {n}. What address do I enter?",
        ),
        ("street",),
        changes=False,
    ),
    Attribute(
        "phone",
        "numeric",
        phone(),
        (
            "The gatehouse answers the telephone on {v}.",
            "By telephone {s} is reached on {v}.",
            "Its telephone number is {v}; let it ring, the bell is in the yard.",
            "To ring ahead, use the telephone number {v}.",
        ),
        "Telephone: {v}",
        (
            "What is the telephone number of {n}?",
            "Which number do I dial to reach {n}?",
            "How can I call {n}?",
            "Give me the phone number for {n}.",
            "I need to ring {n}; what is the number?",
            "On what number does {n} answer the phone?",
            "Look up the telephone of {n}, please.",
        ),
        ("telephone",),
    ),
    Attribute(
        "opening",
        "numeric",
        clock(6, 9),
        (
            "The gate opens at {v} on working days.",
            "On weekdays {s} opens its gate at {v}.",
            "Nobody gets in before {v}, when the gate opens.",
            "Drivers who arrive early wait outside until the gate opens at {v}.",
        ),
        "Gate opens: {v}",
        (
            "When does {n} open on weekdays?",
            "At what time does the gate of {n} open?",
            "From which hour can I get into {n}?",
            "What is the opening time of {n}?",
            "Tell me when {n} opens in the morning.",
            "How early can a driver enter {n}?",
            "I have to be at {n} first thing; at what time do they open?",
        ),
        ("gate opens", "opens its gate"),
    ),
    Attribute(
        "area",
        "numeric",
        count(210, 989, "square metres", "m²", "sqm"),
        (
            "The floor area comes to {v}.",
            "Under its roof {s} has {v} of floor area.",
            "The surveyors put the floor area at {v}, sheds included.",
            "With a floor area of {v}, {s} is easily filled in spring.",
        ),
        "Floor area: {v}",
        (
            "How large is {n}?",
            "What floor area does {n} have?",
            "How many square metres does {n} cover?",
            "State the size of {n} in square metres.",
            "How much floor space is there at {n}?",
            "What is the surface of {n}, sheds and all?",
            "Tell me the floor area of {n}.",
        ),
        ("floor area",),
    ),
    Attribute(
        "staff",
        "numeric",
        count(23, 99, "employees", "people", "staff"),
        (
            "{v} work here.",
            "At present the headcount of {s} is {v}; together they work every day but Sunday.",
            "On the payroll of {s} stand {v}, who work in two shifts.",
            "There are {v} who work at {s}.",
        ),
        "Staff who work here: {v}",
        (
            "How many people work at {n}?",
            "What is the headcount of {n}?",
            "How big is the workforce at {n}?",
            "Give the number of employees at {n}.",
            "How many employees does {n} have?",
            "Of what size is the staff of {n}?",
            "I am ordering lunch for everyone at {n}; how many are employed there?",
        ),
        (" work here", " work every day", " work in two shifts", " work at "),
    ),
    Attribute(
        "parking",
        "numeric",
        count(13, 79, "parking spaces", "spaces", "parking places"),
        (
            "Visitors share {v} behind the fence.",
            "There are {v} on the landward side.",
            "{v} are marked in yellow, and no others may be used.",
            "Whoever comes by car finds {v} beside the building.",
        ),
        "For cars: {v}",
        (
            "How many parking spaces are there at {n}?",
            "How many cars can park at {n}?",
            "What is the number of parking spaces at {n}?",
            "State the parking capacity of {n}.",
            "We are coming to {n} by car; how many places to park are there?",
            "How much parking does {n} have?",
            "For how many cars is there room at {n}?",
        ),
        ("parking",),
    ),
    Attribute(
        "assembly_point",
        "single_hop",
        one_of(
            "flagpole",
            "old weighbridge",
            "bicycle shed",
            "water tower",
            "boat ramp",
            "sycamore tree",
            "sand store",
            "bus shelter",
            "anchor monument",
            "rain gauge field",
            "disused crane",
            "stone bench",
            "tide board",
            "salt bunker",
            "timber rack",
            "clock post",
            "mooring bollards",
            "recycling cage",
            "lamp store",
            "turning circle",
            "pump house",
            "fish stairs",
            "gravel heap",
            "washing bay",
            "wind sock",
        ),
        (
            "When the siren sounds, everybody gathers at the {v}, the assembly point.",
            "The assembly point is the {v}.",
            "In a fire alarm leave by the nearest door and go to the assembly point, which is the {v}.",
            "Fire wardens count heads at the assembly point by the {v}.",
        ),
        "Assembly point: {v}",
        (
            "Where is the assembly point of {n}?",
            "Where do people gather when the alarm sounds at {n}?",
            "In case of fire, where must I go at {n}?",
            "What serves as the assembly point at {n}?",
            "Name the place where staff of {n} assemble in a fire alarm.",
            "I am visiting {n}: at what spot do we meet if there is a fire?",
            "Which landmark marks the fire assembly point at {n}?",
        ),
        ("assembly point",),
    ),
    Attribute(
        "opened",
        "date",
        day("1961-01-01", "2019-12-28"),
        (
            "{n} was inaugurated on {v}.",
            "Keldmark has been here since {v}, the day on which {s} was inaugurated.",
            "Inaugurated on {v}, {s} has been painted grey ever since.",
            "A brass plate by the door says that {s} was inaugurated on {v}.",
        ),
        "Inaugurated: {v}",
        (
            "When was {n} inaugurated?",
            "On which date did {n} first open?",
            "Since when has {n} existed?",
            "What is the founding date of {n}?",
            "Give the day on which {n} was opened.",
            "How far back does {n} go, to which date?",
            "Tell me when {n} was established.",
        ),
        ("naugurated",),
        changes=False,
    ),
)

GROUPS = (
    Group(
        ("Getting here", "Arrival and access", "Finding us"),
        ("address", "opening", "parking"),
        (
            "The last bend before {s} is sharp, and long trailers should take the upper road.",
            "Bicycles stand under the canopy and nowhere else.",
            "Report to the gatehouse and take a visitor's badge.",
            "Ferries are not met; please share a taxi.",
            "In hard frost the lane is gritted before the first shift.",
            "Satellite navigation sends drivers to the wrong bank of the river, so follow the brown signs.",
            "Hi-vis vests hang inside the door and are returned after the visit.",
            "The bell beside the door is loud, one pull is enough.",
            "Deliveries after dark are announced with the horn.",
            "The footpath along the water is quicker than the road.",
            "Caravans are turned away.",
            "The nearest bus stops at the chapel.",
            "After heavy rain the lower track is closed.",
            "Chains of the gate are taken off by the first to arrive.",
        ),
    ),
    Group(
        ("People", "Who is who", "Staff and contact"),
        ("head", "staff", "phone"),
        (
            "New colleagues are shown round on their first morning.",
            "There is always somebody on the premises who has first-aid training.",
            "Lunch is taken together whenever the tide allows.",
            "Questions about wages go to People and Pay and not to {s}.",
            "Apprentices take their turn here like everybody else.",
            "Keys are handed out against a signature.",
            "The noticeboard is read before the shift and not during it.",
            "Holiday lists hang beside the mirror.",
            "Visitors from other sites are given soup.",
            "Anniversaries are marked with a flag.",
            "A colleague from the works council comes by every month.",
            "Whoever is last in the evening checks the windows.",
        ),
    ),
    Group(
        ("Building and safety", "The premises", "House rules"),
        ("area", "assembly_point", "opened"),
        (
            "Smoking is allowed on the quay only.",
            "The roof was insulated in a dry summer and has not leaked since.",
            "Fire doors are kept shut, also in hot weather.",
            "Oil is collected in the red drums; rags go into the lidded bin.",
            "Radios stay on the yard channel.",
            "High water can reach the lower step, so nothing is stored on the ground there.",
            "The workshop cat is not to be fed by visitors.",
            "Ladders are returned to their hooks.",
            "The switch for the yard lamps is behind the clock.",
            "Swallows nest under the eaves, and that door stays open for them.",
            "Sockets are tested every spring.",
            "Rope ends are whipped before they are put away.",
            "Hot work needs a slip and a bucket of sand.",
            "Snow is pushed towards the river and never towards the road.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "heating",
        (
            "What fuel heats {n}?",
            "How is {n} heated?",
            "Name the heating system of {n}.",
            "By what means is {n} kept warm in winter?",
            "Which kind of heating has been installed at {n}?",
            "Tell me what {n} burns for warmth.",
        ),
        ("heat", "boiler", "warm"),
    ),
    Phantom(
        "rent",
        (
            "How much rent does Keldmark pay for {n}?",
            "What is the annual rent of {n}?",
            "State the rent for {n}.",
            "For what sum a year is {n} rented?",
            "The lease of {n}: how much does it cost us every year?",
            "Tell me what we pay the landlord of {n}.",
        ),
        ("rent ", "rented", "lease", "landlord"),
    ),
)


def _site(key: str, noun: str, intro: str, *must: str) -> Entity:
    title = key.replace("-", " ").capitalize()
    return Entity(f"site-{key}", title, f"the {title}", f"the {noun}", intro, must=must)


ENTITIES = (
    _site(
        "skarholm-depot",
        "depot",
        "{n} keeps the hire fleet for the northern rivers.\n"
        "Every gauge that leaves for the uplands is checked out over its counter.",
        "head",
    ),
    _site(
        "skarhavn-depot",
        "depot",
        "{n} lies on the outer harbour and serves the islands.\n"
        "It is often taken for Skarholm, and goods labelled carelessly end up on the wrong side of the bay.",
        "head",
    ),
    _site(
        "skarholm-workshop",
        "workshop",
        "{n} repairs mechanical instruments: winches, cable drums, floats.\n"
        "It shares a wall, but no door, with the depot next to it.",
        "head",
    ),
    _site(
        "tellmoor-depot",
        "depot",
        "On the edge of the moor, {n} stocks rain gauges and the spares that go with them.",
        "head",
    ),
    _site(
        "tellmere-depot",
        "depot",
        "{n} is the smallest of the lake depots.\nMost of what it sends out is back within the week.",
        "head",
    ),
    _site(
        "brackwater-yard",
        "yard",
        "Buoys come to {n} to be scraped, painted and fitted with new lamps.\nThe smell of tar is part of the place.",
        "head",
    ),
    _site(
        "brackwell-yard",
        "yard",
        "{n} is where moorings are made: chain, sinkers, shackles.\n"
        "Heavy lorries come and go all day, so look both ways.",
        "head",
    ),
    _site(
        "ostermoor-office",
        "office",
        "{n} houses accounts, purchasing and the law shelf.\nIt has the only meeting room with a view of the canal.",
        "head",
    ),
    _site(
        "ostermouth-office",
        "office",
        "Sales and hire share {n}, a former customs house at the river mouth.",
        "head",
    ),
    _site(
        "varnes-laboratory",
        "laboratory",
        "In {n} reference instruments are compared with the national standard.\n"
        "The floor stands on its own piles, because a passing tram would spoil a reading.",
        "head",
    ),
    _site(
        "varnsay-jetty",
        "jetty",
        "{n} is a working pier with a hut, a hoist and a kettle.\nSurvey boats tie up on the lee side.",
        "head",
    ),
    _site(
        "linfold-store",
        "store",
        "Slow-moving stock rests in {n} until somebody asks for it.\nThe shelves are numbered from the door inwards.",
        "head",
    ),
    _site("linfall-store", "store", "{n} holds finished goods that wait for their ship.", "head"),
    _site(
        "pellham-workshop",
        "workshop",
        "Electronic boards are mended in {n}.\nOuter shoes stay in the porch, and everybody wears an earthing strap.",
        "head",
    ),
    _site(
        "pellmouth-workshop",
        "workshop",
        "{n} builds pump sets and tests them in its own basin.",
        "head",
    ),
    _site(
        "quarrow-training-centre",
        "centre",
        "{n} was a village school before Keldmark bought it.\nThe blackboards are still in use.",
    ),
    _site(
        "quarley-boathouse",
        "boathouse",
        "{n} shelters the inland boats in winter and hires them out in summer.",
    ),
    _site(
        "eddersund-depot",
        "depot",
        "{n} is the southernmost post of the house and looks after two estuaries.",
    ),
)

KIND = Kind(
    "site",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(
        ("phone", "opening", "The telephone is {phone}, and the gate opens at {opening}."),
        ("area", "opened", "Inaugurated on {opened}, {s} has a floor area of {area}."),
    ),
)
