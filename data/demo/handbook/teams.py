"""Teams of the house."""

from handbook.draws import count, euros, joined, phone, somebody, weekly
from handbook.model import Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "lead",
        "single_hop",
        somebody(),
        (
            "{n} is led by {v}.",
            "{v} leads the team.",
            "Since the reorganisation {n} has been led by {v}.",
            "The team is led by {v}, who also draws up the roster.",
        ),
        "Led by: {v}",
        (
            "Who leads {n}?",
            "Which colleague is at the head of {n}?",
            "Name the leader of {n}.",
            "By whom is {n} led?",
            "Who draws up the roster of {n} as its lead?",
            "I want to talk to the lead of {n}. Who is that?",
            "Tell me the name of the person leading {n}.",
        ),
        ("led by", "Led by", "leads the team"),
    ),
    Attribute(
        "size",
        "numeric",
        count(13, 64, "members", "people"),
        (
            "{n} counts {v}, part-timers included.",
            "There are {v} on the roster.",
            "With {v}, the team fills its corner of the floor.",
            "At the last count the team had {v}.",
        ),
        "Size: {v}",
        (
            "How many members does {n} have?",
            "How large is {n}?",
            "What is the size of {n}?",
            "State how many people belong to {n}.",
            "Of how many colleagues does {n} consist?",
            "I am booking a table for all of {n}; for how many?",
            "Give the head count of {n}.",
        ),
        ("members",),
    ),
    Attribute(
        "budget",
        "numeric",
        euros(112000, 989000, 1500),
        (
            "The yearly budget of {n} is {v}.",
            "A budget of {v} has to last from January to December.",
            "{n} may spend a budget of {v} a year.",
            "Its budget comes to {v}.",
        ),
        "Yearly budget: {v}",
        (
            "What is the yearly budget of {n}?",
            "How much money may {n} spend in a year?",
            "What sum has been budgeted for {n}?",
            "State the budget of {n}.",
            "How many euros does {n} get for the year?",
            "On what annual budget does {n} run?",
            "Tell me how big the budget of {n} is.",
        ),
        ("budget",),
    ),
    Attribute(
        "meeting",
        "single_hop",
        weekly(8, 16),
        (
            "The weekly round takes place on {v}.",
            "Once a week, on {v}, {n} meets for its weekly round.",
            "Guests may listen in at the weekly round on {v}.",
            "Topics for the weekly round on {v} are collected on the whiteboard.",
        ),
        "Weekly round: {v}",
        (
            "When does {n} hold its weekly round?",
            "On what day and at what time does {n} meet?",
            "When is the weekly meeting of {n}?",
            "Tell me the weekday and hour of {n}'s round.",
            "I would like to attend the round of {n}: when is it?",
            "Give the time of the regular meeting of {n}.",
            "At which time of the week does {n} come together?",
        ),
        ("eekly round",),
    ),
    Attribute(
        "on_call",
        "numeric",
        phone(),
        (
            "Out of hours the on-call telephone of the team is {v}.",
            "At night the on-call number {v} is answered.",
            "Emergencies go to the on-call number, {v}.",
            "Whoever is on-call carries the telephone {v}.",
        ),
        "On-call number: {v}",
        (
            "What is the on-call number of {n}?",
            "Which number reaches {n} out of hours?",
            "How do I ring {n} at night?",
            "Give me the emergency telephone of {n}.",
            "It is Sunday and I need {n}; what do I dial?",
            "Under what number is {n} on call?",
            "Look up the out-of-hours phone for {n}.",
        ),
        ("n-call",),
    ),
    Attribute(
        "channel",
        "single_hop",
        joined(
            "plumb rusty tidal muddy brassy windy foggy salty leaky mossy sandy rocky",
            "bucket lantern anchor compass barrel kettle ladder whistle shackle pulley thimble windlass",
            "-",
        ),
        (
            "In the chat {n} is found in the channel {v}.",
            "Quick questions go to the chat channel {v}.",
            "The chat channel is {v}.",
            "Post photographs to the team's chat channel, {v}.",
        ),
        "Chat channel: {v}",
        (
            "What is the chat channel of {n}?",
            "In which channel do I find {n}?",
            "Where in the chat can I ask {n} something?",
            "Name the channel that {n} uses.",
            "To what chat channel are questions for {n} posted?",
            "Give me the name of {n}'s channel.",
            "I want to write to {n} in the chat; which channel do I open?",
        ),
        ("channel",),
    ),
    Attribute(
        "response_time",
        "numeric",
        count(23, 95, "hours", "h"),
        (
            "Requests are answered within {v}.",
            "{n} promises that requests are answered within {v}.",
            "Every request to {s} is answered in at most {v}.",
            "Colleagues may expect to be answered within {v}.",
        ),
        "Requests are answered within: {v}",
        (
            "Within how many hours does {n} answer requests?",
            "How long may {n} take for an answer?",
            "What response time does {n} promise?",
            "State the time in which {n} replies.",
            "After how many hours at most do I hear from {n}?",
            "If I send {n} a request, how long until the reply?",
            "Tell me how fast {n} has to respond.",
        ),
        ("answered in", "answered within"),
    ),
)

GROUPS = (
    Group(
        ("Working with the team", "How to reach the team", "Requests"),
        ("meeting", "channel", "on_call", "response_time"),
        (
            "Please write one request for each subject.",
            "A photograph saves three telephone calls.",
            "Requests without a cost centre are put aside.",
            "Urgent means that water is coming in.",
            "The door is open, but the headphones mean what they mean.",
            "Minutes are pinned up beside the lift.",
            "Half-filled forms come back.",
            "Colleagues from the sites may simply walk in.",
            "A tray at the door takes paper mail.",
            "Thanks are read aloud.",
            "Whatever has no owner is put on the shelf by the stairs.",
        ),
    ),
    Group(
        ("Set-up", "People and money", "The team in figures"),
        ("lead", "size", "budget"),
        (
            "New posts are advertised inside the house first.",
            "Leave is planned jointly in the first week of the year.",
            "Everybody can do at least two of the jobs.",
            "Students are welcome in summer.",
            "The accounts are closed before the summer party.",
            "Desks are shared between shifts.",
            "A trainee from another floor joins every quarter.",
            "The oldest hand keeps the key to the cabinet.",
            "Outings are by boat.",
            "Retired colleagues come for coffee.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "award",
        (
            "Which prize has {n} won?",
            "For what was {n} given an award?",
            "Name the award that {n} received.",
            "What distinction does {n} hold?",
            "Tell me which prize went to {n}.",
            "With what award has {n} been honoured?",
        ),
        ("prize", "award", "honour"),
    ),
)


def _team(title: str, intro: str) -> Entity:
    key = f"team-{title.lower().replace(' ', '-')}"
    return Entity(key, f"{title} team", f"the {title} team", "the team", intro, must=("lead",))


ENTITIES = (
    _team(
        "Field Calibration",
        "{n} checks instruments where they hang: under bridges, in shafts, on piers.\n"
        "Its vans are workshops on wheels.",
    ),
    _team("Bench Calibration", "{n} compares instruments indoors, in still air and still water."),
    _team(
        "Hire Desk",
        "{n} lends out instruments by the day, the month or the season.\n"
        "It decides who gets the last pump before a flood.",
    ),
    _team("Help Desk", "{n} picks up when a customer is standing in the rain with a silent gauge."),
    _team("Order Desk", "{n} turns quotations into orders and orders into deliveries."),
    _team(
        "Data Services",
        "{n} looks after the readings that loggers send home.\nCustomers see them on maps the same morning.",
    ),
    _team("Data Standards", "{n} decides how a reading is named, rounded and stored."),
    _team("Spare Parts", "{n} keeps the drawers filled.\nNo screw is too small to have a number."),
    _team("Returns and Repairs", "{n} opens the boxes that customers send back."),
    _team("Purchasing", "{n} buys what the house does not make.\nIt talks to suppliers so that others need not."),
    _team("People and Pay", "{n} hires, pays and looks after everybody who works here."),
    _team(
        "Safety and Environment",
        "{n} walks through every site with a torch and a list.\nIt answers to the board alone.",
    ),
)

KIND = Kind(
    "team",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("size", "budget", "With {size}, {n} has a yearly budget of {budget}."),),
    n_stated=(4, 6),
)
