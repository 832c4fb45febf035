"""Events: fairs, forums, dinners."""

from handbook.draws import clock, count, day, euros, joined, somebody
from handbook.model import ALWAYS, Alive, Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "date",
        "date",
        day("2025-09-01", "2026-12-20"),
        (
            "It takes place on {v}.",
            "This time {n} takes place on {v}, whatever the weather.",
            "Keep {v} free, the day on which it takes place.",
            "{n} takes place on {v}.",
        ),
        "Takes place on: {v}",
        (
            "When does {n} take place?",
            "On which date is {n} held?",
            "What is the date of {n}?",
            "Give the day of {n}.",
            "Which day must I keep free for {n}?",
            "I would like to come to {n}: on what date is it?",
            "Tell me when {n} will be held.",
        ),
        ("takes place", "Takes place"),
    ),
    Attribute(
        "organiser",
        "single_hop",
        somebody(),
        (
            "The organiser is {v}.",
            "{v} is the organiser and keeps the guest list.",
            "Offers of help reach the organiser, {v}.",
            "As organiser {v} has the final word on the programme.",
        ),
        "Organiser: {v}",
        (
            "Who organises {n}?",
            "Who is the organiser of {n}?",
            "Name the person behind {n}.",
            "By whom is {n} organised?",
            "Who keeps the guest list for {n}?",
            "I can help at {n}; which colleague should I tell?",
            "Tell me whose job it is to organise {n}.",
        ),
        ("rganiser",),
    ),
    Attribute(
        "deadline",
        "date",
        day("2025-01-10", "2025-08-28"),
        (
            "Please register by {v}.",
            "Guests register by {v} at the latest.",
            "To come, register not later than {v}.",
            "After {v} it is no longer possible to register.",
        ),
        "Register by: {v}",
        (
            "By when must I register for {n}?",
            "What is the deadline to register for {n}?",
            "Until which date can one sign up for {n}?",
            "Give the closing date for registrations to {n}.",
            "When does the registration for {n} close?",
            "How long do I have to register for {n}; until what day?",
            "State the last day on which {n} accepts registrations.",
        ),
        ("egister",),
    ),
    Attribute(
        "capacity",
        "numeric",
        count(110, 690, "guests", "people", "visitors"),
        (
            "There is room for {v}.",
            "The hall takes {v}, and no more are let in.",
            "{n} is limited to {v}.",
            "More than {v} cannot be seated.",
        ),
        "Room for: {v}",
        (
            "How many guests can come to {n}?",
            "For how many people is there room at {n}?",
            "To what number of guests is {n} limited?",
            "State the capacity of {n}.",
            "What is the largest number of visitors at {n}?",
            "How many people are let into {n}?",
            "Tell me how many {n} can seat.",
        ),
        (" guests", "Room for"),
    ),
    Attribute(
        "ticket",
        "numeric",
        euros(13, 96),
        (
            "A ticket costs {v}.",
            "Tickets are sold at the door for {v}.",
            "The ticket, at {v}, includes soup and bread.",
            "For outsiders a ticket is {v}.",
        ),
        "Ticket: {v}",
        (
            "How much is a ticket for {n}?",
            "What does a ticket to {n} cost?",
            "What is the admission price of {n}?",
            "State the price of a ticket for {n}.",
            "For how many euros do I get into {n}?",
            "I want to buy a ticket for {n}. What must I pay?",
            "Tell me the cost of admission to {n}.",
        ),
        ("icket",),
    ),
    Attribute(
        "speaker",
        "single_hop",
        somebody(),
        (
            "The opening speech is given by {v}.",
            "{v} gives the opening speech.",
            "After the bell {v} holds the opening speech.",
            "We are glad that {v} has agreed to hold the opening speech.",
        ),
        "Opening speech: {v}",
        (
            "Who gives the opening speech at {n}?",
            "Who opens {n} with a speech?",
            "Name the opening speaker of {n}.",
            "By whom is the first speech at {n} given?",
            "At {n}, who speaks first?",
            "I am printing the programme of {n}; whose is the opening speech?",
            "Tell me who will hold the opening address at {n}.",
        ),
        ("pening speech",),
    ),
    Attribute(
        "start",
        "numeric",
        clock(9, 18),
        (
            "Doors open at {v}.",
            "The doors open at {v}, and not a minute before.",
            "Be there at {v}, when the doors open.",
            "From {v}, when the doors open, coffee is served.",
        ),
        "Doors open: {v}",
        (
            "At what time do the doors of {n} open?",
            "When are guests let into {n}?",
            "From what hour can people enter {n}?",
            "State the time at which {n} opens its doors.",
            "How early can I get into {n} on the day?",
            "At which hour does {n} let its visitors in?",
            "Tell me the opening hour of {n}.",
        ),
        ("oors open",),
    ),
    Attribute(
        "band",
        "single_hop",
        joined(
            "Harbour Midnight Lantern Pebble Driftwood Thunder Willow Orchard Canal Barnacle",
            "Strollers Quartet Fiddlers Serenaders Ramblers Trumpets Sextet Accordions",
        ),
        (
            "The music is played by the {v}.",
            "For music the house has engaged the {v}.",
            "There is music by the {v} in the interval.",
            "The {v} provide the music.",
        ),
        "Music: {v}",
        (
            "Which band plays at {n}?",
            "Who makes the music at {n}?",
            "Name the musicians engaged for {n}.",
            "By which band is {n} accompanied?",
            "What group has been hired to play at {n}?",
            "I want to greet the musicians at {n}. What is the band called?",
            "Tell me whose music is heard at {n}.",
        ),
        ("music", "Music"),
    ),
)

GROUPS = (
    Group(
        ("Programme", "What happens", "On the day"),
        ("date", "organiser", "speaker", "start", "band"),
        (
            "Children are welcome and are lent life jackets.",
            "There will be soup, and something for those who do not like soup.",
            "Photographs may be used in the annual report.",
            "Umbrellas can be borrowed at the entrance.",
            "Old colleagues are greeted by name.",
            "Dogs stay on the lead.",
            "The evening closes with the lighting of a buoy.",
            "Lost children are kept in the pilot's hut.",
            "A barometer is raffled.",
            "The flag is hoisted by the youngest guest.",
            "If it rains, everything moves under the roof.",
            "Boots are advised.",
        ),
    ),
    Group(
        ("Taking part", "Registration and costs", "For guests"),
        ("deadline", "capacity", "ticket"),
        (
            "Name badges are printed the evening before.",
            "Special diets should be mentioned in good time.",
            "A shuttle runs from the station.",
            "Please hang coats in the cloakroom.",
            "What remains of the food goes to the seamen's mission.",
            "Groups are asked to come together.",
            "Seats are not numbered.",
            "Helpers eat first.",
            "Bicycles are guarded.",
            "Late guests stand.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "sponsor",
        (
            "Which company sponsors {n}?",
            "Who is the sponsor of {n}?",
            "Name the sponsor behind {n}.",
            "By what firm is {n} sponsored?",
            "Whose money supports {n} as a sponsor?",
            "Tell me which sponsor {n} has found.",
        ),
        ("sponsor",),
    ),
)


def _event(title: str, intro: str, must: str = "", alive: Alive = ALWAYS) -> Entity:
    key = f"event-{title.lower().replace(' ', '-').replace(chr(39), '')}"
    return Entity(key, title, f"the {title}", "the event", intro, alive=alive, must=tuple(must.split()))


ENTITIES = (
    _event("Great Gauge Fair", "At {n} the house shows what the year has brought.\nThe venue is the {venue}."),
    _event(
        "Lesser Gauge Fair",
        "{n} is quieter than its great sister and better for buying.\nIt is held at the {venue}.",
    ),
    _event(
        "Buoy Builders' Gathering", "{n} thanks the people who weld, paint and moor.\nEverybody meets at the {venue}."
    ),
    _event("River Users' Forum", "Anglers, boaters and millers argue at {n}.\nIts venue is the {venue}."),
    _event("Harbour Users' Forum", "Pilots and harbour masters come together at {n}.\nThe place is the {venue}."),
    _event(
        "Calibration Colloquy", "{n} is for people who like decimals with their tea.\nTables are laid at the {venue}."
    ),
    _event(
        "Data Colloquy",
        "At {n} customers see what has been done with their readings.\nCoffee is poured at the {venue}.",
    ),
    _event("Long Service Feast", "{n} honours colleagues who have stayed.\nIt is given at the {venue}."),
    _event("Apprentices' Regatta", "Home-made rafts race at {n}.\nThe finish is at the {venue}."),
    _event(
        "Suppliers' Round Table", "{n} brings the firms that sell to us into one room.\nThat room is at the {venue}."
    ),
    _event(
        "Customers' Round Table",
        "{n} is where customers tell us what we would rather not hear.\nIt meets at the {venue}.",
    ),
    _event(
        "Public Lecture Day",
        "{n} offers three short talks and a long interval.\nIt fills the hall of the {venue}.",
        "",
        (False, False, True),
    ),
)

KIND = Kind(
    "event",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("date", "start", "It takes place on {date}, and the doors open at {start}."),),
    n_stated=(4, 6),
)
