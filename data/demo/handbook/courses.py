"""Training courses."""

from handbook.draws import code, count, day, euros, percent, somebody
from handbook.model import ALWAYS, Alive, Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "fee",
        "numeric",
        euros(135, 985, 5),
        (
            "The fee is {v}, charged to the cost centre of the participant.",
            "A fee of {v} is charged for each seat.",
            "{n} has a fee of {v}, lunch included.",
            "Cost centres pay a fee of {v} a head.",
        ),
        "Fee: {v}",
        (
            "What is the fee for {n}?",
            "How much does {n} cost?",
            "What must my cost centre pay for {n}?",
            "State the price of a seat on {n}.",
            "For how many euros can I attend {n}?",
            "I want to book {n}: what fee will be charged?",
            "Tell me what a place on {n} costs.",
        ),
        (" fee ", "Fee:"),
    ),
    Attribute(
        "trainer",
        "single_hop",
        somebody(),
        (
            "The trainer is {v}.",
            "{v} is the trainer of {n}.",
            "All lessons are given by one trainer, {v}.",
            "{v} has been its trainer since the last revision.",
        ),
        "Trainer: {v}",
        (
            "Who gives {n}?",
            "Who is the trainer of {n}?",
            "Name the instructor of {n}.",
            "By whom is {n} taught?",
            "Which colleague teaches {n}?",
            "I have a question about the contents of {n}. Who is its trainer?",
            "Tell me who instructs the participants of {n}.",
        ),
        ("trainer", "Trainer"),
    ),
    Attribute(
        "next_date",
        "date",
        day("2025-02-01", "2026-12-20"),
        (
            "It starts next on {v}.",
            "The next intake starts on {v}.",
            "{n} starts next on {v}; latecomers wait for the one after.",
            "Mark {v}, when the next group starts.",
        ),
        "Next start: {v}",
        (
            "When does {n} start next?",
            "What is the next date of {n}?",
            "On which day does the next round of {n} begin?",
            "Give the start date of the coming {c}.",
            "When can I next attend {n}?",
            "I have missed {n}. When is it held again?",
            "Tell me on what date {n} is offered next.",
        ),
        ("starts next", "next intake starts", "next group starts", "Next start"),
    ),
    Attribute(
        "places",
        "numeric",
        count(13, 48, "places", "participants", "seats"),
        (
            "There are {v}, given in the order of booking.",
            "Each round has {v} and a waiting list.",
            "Only {v} are offered at a time.",
            "{n} has {v}.",
        ),
        "Offered: {v}",
        (
            "How many places does {n} have?",
            "How many people can take part in {n}?",
            "What is the largest number of participants of {n}?",
            "State the number of seats on {n}.",
            "For how many participants is {n} laid out?",
            "Up to what size are groups on {n}?",
            "Tell me the capacity of {n}.",
        ),
        ("places",),
    ),
    Attribute(
        "code",
        "single_hop",
        code("TR-###"),
        (
            "Its booking code is {v}.",
            "Enter booking code {v} in the training calendar.",
            "{n} is found under booking code {v}.",
            "To sign up, use the booking code {v}.",
        ),
        "Booking code: {v}",
        (
            "What is the booking code of {n}?",
            "Under which code do I book {n}?",
            "Give me the code for {n}.",
            "How is {n} coded in the training calendar?",
            "I would like to sign up for {n}; which code do I enter?",
            "Name the code by which {n} is booked.",
            "Look up the booking code that belongs to {n}.",
        ),
        ("ooking code",),
    ),
    Attribute(
        "pass_mark",
        "numeric",
        percent(51, 94),
        (
            "The pass mark is {v}.",
            "To pass, {v} of the points are needed; there is no other way to pass.",
            "Whoever reaches {v} in the final test will pass.",
            "At the end stands a test with a pass mark of {v}.",
        ),
        "Pass mark: {v}",
        (
            "What is the pass mark of {n}?",
            "What share of the points is needed to pass {n}?",
            "How many percent must I reach in {n}?",
            "State the percentage at which one passes {n}.",
            "From which result on is {n} passed?",
            "In the final test of {n}, how much has to be right?",
            "Tell me the result required by {n}.",
        ),
        ("pass",),
    ),
    Attribute(
        "validity",
        "numeric",
        count(13, 76, "months"),
        (
            "The certificate is valid for {v}.",
            "After {v} the certificate lapses.",
            "Participants get a certificate that holds for {v}.",
            "A refresher is due when the certificate lapses after {v}.",
        ),
        "Certificate valid for: {v}",
        (
            "How long is the certificate of {n} valid?",
            "For how many months does the certificate from {n} hold?",
            "After what time must {n} be repeated?",
            "State the validity of the certificate for {n}.",
            "When does a certificate of {n} lapse, in months?",
            "I passed {n} today. How many months is my paper good for?",
            "Tell me the period for which {n} certifies a participant.",
        ),
        ("ertificate",),
    ),
    Attribute(
        "hours",
        "numeric",
        count(13, 79, "lessons", "teaching lessons"),
        (
            "It takes {v}.",
            "The programme is spread over {v}.",
            "{n} consists of {v}.",
            "In {v} the subject is covered from end to end.",
        ),
        "Length: {v}",
        (
            "How many lessons does {n} have?",
            "How long is {n}, in lessons?",
            "Of how many lessons does {n} consist?",
            "State the length of {n}.",
            "What is the number of lessons in {n}?",
            "Over how many lessons is {n} spread?",
            "If I take {n}, how many lessons await me?",
        ),
        ("lessons",),
    ),
)

GROUPS = (
    Group(
        ("Booking", "How to take part", "Places and dates"),
        ("fee", "next_date", "places", "code"),
        (
            "Managers confirm by e-mail.",
            "Whoever does not turn up sits at the end of the queue next time.",
            "Sturdy shoes are part of the kit.",
            "A room at the inn can be reserved by the office.",
            "Customers may take part when seats are left.",
            "Travel is arranged by the participants themselves.",
            "Those on shift swap with a colleague.",
            "Waiting lists are cleared at the end of the year.",
            "Parking is on the meadow.",
            "Notes may be taken, recordings may not.",
            "Coffee is free, cake is not.",
        ),
    ),
    Group(
        ("Contents", "What you learn", "Teaching and testing"),
        ("trainer", "pass_mark", "validity", "hours"),
        (
            "Theory comes in the morning, practice after lunch.",
            "The booklet is handed out on arrival.",
            "Questions are encouraged, anecdotes tolerated.",
            "A short film opens the first morning.",
            "Exercises are done in pairs.",
            "The test may be repeated once.",
            "Homework is voluntary and corrected all the same.",
            "Every participant has a turn at the front.",
            "Mistakes are collected and laughed about.",
            "A former student tells how it went wrong.",
            "Diagrams are drawn on the blackboard.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "language",
        (
            "In which language is {n} held?",
            "What language does the teacher of {n} speak?",
            "Name the language of instruction of {n}.",
            "Which language must participants of {n} understand?",
            "Is there a fixed language for {n}, and which is it?",
            "Tell me the language in which {n} is given.",
        ),
        ("language", "English"),
    ),
)


def _course(title: str, intro: str, must: str = "", alive: Alive = ALWAYS) -> Entity:
    key = f"course-{title.lower().replace(' ', '-')}"
    words = {"c": f"{title} course"}
    return Entity(key, f"{title} course", f"the {title} course", "the course", intro, words, alive, tuple(must.split()))


ENTITIES = (
    _course("Working at Height", "Ladders, harnesses and common sense are the subjects of {n}.", "trainer"),
    _course("Working on Water", "{n} is for everybody who steps from a quay into something that moves.", "trainer"),
    _course("Working Alone", "{n} teaches how to ask for help before it is needed.\nIt is required for night duty."),
    _course("Boat Handling Basic", "In {n} beginners learn to start, steer, stop and moor.", "trainer"),
    _course(
        "Boat Handling Advanced",
        "{n} is about currents, tows and bad weather.\nThe basic certificate is a condition.".replace(
            "certificate", "course"
        ),
        "trainer",
    ),
    _course("Gauge Calibration A", "{n} covers floats, staffs and tapes."),
    _course("Gauge Calibration B", "{n} deals with pressure and radar gauges and with the sums behind them."),
    _course("First Aid Afloat", "Cold, wet and far from a doctor: {n} prepares for it."),
    _course("First Aid Ashore", "{n} treats cuts, falls and fainting in workshops and offices."),
    _course("Forklift Driving", "{n} ends with a slalom round full barrels."),
    _course("Soldering for Repairers", "{n} turns clumsy hands into steady ones."),
    _course("Handling Complaints", "{n} is a rehearsal for difficult telephone calls."),
    _course("Handling Chemicals", "{n} explains labels, gloves and the locked cupboard."),
    _course(
        "Reading Tide Tables", "High water does not wait, and {n} shows how to know its hour.", "", (False, True, True)
    ),
)

KIND = Kind(
    "course",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("places", "fee", "Each of the {places} has a fee of {fee}."),),
    n_stated=(4, 6),
)
