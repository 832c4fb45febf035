"""People with a page of their own: twenty pairs of colleagues who share a surname and an initial, and two more."""

from handbook.draws import code, day, digits, joined, room, somebody
from handbook.model import ALWAYS, Alive, Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "extension",
        "numeric",
        digits(3101, 7990, "extension"),
        (
            "Dial extension {v} to reach {n}.",
            "{n} answers on extension {v}.",
            "The extension is {v}, also from outside by way of the switchboard.",
            "{s} has extension {v} and calls back the same day.",
        ),
        "Extension: {v}",
        (
            "What is {n}'s extension?",
            "On which extension can I reach {n}?",
            "Which number do I dial in the house for {n}?",
            "Give me the extension of {n}.",
            "I want to call {n} from my desk; what do I dial?",
            "Under what extension does {n} answer?",
            "Look up the internal phone number of {n}.",
        ),
        ("xtension",),
    ),
    Attribute(
        "room",
        "single_hop",
        room(),
        (
            "{his} desk is in room {v}.",
            "{n} sits in room {v}.",
            "Visitors find {n} in room {v}.",
            "Room {v} is where {s} works when {he} is not outside.",
        ),
        "Room: {v}",
        (
            "In which room does {n} sit?",
            "What is the room number of {n}?",
            "Where is {n}'s desk?",
            "I have a letter for {n}. To which room do I take it?",
            "Name the room in which {n} works.",
            "Which room must I go to if I want to see {n}?",
            "Tell me {n}'s room.",
        ),
        ("oom ", "Room:"),
    ),
    Attribute(
        "joined",
        "date",
        day("1994-01-01", "2022-11-28"),
        (
            "{n} joined Keldmark on {v}.",
            "{s} joined the house on {v}.",
            "With us since {v}, when {he} joined as a junior, {s} knows most corners of the house.",
            "{he} joined on {v} and has missed few summer parties since.",
        ),
        "Joined: {v}",
        (
            "When did {n} join Keldmark?",
            "Since which date has {n} been with the house?",
            "What is {n}'s date of entry?",
            "On what day did {n} start at Keldmark?",
            "Give the date on which {n} was hired.",
            "How long has {n} been here, counted from what day?",
            "State {n}'s first day at work.",
        ),
        ("oined",),
        changes=False,
    ),
    Attribute(
        "staff_number",
        "single_hop",
        code("K-#####"),
        (
            "The staff number of {n} is {v}.",
            "Forms ask for {his} staff number, {v}.",
            "In the payroll {s} has the staff number {v}.",
            "{his} badge carries the staff number {v}.",
        ),
        "Staff number: {v}",
        (
            "What is {n}'s staff number?",
            "Under which staff number is {n} on the payroll?",
            "Which number is on {n}'s badge?",
            "Give me the personnel number of {n}.",
            "A form asks for the staff number of {n}; what do I enter?",
            "State the number by which payroll knows {n}.",
            "Look up {n}: what staff number is it?",
        ),
        ("taff number",),
        changes=False,
    ),
    Attribute(
        "stand_in",
        "single_hop",
        somebody(),
        (
            "When {s} is away, {v} stands in.",
            "{v} stands in for {n} during holidays.",
            "In {his} absence {v} stands in and may sign.",
            "If {he} cannot be reached, ask {v}, who stands in.",
        ),
        "Stands in: {v}",
        (
            "Who stands in for {n}?",
            "Which colleague is {n}'s deputy?",
            "Name the person who replaces {n} during holidays.",
            "To whom do I turn when {n} is away?",
            "If {n} is ill, who may sign instead?",
            "By whom is {n} represented during an absence?",
            "{n} is on leave. Tell me who acts in the meantime.",
        ),
        ("stands in", "Stands in"),
    ),
    Attribute(
        "call_sign",
        "single_hop",
        joined(
            "Copper Silver Scarlet Amber Velvet Iron Marble Cobalt Russet Ivory Saffron Granite Crimson Pewter",
            "Heron Otter Curlew Plover Bittern Sturgeon Beaver Kestrel Grayling Marten Dunlin Tern Pike Gannet",
        ),
        (
            "On the radio {n} goes by the call sign {v}.",
            "{his} call sign is {v}.",
            "Over the yard radio, {s} listens to the call sign {v}.",
            "The call sign {v} belongs to {n}.",
        ),
        "Call sign: {v}",
        (
            "What is {n}'s radio call sign?",
            "Under which call sign does {n} answer the radio?",
            "How is {n} called over the radio?",
            "Give me the call sign of {n}.",
            "By what name do I hail {n} on the yard channel?",
            "Which call sign has been given to {n}?",
            "I need {n} on the radio. For whom do I call?",
        ),
        ("all sign",),
    ),
    Attribute(
        "former_employer",
        "single_hop",
        joined(
            "Gorsefield Hartsea Wendle Millbay Torrance Elmsworth Dunmarsh Rookholt Saxley Vellacott Thornhithe",
            "Shipyard Waterworks Dredging Foundry Canals Surveyors Ferries Optics Pipelines Instruments",
        ),
        (
            "Before that {he} was employed by {v}.",
            "{n} came to us from {v}, where {he} was employed for several years.",
            "Formerly employed at {v}, {s} brought a good address book along.",
            "{s} had been employed at {v} before.",
        ),
        "Formerly employed by: {v}",
        (
            "For whom did {n} work before Keldmark?",
            "What was {n}'s previous employer?",
            "From which firm did {n} come to Keldmark?",
            "Name the company that employed {n} before.",
            "Where was {n} employed earlier?",
            "At what firm had {n} been before coming here?",
            "Tell me {n}'s former employer.",
        ),
        ("employed",),
        changes=False,
    ),
    Attribute(
        "apprentice",
        "single_hop",
        somebody(),
        (
            "This year {his} apprentice is {v}.",
            "{n} trains an apprentice, {v}.",
            "{v} is learning the trade as {his} apprentice.",
            "As an apprentice, {v} follows {s} wherever {he} goes.",
        ),
        "Apprentice: {v}",
        (
            "Who is {n}'s apprentice?",
            "Which apprentice does {n} train?",
            "Name the apprentice who works under {n}.",
            "Whom is {n} teaching the trade?",
            "What is the name of the apprentice assigned to {n}?",
            "Under {n}, who is serving an apprenticeship?",
            "Tell me which trainee follows {n}.",
        ),
        ("apprentice", "Apprentice"),
    ),
)

GROUPS = (
    Group(
        ("Where to find {s}", "Contact", "How to reach {s}"),
        ("extension", "room", "call_sign", "stand_in"),
        (
            "Messages are best sent before noon.",
            "The diary is open to all colleagues.",
            "{s} prefers a visit to a long message.",
            "On Fridays {he} is usually on the water.",
            "Please do not leave parcels on the windowsill.",
            "Calls are forwarded to the switchboard after hours.",
            "Mail without a subject is answered last.",
            "Mornings are kept free for visitors from other sites.",
            "On market days a short call is better than a long one.",
            "A note under the door is read the same day.",
            "During high water nobody should expect an answer before supper.",
            "The lamp above the door tells whether one may enter.",
            "Appointments are made by way of the switchboard.",
            "Whoever brings a drawing is received first.",
            "The voice box is emptied twice a day.",
            "Conferences are held standing.",
        ),
    ),
    Group(
        ("Background", "About", "Career"),
        ("joined", "former_employer", "staff_number", "apprentice"),
        (
            "{s} sits on the canteen committee.",
            "{he} is a trained first-aider.",
            "{s} speaks at schools when asked in good time.",
            "{he} has a licence for inland boats.",
            "{s} keeps the logbook of the sailing club.",
            "{he} collects old tide tables.",
            "{s} referees the football match between bench and field.",
            "{he} keeps bees behind the boathouse.",
            "{s} reads the lesson at the seamen's chapel.",
            "{he} repairs clocks for colleagues at no charge.",
            "{s} helps to build the raft for the regatta.",
            "{he} plays the double bass at the summer party.",
            "{s} has written a small book about weirs.",
            "{he} is a member of the volunteer fire brigade.",
            "{s} translates manuals in the quiet months.",
            "{he} swims before work, also in March.",
            "{s} is one of the fire wardens.",
            "{he} looks after the ship models in the hall.",
            "{s} judges the annual knot contest.",
            "{he} grows the roses at the gate.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "birthday",
        (
            "When is {n}'s birthday?",
            "On which day was {n} born?",
            "What is the date of birth of {n}?",
            "Give me the birthday of {n}.",
            "I am buying a cake for {n}: when is the birthday?",
            "Tell me on what date {n} celebrates a birthday.",
        ),
        ("birthday", "born", "birth"),
    ),
    Phantom(
        "salary",
        (
            "How much does {n} earn?",
            "What is {n}'s monthly salary?",
            "State the pay of {n}.",
            "Which salary does {n} receive?",
            "What sum is {n} paid every month?",
            "Tell me what Keldmark pays {n}.",
        ),
        ("salary", "earns", "paid"),
    ),
)

ROSTER = """
Marit Brekke|she|site manager|{n} trained as a boat builder before she turned to water levels.
Martin Brekke|he|site manager|{n} is known for his short memos and his long walks round the stock.
Jonas Haugen|he|site manager|{n} can tell the age of a rope by its smell.
Johan Haugen|he|site manager|{n} moved from the sales side to the sites after a winter in the islands.
Elin Castor|she|site manager|{n} drew up the fire plans that all sites now use.
Elias Castor|he|site manager|{n} is the person to ask about cranes and their papers.
Ruth Aldworth|she|site manager|{n} once emptied a flooded store in a single night.
Robin Aldworth|he|site manager|{n} started as a driver and still knows every ramp.
Nadia Ferreby|she|site manager|{n} speaks for the sites in the works council.
Nora Ferreby|she|site manager|{n} likes a swept floor and a generous coffee corner.
Tomas Lindqvist|he|site manager|{n} is a chemist by training and a gardener by inclination.
Tova Lindqvist|she|site manager|{n} looks after visiting inspectors as well as her own crew.
Oskar Penhale|he|site manager|{n} learned his trade on dredgers.
Olive Penhale|she|site manager|{n} sees to it that nothing leaves without a label.
Greta Sorrell|she|site manager|{n} covers for sites whose post is vacant.
Gareth Sorrell|he|site manager|{n} came through the trainee scheme for future heads of sites.
Priya Menon|she|site manager|{n} has worked on both coasts and in two languages.
Paul Menon|he|product manager|{n} writes the data sheets himself, down to the commas.
Yusuf Okafor|he|product manager|{n} keeps a drawer of failed prototypes and shows it to newcomers.
Yara Okafor|she|product manager|{n} was a customer before she became a colleague.
Lucia Marchetti|she|product manager|{n} insists on trying every instrument in the rain.
Luca Marchetti|he|product manager|{n} answers letters from lock keepers by hand.
Hanna Duvall|she|product manager|{n} likes plain dials and dislikes menus.
Hugo Duvall|he|product manager|{n} looks at what comes back broken before he looks at anything else.
Ines Carvalho|she|product manager|{n} divides her week between the bench and the fairs.
Ivo Carvalho|he|product manager|{n} has a background in ship's electronics.
Sophie Kettler|she|team lead|{n} brought the morning round to the house.
Stefan Kettler|he|team lead|{n} likes lists and keeps them short.
Dagny Westrup|she|team lead|{n} was a river pilot until her knees objected.
David Westrup|he|team lead|{n} teaches statistics to anyone who will listen.
Amara Tindall|she|team lead|{n} answers the complaints that nobody else wants.
Alan Tindall|he|team lead|{n} bakes for the whole floor on the last day of the month.
Kirsten Rowe|she|team lead|{n} reads contracts for pleasure.
Kieran Rowe|he|team lead|{n} has an eye for unsafe ladders.
Birgit Salvesen|she|trainer|{n} swam for her county and teaches in the same spirit.
Bram Salvesen|he|trainer|{n} explains soldering with a candle and a spoon.
Celia Umney|she|trainer|{n} never raises her voice, not even in a gale.
Conrad Umney|he|trainer|{n} wrote the booklet on knots.
Edda Wolfram|she|project lead|{n} plans backwards from the spring tide.
Erik Wolfram|he|project lead|{n} likes maps on paper.
Edna Castor|she|librarian|{n} has left the bench to put the technical library in order.|new
Roland Rowe|he|archivist|{n} looks after drawings from the days of linen and ink.|gone
"""

ALIVE: dict[str, Alive] = {"": ALWAYS, "new": (False, True, True), "gone": (True, True, False)}

OPENINGS = (
    "{n} works at Keldmark as {a} {title}.",
    "{n} is {a} {title}.",
    "{a} {title} by post, {n} is seldom seen at a desk for long.",
    "You may know {n} as {a} {title} with a firm handshake.",
    "Post held: {title}.",
)


def _people() -> tuple[Entity, ...]:
    entities = []
    for position, row in enumerate(ROSTER.strip().splitlines()):
        name, he, title, bio, *life = row.split("|")
        his = {"he": "his", "she": "her"}[he]
        article = "an" if title[0] in "aeiou" else "a"
        opening = OPENINGS[position % len(OPENINGS)].replace("{title}", title).replace("{a}", article)
        if "{n}" in opening:
            bio = bio.replace("{n}", "{s}", 1)
        key = f"person-{name.lower().replace(' ', '-')}"
        first = name.split()[0]
        words = {"he": he, "his": his, "title": title}
        alive = ALIVE[life[0] if life else ""]
        entities.append(Entity(key, name, name, first, f"{opening}\n{bio}", words, alive))
    return tuple(entities)


KIND = Kind(
    "person",
    ATTRIBUTES,
    GROUPS,
    _people(),
    PHANTOMS,
    pairs=(
        ("extension", "room", "{n} is in room {room}, extension {extension}."),
        ("joined", "former_employer", "Until {he} joined Keldmark on {joined}, {s} was employed at {former_employer}."),
    ),
    n_stated=(3, 5),
)
