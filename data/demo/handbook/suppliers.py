"""Suppliers of the house."""

from handbook.draws import code, count, day, euros, joined, percent, somebody, weekly
from handbook.model import ALWAYS, Alive, Attribute, Entity, Group, Kind, Phantom

ATTRIBUTES = (
    Attribute(
        "contact",
        "single_hop",
        somebody(),
        (
            "Our contact there is {v}.",
            "At {n}, {v} is our contact.",
            "The contact for orders is {v}, who answers mail promptly.",
            "Speak to {v}, our contact, before the holidays begin.",
        ),
        "Contact: {v}",
        (
            "Who is our contact at {n}?",
            "With whom do we deal at {n}?",
            "Name the contact person at {n}.",
            "Whom should I ask for when I call {n}?",
            "At {n}, which person takes our orders?",
            "I have to write to {n}. To whom do I address it?",
            "Tell me the name of our opposite number at {n}.",
        ),
        (" contact", "Contact:"),
    ),
    Attribute(
        "customer_number",
        "single_hop",
        code("KM-#####"),
        (
            "Our customer number is {v}.",
            "{n} knows us under the customer number {v}.",
            "Put customer number {v} on every order.",
            "In their books Keldmark has the customer number {v}.",
        ),
        "Our customer number: {v}",
        (
            "What is our customer number at {n}?",
            "Under which customer number are we known to {n}?",
            "Which number do I put on an order to {n}?",
            "Give me the customer number that {n} has assigned to us.",
            "I am ordering from {n}, and they ask for our customer number. What is it?",
            "How are we numbered as a customer of {n}?",
            "Look up Keldmark's number with {n}.",
        ),
        ("ustomer number",),
        changes=False,
    ),
    Attribute(
        "payment",
        "numeric",
        count(13, 98, "days"),
        (
            "Invoices are payable within {v}.",
            "{n} sends invoices that are payable within {v}.",
            "We have {v} before an invoice is payable.",
            "Their invoices are payable in {v} at the latest.",
        ),
        "Invoices payable within: {v}",
        (
            "Within how many days must we pay {n}?",
            "What term of payment does {n} allow?",
            "How long may an invoice of {n} stay unpaid?",
            "State the payment period for {n}.",
            "When do invoices from {n} fall due, in days?",
            "An invoice of {n} has come. How many days do we have?",
            "Tell me the time for payment agreed with {n}.",
        ),
        ("payable",),
    ),
    Attribute(
        "discount",
        "numeric",
        percent(13, 39),
        (
            "We get a discount of {v} on their list.",
            "The discount agreed with {n} is {v}.",
            "A discount of {v} is taken off before tax.",
            "By contract the house has a discount of {v}.",
        ),
        "Discount: {v}",
        (
            "What discount do we get from {n}?",
            "How many percent does {n} take off for us?",
            "State our discount at {n}.",
            "How large is the rebate granted by {n}?",
            "By what percentage are the prices of {n} reduced for Keldmark?",
            "Which discount has been agreed with {n}?",
            "Tell me how much off we have with {n}.",
        ),
        ("discount of", "discount agreed", "Discount:"),
    ),
    Attribute(
        "contract_end",
        "date",
        day("2025-03-01", "2029-12-20"),
        (
            "The contract ends on {v}.",
            "Unless it is renewed, the contract with {n} ends on {v}.",
            "We are bound until {v}, when the contract ends.",
            "The frame contract ends on {v}.",
        ),
        "Contract ends: {v}",
        (
            "When does the contract with {n} end?",
            "Until which date does our contract with {n} run?",
            "On what day does the agreement with {n} expire?",
            "Give the end date of the contract with {n}.",
            "How long are we bound to {n}, up to what date?",
            "State the day on which the {n} contract runs out.",
            "If we do not renew with {n}, when is it over?",
        ),
        ("ontract ends", "ends on"),
    ),
    Attribute(
        "minimum_order",
        "numeric",
        euros(205, 1990, 15),
        (
            "The minimum order is {v}.",
            "{n} accepts a minimum order of {v}.",
            "Smaller sums than the minimum order of {v} are refused.",
            "Collect wishes until they come to the minimum order of {v}.",
        ),
        "Minimum order: {v}",
        (
            "What is the minimum order at {n}?",
            "For how much must we order at least from {n}?",
            "What is the smallest sum that {n} accepts?",
            "State the minimum order value of {n}.",
            "Below what amount does {n} refuse an order?",
            "I need a single part from {n}. How many euros must the order reach?",
            "Tell me the least that one can order from {n}, in euros.",
        ),
        ("inimum order",),
    ),
    Attribute(
        "cut_off",
        "single_hop",
        weekly(9, 16),
        (
            "The weekly cut-off for orders is {v}.",
            "Orders go out with the next lorry if they reach {n} before the cut-off, {v}.",
            "The cut-off is {v}; later orders wait a week.",
            "Mind the weekly cut-off, {v}.",
        ),
        "Weekly cut-off: {v}",
        (
            "What is the weekly cut-off for orders to {n}?",
            "By when in the week must {n} have our order?",
            "On which weekday and at what time does {n} close its order book?",
            "State the order deadline of {n} within a week.",
            "Until when does {n} accept orders for the next lorry?",
            "I want to order from {n} this week. What is the latest day and hour?",
            "Tell me the cut-off time at {n}.",
        ),
        ("cut-off",),
    ),
    Attribute(
        "carrier",
        "single_hop",
        joined(
            "Swiftwater Longshore Fernway Redbridge Northgate Eastfold Greyline Upland Lowfield Straight",
            "Haulage Carriers Cargo Transport Parcels Logistics",
        ),
        (
            "Goods travel with the carrier {v}.",
            "{n} ships by the carrier {v}.",
            "The carrier is {v}.",
            "Damage is reported at once to the carrier, {v}.",
        ),
        "Carrier: {v}",
        (
            "Which carrier brings the goods of {n}?",
            "By what carrier does {n} ship?",
            "Name the haulier that {n} uses.",
            "Who transports the goods from {n} to us?",
            "A delivery of {n} is damaged. Which carrier do I tell?",
            "With what firm do goods from {n} travel?",
            "Tell me the carrier that works for {n}.",
        ),
        ("carrier", "Carrier"),
    ),
)

GROUPS = (
    Group(
        ("Ordering", "How we order", "Orders"),
        ("contact", "customer_number", "minimum_order", "cut_off", "carrier"),
        (
            "Samples are free and arrive wrapped in newspaper.",
            "Substitutes are not accepted without a call.",
            "Pallets are returned on the next run.",
            "Drawings must carry the latest letter.",
            "Late deliveries are noted on the supplier card.",
            "Partial deliveries are fine if they are announced.",
            "Weights are checked at the gate.",
            "Packaging goes back flat.",
            "A sample stays with the bench.",
            "Colours follow our own card.",
            "Goods without a label are refused.",
            "Rush orders need a call as well as a mail.",
        ),
    ),
    Group(
        ("Terms", "Money and paper", "Commercial terms"),
        ("payment", "discount", "contract_end"),
        (
            "Prices are fixed in spring.",
            "Tax is added to all sums.",
            "Disputes are settled over coffee and, failing that, in court.",
            "The file lies in the grey cabinet.",
            "An annual review is held in the slack season.",
            "Offers are opened by two people.",
            "Price rises are announced a quarter ahead.",
            "Credit notes are sent unasked.",
            "Their auditors have visited us, and ours them.",
            "Interest on late payment has never been claimed.",
        ),
    ),
)

PHANTOMS = (
    Phantom(
        "founder",
        (
            "Who founded {n}?",
            "Name the founder of {n}.",
            "By whom was {n} set up?",
            "Which person started {n} as a business?",
            "To whom does {n} owe its existence?",
            "Tell me who established {n}.",
        ),
        ("founded", "founder"),
    ),
)


def _supplier(title: str, intro: str, alive: Alive = ALWAYS) -> Entity:
    return Entity(f"supplier-{title.lower().replace(' ', '-')}", title, title, "the firm", intro, alive=alive)


ENTITIES = (
    _supplier(
        "Nordby Cables",
        "{n} is a family firm two valleys away.\nIt has nothing to do with the foundry of a similar name.",
    ),
    _supplier(
        "Nordby Castings", "{n} pours metal on Thursdays.\nLetters meant for it are often sent to the cable works."
    ),
    _supplier("Ellery Seals", "{n} works to the thousandth of a millimetre and says so on its vans."),
    _supplier("Ellery Springs", "{n} will wind a single piece if asked kindly."),
    _supplier("Tarn Batteries", "{n} has its store on a hill, for reasons of caution."),
    _supplier("Holm Lenses", "{n} grinds by hand what others press."),
    _supplier("Corvo Plastics", "{n} makes hollow things.\nIts works can be smelt before it is seen."),
    _supplier("Corvo Paints", "{n} mixes by weight, and its tins are never short."),
    _supplier("Ashgrove Timber", "{n} dries its wood for two winters."),
    _supplier("Milner Rope", "{n} still has a rope walk and shows it to visitors."),
    _supplier("Milner Chain", "{n} proves every link before it leaves."),
    _supplier("Sable Circuits", "{n} took over the order from an older works."),
    _supplier("Gannet Freight", "{n} runs the night lorry to the islands.", (True, True, True)),
    _supplier("Gannet Fuels", "{n} delivers by tanker to the jetty and to the yards.", (True, False, False)),
)

KIND = Kind(
    "supplier",
    ATTRIBUTES,
    GROUPS,
    ENTITIES,
    PHANTOMS,
    pairs=(("payment", "discount", "Invoices are payable within {payment}, less a discount of {discount}."),),
    n_stated=(4, 6),
)
