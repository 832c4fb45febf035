"""Price sheets: several prices of one sort on a page, with the same way of asking for each."""

from handbook.draws import count, euros
from handbook.model import Draw, Fact, Page

Sheet = tuple[str, tuple[str, ...], str, dict[str, str], tuple[str, ...], Draw, tuple[str, ...]]
"""Title, lines above, form of an entry, items by key, lines below, draw, questions about {i}."""

SHEETS: tuple[Sheet, ...] = (
    (
        "Hire rates for instruments",
        (
            "Instruments are hired out by the day, and a day ends when the desk closes.",
            "Rates hold for one piece with its case and charger.",
        ),
        "- {item}, hire for a day: {price}",
        {
            "halden_40": "Halden 40",
            "halden_45": "Halden 45",
            "torvik_12": "Torvik 12",
            "torvik_21": "Torvik 21",
            "sonda_70": "Sonda 70",
            "quill_10": "Quill 10",
        },
        ("", "Damage is charged at cost.", "From the second week on the desk will talk about a rebate."),
        euros(23, 98),
        (
            "What does it cost to hire a {i} for a day?",
            "How much is the daily hire of a {i}?",
            "State the hire rate per day for a {i}.",
            "A customer wants to borrow a {i} for a day. What do we charge?",
            "For how many euros a day is a {i} hired out?",
            "At what day rate can one hire a {i}?",
            "Tell me the rental price of a {i} per day.",
        ),
    ),
    (
        "Calibration fees",
        (
            "The fee covers one instrument, its certificate and the way back to the customer.",
            "Instruments are dropped off clean.",
        ),
        "- {item}, calibration: {price}",
        {
            "level_gauge": "level gauge",
            "flow_meter": "flow meter",
            "turbidity_probe": "turbidity probe",
            "echo_sounder": "echo sounder",
            "rain_gauge": "rain gauge",
            "thermometer": "thermometer",
        },
        ("", "Repairs found necessary are quoted beforehand.", "Express treatment doubles the fee."),
        euros(105, 490),
        (
            "What is the fee for calibrating a {i}?",
            "How much does the calibration of a {i} cost?",
            "State the calibration fee of a {i}.",
            "A customer sends us a {i} to be calibrated. What is charged?",
            "For what fee is a {i} calibrated?",
            "If I have a {i} calibrated, how many euros is it?",
            "Tell me what we ask for the calibration of a {i}.",
        ),
    ),
    (
        "Flat rates for repairs",
        (
            "These repairs are done at a flat rate, however long the bench takes.",
            "Parts are included.",
        ),
        "- {item}, flat rate: {price}",
        {
            "display": "cracked display",
            "cable": "torn cable",
            "winch": "stuck winch",
            "window": "scratched window",
            "connector": "corroded connector",
            "keypad": "dead keypad",
        },
        ("", "Repairs under warranty cost nothing.", "If nothing is found, only the freight is charged."),
        euros(105, 690, 5),
        (
            "What is the flat rate for a {i}?",
            "How much does the repair of a {i} cost?",
            "State the flat repair rate for a {i}.",
            "A customer has a {i}. What will the repair cost?",
            "At which flat rate is a {i} mended?",
            "For a {i}, how many euros does the bench charge?",
            "Tell me the price of having a {i} repaired.",
        ),
    ),
    (
        "Call-out charges",
        (
            "A call-out is charged by the zone in which the station lies.",
            "The zones are drawn on the map in the hall and have the names of trees.",
        ),
        "- Call-out, zone {item}: {price}",
        {
            "alder": "Alder",
            "birch": "Birch",
            "chestnut": "Chestnut",
            "dogwood": "Dogwood",
            "elder": "Elder",
            "hawthorn": "Hawthorn",
        },
        ("", "At night and on holidays the charge is doubled.", "Islands are charged with the ferry on top."),
        euros(105, 590),
        (
            "What is the call-out charge in zone {i}?",
            "How much is a call-out to zone {i}?",
            "State what we charge for a call-out in zone {i}.",
            "A station in zone {i} has failed. What does the call-out cost the customer?",
            "For how many euros do we come out to zone {i}?",
            "Which charge applies to call-outs in zone {i}?",
            "Tell me the price of being called to zone {i}.",
        ),
    ),
    (
        "Freight to the islands",
        (
            "Freight is charged by the pallet and goes with the next boat.",
            "Nothing is shipped on market day.",
        ),
        "- Pallet to {item}: {price}",
        {
            "great_ulva": "Great Ulvey",
            "little_ulva": "Little Ulvey",
            "skerrow": "Skerrow",
            "skerra": "Skerra",
            "holm_of_tarn": "Holm of Tarn",
            "saint_orrin": "Saint Orrin",
        },
        ("", "Half pallets cost as much as whole ones.", "In storms the goods wait without extra cost."),
        euros(105, 490),
        (
            "What does freight to {i} cost per pallet?",
            "How much is a pallet to {i}?",
            "State the freight rate to {i}.",
            "I am sending a pallet to {i}. What will be charged?",
            "For how many euros does a pallet travel to {i}?",
            "At which rate do we ship to {i}?",
            "Tell me the charge for one pallet to {i}.",
        ),
    ),
    (
        "Service plans",
        (
            "Customers who do not want to think about their gauges buy a plan.",
            "A plan covers visits, batteries and a yearly report.",
        ),
        "- {item} plan, monthly fee: {price}",
        {
            "ebb": "Ebb",
            "flood": "Flood",
            "neap": "Neap",
            "spring_tide": "Spring Tide",
            "slack": "Slack Water",
            "surge": "Surge",
        },
        ("", "A plan can be ended at the end of a quarter.", "Plans are not transferred to another customer."),
        euros(105, 890),
        (
            "What is the monthly fee of the {i} plan?",
            "How much does the {i} plan cost a month?",
            "State the price of the {i} plan.",
            "A customer is interested in the {i} plan. What is it per month?",
            "For what monthly sum is the {i} plan sold?",
            "How many euros a month go with the {i} plan?",
            "Tell me the fee that we charge each month for the {i} plan.",
        ),
    ),
    (
        "Meeting rooms for guests",
        (
            "Clubs and schools may hire our rooms on evenings and Saturdays.",
            "A caretaker locks up afterwards.",
        ),
        "- {item}: seats for {price}",
        {
            "tide_room": "Tide Room",
            "delta_room": "Delta Room",
            "estuary_room": "Estuary Room",
            "lagoon_room": "Lagoon Room",
            "cascade_room": "Cascade Room",
        },
        ("", "Chairs are stacked by those who sat on them.", "The piano is not to be moved."),
        count(16, 96, "persons", "people"),
        (
            "How many persons can sit in the {i}?",
            "For how many people does the {i} have seats?",
            "State the number of seats in the {i}.",
            "A club wants the {i}. How many guests fit in?",
            "What is the capacity of the {i}?",
            "Up to how many persons is the {i} laid out for?",
            "Tell me how many can be seated in the {i}.",
        ),
    ),
)


def pages() -> list[Page]:
    """The price sheets."""
    made = []
    for title, above, entry, items, below, draw, asks in SHEETS:
        doc_id = f"tariff-{title.lower().replace(' ', '-')}"
        facts = [
            Fact(doc_id, key, "numeric", "tariff", draw, tuple(ask.replace("{i}", item) for ask in asks))
            for key, item in items.items()
        ]
        entries = [entry.replace("{item}", item).replace("{price}", f"{{{key}}}") for key, item in items.items()]
        made.append(Page(doc_id, title, "tariff", (*above, "", *entries, *below), facts))
    return made
