"""Projects for customers."""

from handbook.draws import code, count, day, euros, joined, somebody, weekly
from handbook.model import ALWAYS, Alive, Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "lead",
        "single_hop",
        somebody(),
        (
            "The project lead is {v}.",
            "{v} is project lead and answers for the dates.",
            "On our side the project lead, {v}, signs the minutes.",
            "Its project lead is {v}.",
        ),
        "Project lead: {v}",
        (
            "Who leads {n}?",
            "Who is the project lead of {n}?",
            "Name the person who runs {n}.",
            "Who answers for the dates of {n}?",
            "Under whose lead does {n} stand?",
            "I have news for {n}. Which colleague leads it?",
            "Tell me who is at the head of {n}.",
        ),
        ("roject lead",),
    ),
    Attribute(
        "budget",
        "numeric",
        euros(105000, 990000, 2500),
        (
            "The budget is {v}.",
            "{n} has a budget of {v}.",
            "A budget of {v} was approved for {s}.",
            "All in all its budget comes to {v}.",
        ),
        "Budget: {v}",
        (
            "What is the budget of {n}?",
            "How much money has been approved for {n}?",
            "How many euros can {n} spend?",
            "State the size of the budget for {n}.",
            "On what budget does {n} run?",
            "What sum is set aside for {n}?",
            "Tell me the total budgeted for {n}.",
        ),
        ("budget", "Budget"),
    ),
    Attribute(
        "completion",
        "date",
        day("2025-06-01", "2028-12-20"),
        (
            "Completion is due on {v}.",
            "By contract {s} is due for completion on {v}.",
            "Everything has to work by {v}, the day of completion.",
            "The date of completion is {v}.",
        ),
        "Completion: {v}",
        (
            "When is {n} to be completed?",
            "What is the completion date of {n}?",
            "By which date must {n} be finished?",
            "On what day does {n} end?",
            "Give the date on which {n} is due.",
            "How long will {n} go on; until what date?",
            "State when {n} has to be done.",
        ),
        ("ompletion",),
    ),
    Attribute(
        "client",
        "single_hop",
        joined(
            "Amberford Bellhaven Cressing Dunwell Ettrickmouth Farrowby Glenmarch Highwick Isleham Kingsmarsh Lowmere",
            "Water Board|Port Authority|Drainage Board|Fisheries Trust|Canal Company|City Council|Ferry Company",
        ),
        (
            "The client is the {v}.",
            "We work for the {v}, a client of long standing.",
            "The {v} is the client and pays quarterly.",
            "It was ordered by our client, the {v}.",
        ),
        "Client: {v}",
        (
            "Who is the client of {n}?",
            "For whom is {n} carried out?",
            "Name the customer who ordered {n}.",
            "Which body pays for {n}?",
            "By what organisation was {n} commissioned?",
            "I am writing the invoice for {n}: which client is it for?",
            "Tell me on whose order {n} is done.",
        ),
        ("client", "Client"),
        changes=False,
    ),
    Attribute(
        "stations",
        "numeric",
        count(23, 98, "stations", "measuring stations"),
        (
            "{v} are to be set up.",
            "The plan has {v} along the banks.",
            "In the end {v} will report to the control room.",
            "{n} comprises {v}.",
        ),
        "To be built: {v}",
        (
            "How many stations does {n} comprise?",
            "How many stations are set up in {n}?",
            "What number of measuring stations belongs to {n}?",
            "State how many stations are planned for {n}.",
            "Of how many stations does {n} consist?",
            "I am packing posts for {n}; how many stations are there?",
            "Tell me the number of stations in {n}.",
        ),
        ("stations",),
    ),
    Attribute(
        "number",
        "single_hop",
        code("PJ-####"),
        (
            "Hours are booked on project number {v}.",
            "The project number is {v}.",
            "{n} runs under project number {v}.",
            "All papers bear the project number {v}.",
        ),
        "Project number: {v}",
        (
            "What is the project number of {n}?",
            "Under which number does {n} run?",
            "On what number do I book hours for {n}?",
            "Give me the project number for {n}.",
            "My time sheet asks for the number of {n}. What is it?",
            "How is {n} numbered on its papers?",
            "Look up the number assigned to {n}.",
        ),
        ("roject number",),
        changes=False,
    ),
    Attribute(
        "penalty",
        "numeric",
        euros(1050, 9900, 50),
        (
            "Each day of delay costs a penalty of {v}.",
            "The penalty for delay is {v} a day.",
            "A daily penalty of {v} hangs over the last deadline.",
            "If we are late, a penalty of {v} falls due every day.",
        ),
        "Penalty for each day of delay: {v}",
        (
            "What penalty is due for each day of delay in {n}?",
            "How much does a day of delay in {n} cost?",
            "If {n} is late, what must we pay a day?",
            "State the daily penalty in {n}.",
            "How large is the contractual penalty of {n} for every late day?",
            "What sum is lost with each day that {n} overruns?",
            "Tell me the penalty agreed for {n}.",
        ),
        ("enalty",),
    ),
    Attribute(
        "steering",
        "single_hop",
        weekly(8, 16),
        (
            "The steering group meets on {v}.",
            "Every other {v} the steering group meets.",
            "Decisions are made by the steering group, which meets on {v}.",
            "The steering group has its fixed hour on {v}.",
        ),
        "Steering group: {v}",
        (
            "When does the steering group of {n} meet?",
            "On what weekday and hour is the steering group of {n} held?",
            "What is the fixed hour of {n}'s steering group?",
            "Give the meeting time of the steering group for {n}.",
            "I must report to the steering group of {n}: when does it sit?",
            "At which time of the week is {n} steered in a meeting?",
            "Tell me when those who steer {n} come together.",
        ),
        ("teering group",),
    ),
)

GROUPS = (
    Group(
        ("Scope", "What is built", "The task"),
        ("client", "stations", "completion"),
        (
            "The ground has been surveyed twice.",
            "Access is by boat in winter.",
            "Herons nest nearby, so nothing is hammered in spring.",
            "Local fishermen lend a hand and a punt.",
            "The posts are made of oak at the wish of the village.",
            "Drawings are kept in the project room.",
            "A diver looks at every foundation.",
            "Cables are buried by hand near the reeds.",
            "The village school follows the work.",
            "Old posts are pulled out and burnt.",
            "Night work is announced at the inn.",
        ),
    ),
    Group(
        ("Organisation", "How it is run", "Money and meetings"),
        ("lead", "budget", "number", "penalty", "steering"),
        (
            "Changes are agreed in writing.",
            "Travel is booked by the crew themselves.",
            "Minutes are sent out the next morning.",
            "A risk list hangs on the door.",
            "Weather days are counted and signed for.",
            "Photographs are taken from the same spot every week.",
            "Subcontractors wear our badge.",
            "The van is shared with another crew.",
            "Invoices follow the milestones.",
            "Lessons are written down while they still hurt.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "consultant",
        (
            "Which consulting firm advises {n}?",
            "Who is the outside consultant on {n}?",
            "Name the consultants engaged for {n}.",
            "By what consultancy is {n} supported?",
            "Whose outside advice does {n} rely on?",
            "Tell me which consultant works for {n}.",
        ),
        ("consult",),
    ),
)


def _project(title: str, intro: str, must: str = "", alive: Alive = ALWAYS) -> Entity:
    key = f"project-{title.lower().replace(' ', '-')}"
    full = f"{title} project"
    return Entity(key, full, f"the {full}", "the project", intro, alive=alive, must=tuple(must.split()))


ENTITIES = (
    _project("Lake Ommer", "{n} will warn the villages on the eastern shore before the lake rises.", "lead"),
    _project(
        "Lake Ombra", "{n} watches the temperature of a mountain lake.\nPack mules carry what the lorry cannot.", "lead"
    ),
    _project("River Sull", "{n} replaces gauges that were set up a lifetime ago."),
    _project("River Sullen", "{n} follows a slow brown river through its fens."),
    _project("Port Kessary", "Ships' pilots will read the tide on their telephones once {n} is done."),
    _project("Port Kessel", "{n} puts wave buoys outside a breakwater."),
    _project("Tarrow Weir", "{n} measures what flows over an old weir and what seeps under it."),
    _project("Tarrick Weir", "{n} gives the lock keeper a view of three pools at once."),
    _project("Fenn Delta", "{n} is our largest network so far and the muddiest."),
    _project("Hollin Reservoir", "{n} keeps an eye on the dam of a drinking-water reservoir.", "", (False, True, True)),
)

KIND = Kind(
    "project",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("budget", "stations", "With a budget of {budget}, {stations} are set up."),),
    n_stated=(5, 7),
)
