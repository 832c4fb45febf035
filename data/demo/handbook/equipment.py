"""Equipment of the house: hoists, lathes, boats, vans."""

from handbook.draws import code, count, day, euros, joined, somebody
from handbook.model import Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "inventory",
        "single_hop",
        code("EQ-#####"),
        (
            "The inventory number is {v}.",
            "In the books {n} has the inventory number {v}.",
            "A tin plate shows the inventory number, {v}.",
            "Quote inventory number {v} when something has to be ordered for it.",
        ),
        "Inventory number: {v}",
        (
            "What is the inventory number of {n}?",
            "Under which number does {n} stand in the inventory?",
            "Give me the inventory number for {n}.",
            "Which number is on the tin plate of {n}?",
            "How is {n} numbered in the books?",
            "I am ordering parts for {n} and must quote its inventory number. What is it?",
            "State the asset number of {n}.",
        ),
        ("nventory number",),
        changes=False,
    ),
    Attribute(
        "keeper",
        "single_hop",
        somebody(),
        (
            "The keeper of {n} is {v}.",
            "{v} is its keeper and hands out the key.",
            "Ask the keeper, {v}, before you start it up.",
            "Its keeper, {v}, writes the logbook.",
        ),
        "Keeper: {v}",
        (
            "Who is the keeper of {n}?",
            "From whom do I get the key to {n}?",
            "Which colleague is responsible for {n}?",
            "Name the person who looks after {n}.",
            "Whom must I ask before using {n}?",
            "Who writes the logbook of {n}?",
            "Tell me in whose care {n} is.",
        ),
        ("eeper",),
    ),
    Attribute(
        "bought",
        "date",
        day("2003-01-01", "2022-12-28"),
        (
            "It was purchased on {v}.",
            "Purchased on {v}, {n} has been in daily use since.",
            "The invoice shows that {s} was purchased on {v}.",
            "Keldmark purchased {n} on {v}.",
        ),
        "Purchased on: {v}",
        (
            "When was {n} purchased?",
            "On which date did Keldmark buy {n}?",
            "What is the date of purchase of {n}?",
            "Since when has the house owned {n}?",
            "Give the day on which {n} was bought.",
            "How old is our ownership of {n}; from which date?",
            "State when {n} was acquired.",
        ),
        ("urchased",),
        changes=False,
    ),
    Attribute(
        "cost",
        "numeric",
        euros(11200, 98900, 150),
        (
            "New, {s} had cost {v}.",
            "Its price when new was {v}.",
            "It stands in the accounts at a purchase price of {v}.",
            "The house paid a price of {v} for it.",
        ),
        "Cost new: {v}",
        (
            "How much did {n} cost?",
            "What was the purchase price of {n}?",
            "What did Keldmark pay for {n}?",
            "State the price at which {n} was bought.",
            "For how many euros was {n} acquired?",
            "At what cost did {n} come into the house?",
            "Tell me the sum spent on {n} when it was new.",
        ),
        ("cost ", "price", "Cost new"),
        changes=False,
    ),
    Attribute(
        "inspection",
        "numeric",
        count(23, 96, "days"),
        (
            "It is inspected every {v}.",
            "Every {v} {s} is inspected from top to bottom.",
            "The rule is that {n} is inspected every {v}.",
            "Without fail it is inspected every {v}, busy or not.",
        ),
        "Inspected every: {v}",
        (
            "How often is {n} inspected?",
            "What is the inspection interval of {n}?",
            "After how many days must {n} be inspected again?",
            "State the number of days between two inspections of {n}.",
            "At which interval does {n} have its inspection?",
            "{n} was inspected this morning. In how many days is the next time?",
            "Tell me every how many days {n} is inspected.",
        ),
        ("nspected every", "is inspected from top"),
    ),
    Attribute(
        "max_load",
        "numeric",
        count(310, 990, "kg", "kilograms", "kilos"),
        (
            "The maximum load is {v}.",
            "Never put more than the maximum load of {v} on it.",
            "A maximum load of {v} is painted on its side.",
            "Rated for a maximum load of {v}, {s} must not be tempted with more.",
        ),
        "Maximum load: {v}",
        (
            "What is the maximum load of {n}?",
            "How much weight may be put on {n}?",
            "How many kilograms can {n} bear?",
            "State the load limit of {n}.",
            "Up to what load may {n} be used?",
            "I have something heavy for {n}: where is the limit?",
            "Give the greatest load allowed on {n}.",
        ),
        ("maximum load", "Maximum load"),
    ),
    Attribute(
        "service_firm",
        "single_hop",
        joined(
            "Bretherton Cawley Dunmore Estover Fallowes Gilsland Hebden Inverny Kerridge Lambrick Mosedale Netherby",
            "Engineering Machines Lifting Mechanics Marine Servicing Technics Hydraulics",
        ),
        (
            "Repairs are left to {v}, the service firm.",
            "The service firm for {n} is {v}.",
            "{v} comes as service firm when something breaks.",
            "Call the service firm, {v}, and not the nearest garage.",
        ),
        "Service firm: {v}",
        (
            "Which firm services {n}?",
            "Who repairs {n} when it breaks?",
            "Name the service company for {n}.",
            "To which outside firm are repairs of {n} given?",
            "{n} is out of order. Which company do I call?",
            "By what firm is {n} maintained?",
            "Tell me who has the service contract for {n}.",
        ),
        ("ervice firm",),
    ),
    Attribute(
        "certificate",
        "date",
        day("2025-03-01", "2027-12-28"),
        (
            "The safety certificate is valid until {v}.",
            "Its certificate expires on {v}.",
            "After {v} {s} may not be used without a new certificate.",
            "The certificate in the frame beside it runs until {v}.",
        ),
        "Certificate valid until: {v}",
        (
            "Until when is the certificate of {n} valid?",
            "When does the safety certificate of {n} expire?",
            "What is the expiry date of {n}'s certificate?",
            "Give the date to which {n} is certified.",
            "Up to which day may {n} be used on its present certificate?",
            "When does {n} need a new certificate?",
            "State the last day of validity of the certificate for {n}.",
        ),
        ("ertificate",),
    ),
)

GROUPS = (
    Group(
        ("Use", "Rules for users", "Working with it"),
        ("keeper", "max_load", "inspection", "certificate"),
        (
            "Loose sleeves and long scarves have no place near it.",
            "Enter every use in the logbook, also short ones.",
            "Leave it cleaner than you found it.",
            "If it sounds wrong, stop and fetch help.",
            "Beginners are accompanied until they have signed the list.",
            "Nobody works with it alone after dark.",
            "Wedges and straps hang on the wall behind it.",
            "Gloves are compulsory, rings are not allowed.",
            "Visitors watch from behind the line.",
            "A wet floor is dried first.",
            "The red button is for emergencies and for nothing else.",
            "Whoever is tired stays away from it.",
            "Lamps are checked before the first start.",
        ),
    ),
    Group(
        ("In the books", "Papers", "History and upkeep"),
        ("inventory", "bought", "cost", "service_firm"),
        (
            "The handbook of the maker lies in the top drawer.",
            "Oil changes are noted on the card.",
            "An older photograph shows it in another colour.",
            "A replacement is not planned.",
            "Scratches are no cause for concern; cracks are.",
            "Spare keys are in the steel cupboard.",
            "Warranty has long run out.",
            "A film on its use is shown to newcomers.",
            "Its nickname is not repeated here.",
            "Two grease nipples are easily overlooked.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "top_speed",
        (
            "How fast can {n} run?",
            "What is the top speed of {n}?",
            "State the greatest speed of {n}.",
            "At what maximum speed may {n} be operated?",
            "Give the speed limit that applies to {n}.",
            "Tell me the highest speed {n} reaches.",
        ),
        ("speed", "fast"),
    ),
)


def _machine(title: str, short: str, article: str, intro: str, gone: bool = False) -> Entity:
    key = f"equipment-{title.lower().replace(' ', '-')}"
    name = f"{article}{title[0].lower()}{title[1:]}"
    return Entity(key, title, name, f"the {short}", intro, alive=(True, True, not gone))


ENTITIES = (
    _machine(
        "Hoist H-31",
        "hoist",
        "",
        "{n} lifts buoys off the quay.\nIts yellow hook block was rebuilt after a collision with a gull.",
    ),
    _machine("Hoist H-37", "hoist", "", "{n} runs on a rail under the roof and carries castings from door to door."),
    _machine("Lathe L-14", "lathe", "", "{n} turns shafts for winches.\nIt is older than most of its users."),
    _machine("Lathe L-19", "lathe", "", "{n} is steered by a computer and cuts threads while you watch."),
    _machine(
        "Survey boat Alke",
        "boat",
        "the ",
        "{n} measures river beds wherever the water is too shallow for the ferry.\nShe draws next to nothing.",
    ),
    _machine("Survey boat Alma", "boat", "the ", "{n} is the sea-going one of the two boats and has a wheelhouse."),
    _machine("Van K-52", "van", "", "{n} carries the night kit: lamps, pumps, dry socks."),
    _machine("Van K-58", "van", "", "{n} has a bench and a vice in the back."),
    _machine("Pressure chamber PC-21", "chamber", "", "In {n} housings are squeezed until they leak or do not."),
    _machine("Pressure chamber PC-27", "chamber", "", "{n} is the wide chamber, made for whole buoys."),
    _machine("Drill rig Bruno", "rig", "the ", "{n} bores holes for gauge posts in rock."),
    _machine("Drill rig Berta", "rig", "the ", "{n} bores in sand and clay and goes where lorries sink."),
    _machine("Forklift F-63", "forklift", "", "{n} runs on gas and works outdoors."),
    _machine("Forklift F-68", "forklift", "", "{n} is electric and stays inside.", gone=True),
    _machine("Climate cabinet CC-44", "cabinet", "", "{n} makes winter and desert behind a glass door."),
    _machine(
        "Towing tank",
        "tank",
        "the ",
        "{n} is a long basin with a carriage on rails; flow meters are pulled through still water in it.",
    ),
)

KIND = Kind(
    "equipment",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("bought", "cost", "It was purchased on {bought} at a price of {cost}."),),
    n_stated=(4, 6),
)
