"""Procedures, each written by hand: one sentence a line, {name} where a fact's value stands."""

from handbook.draws import clock, code, count, decimal, digits, euros, one_of, somebody
from handbook.written import Written

WRITTEN: tuple[Written, ...] = (
    (
        "Mooring a buoy",
        """
        Two people and a boat are needed, and a calm hour helps.
        The procedure is the same for all buoys of the house.

        ## Preparation
        Choose a sinker of {sinker}.
        Cut the chain {scope} longer than the depth of the water.
        Check every shackle and secure it with {wire}.

        ## On the spot
        - Lower the sinker first, never throw it.
        - Let the boat drift until the chain is straight.
        - Write down the position and the hour.

        Before leaving, watch the buoy for {watch}.
        A buoy that leans is pulled up again.
        """,
        {
            "sinker": (
                "numeric",
                count(310, 980, "kg", "kilograms", "kilos"),
                "How heavy a sinker is used to moor a buoy?",
                "What weight must the sinker of a buoy have?",
                "State the weight of the sinker for mooring a buoy.",
                "I am mooring a buoy. How many kilograms should the sinker weigh?",
                "Which sinker does the procedure for mooring a buoy call for?",
                "For a buoy's mooring, of what weight is the sinker?",
            ),
            "scope": (
                "numeric",
                decimal(1111, 4989, "metres", "m"),
                "How much longer than the depth is the chain of a buoy cut?",
                "By how many metres must a buoy's chain exceed the depth of the water?",
                "State the extra length of chain for mooring a buoy.",
                "When I cut the chain for a buoy, what do I add to the depth?",
                "What surplus of chain does the mooring of a buoy need?",
                "In mooring a buoy, how many metres are added to the depth for the chain?",
            ),
            "wire": (
                "single_hop",
                one_of("monel wire", "copper wire", "annealed brass wire", "tinned steel wire"),
                "With what are the shackles of a buoy secured?",
                "Which wire secures the shackles when a buoy is moored?",
                "Name the material that holds the shackles of a buoy's mooring.",
                "I have to secure the shackles of a buoy. What wire do I take?",
                "In mooring a buoy, what keeps the shackles from opening?",
                "By which kind of wire are a buoy's shackles kept shut?",
            ),
            "watch": (
                "numeric",
                count(16, 59, "minutes", "min"),
                "For how long is a freshly moored buoy watched?",
                "How many minutes must the crew watch a buoy before they leave?",
                "State how long one stays with a buoy after mooring it.",
                "The buoy is moored. How long do we have to keep an eye on it?",
                "What time of watching does the mooring of a buoy end with?",
                "After mooring a buoy, when can the boat leave, in minutes?",
            ),
        },
    ),
    (
        "Drying a flooded logger",
        """
        A logger that has been under water is not lost.
        Do not switch it on to see whether it still works.

        ## First hour
        Remove the cells and rinse the board with {rinse}.
        Shake out what you can.

        ## Oven
        Dry the board at {temperature} in the small oven.
        Leave it there for {hours}.
        Afterwards weigh it: it may have gained no more than {gain}.

        ## Reading the memory
        The memory is read on the bench and copied twice.
        The customer gets the readings first and the bill later.
        """,
        {
            "rinse": (
                "single_hop",
                one_of("distilled water", "isopropyl alcohol|isopropanol", "white spirit", "deionised water"),
                "With what is the board of a flooded logger rinsed?",
                "Which liquid rinses the board of a logger that was under water?",
                "Name the liquid for rinsing a flooded logger.",
                "A logger has drowned. What do I rinse its board with?",
                "What is poured over the board when a flooded logger is rescued?",
                "In drying a flooded logger, which rinse comes first?",
            ),
            "temperature": (
                "numeric",
                count(41, 79, "degrees", "°C", "degrees Celsius"),
                "At what temperature is the board of a flooded logger dried?",
                "How hot is the oven for drying a flooded logger?",
                "State the oven temperature for a logger that was under water.",
                "I am drying a flooded logger. To how many degrees do I set the oven?",
                "Which temperature does the drying of a flooded logger need?",
                "Under what heat does a drowned logger's board dry, in degrees?",
            ),
            "hours": (
                "numeric",
                count(13, 39, "hours", "h"),
                "How long does a flooded logger stay in the oven?",
                "For how many hours is the board of a flooded logger dried?",
                "State the drying time of a flooded logger.",
                "A drowned logger is in the oven. After how many hours do I take it out?",
                "What time in the oven is needed to dry a flooded logger?",
                "When drying a flooded logger, how many hours of oven are prescribed?",
            ),
            "gain": (
                "numeric",
                decimal(111, 899, "grams", "g"),
                "How much weight may a dried logger board have gained?",
                "By how many grams can the board of a flooded logger be heavier after drying?",
                "State the greatest gain in weight allowed for a logger dried in the oven.",
                "I weigh a logger board after the oven. What gain is still acceptable?",
                "Up to what gain in grams does a dried logger count as dry?",
                "What is the limit for the extra weight of a flooded logger after drying?",
            ),
        },
    ),
    (
        "Packing for sea freight",
        """
        Salt, damp and forklifts are the enemies of a parcel at sea.

        Wrap instruments in {wrap} and lay them in a wooden crate.
        Put {desiccant} of drying agent into each crate.
        The lid is closed with {screws}.
        Paint the arrow on all four sides.
        A crate may weigh up to {crate} when full.
        The list of contents goes into the pocket outside and not into the crate.
        Photographs of the open crate are taken before the lid goes on.
        """,
        {
            "wrap": (
                "single_hop",
                one_of("barrier foil", "waxed paper", "oiled canvas", "kraft felt"),
                "In what are instruments wrapped for sea freight?",
                "Which wrapping is used when an instrument goes by sea?",
                "Name the material for wrapping goods that travel by ship.",
                "I am packing a gauge for sea freight. What do I wrap it in?",
                "What goes round the instruments in a sea freight crate?",
                "With which wrap are instruments protected at sea?",
            ),
            "desiccant": (
                "numeric",
                count(210, 890, "grams", "g"),
                "How much drying agent goes into a crate for sea freight?",
                "What amount of drying agent is put into each sea freight crate?",
                "State the grams of drying agent per crate for transport by sea.",
                "I am packing a crate for a ship. How many grams of drying agent do I add?",
                "For sea freight, which quantity of drying agent does every crate get?",
                "Tell me how much drying agent to use when packing for sea freight.",
            ),
            "screws": (
                "numeric",
                count(14, 38, "screws", "brass screws"),
                "With how many screws is the lid of a sea freight crate closed?",
                "How many screws hold the lid when goods go by sea?",
                "State the number of screws in the lid of a crate for sea freight.",
                "I am closing a crate for sea freight. How many screws do I drive?",
                "What number of screws does the lid of a sea crate take?",
                "By how many screws is a sea freight lid kept down?",
            ),
            "crate": (
                "numeric",
                count(61, 99, "kg", "kilograms", "kilos"),
                "How heavy may a full crate for sea freight be?",
                "What is the weight limit of a sea freight crate?",
                "State the greatest weight of a packed crate that goes by sea.",
                "I have filled a crate for sea freight. Up to how many kilograms is fine?",
                "To what weight are sea freight crates limited?",
                "Which weight must a crate for a ship not exceed?",
            ),
        },
    ),
    (
        "Testing a pump set",
        """
        Every pump set runs in the basin before it is sold.
        The tester wears ear defenders, and so does everybody in the hall.

        ## The run
        - Fill the basin up to the red mark.
        - Start the set and let it run for {run}.
        - Read the pressure, which has to reach {pressure}.
        - Feel for vibration with a flat hand.

        ## Result
        Leakage of up to {leak} an hour is tolerated.
        Sets that fail go back with a yellow card.
        Sets that pass get a stamp and the signature of {inspector}.
        """,
        {
            "run": (
                "numeric",
                count(31, 95, "minutes", "min"),
                "How long does a pump set run in the test?",
                "For how many minutes is a pump set tested?",
                "State the length of the test run of a pump set.",
                "I am testing a pump set. When can I stop it, in minutes?",
                "What running time does the test of a pump set demand?",
                "In the basin, how many minutes must a pump set go?",
            ),
            "pressure": (
                "numeric",
                decimal(211, 989, "bar", "bars"),
                "What pressure must a pump set reach in the test?",
                "How many bar has a pump set to build up in the basin?",
                "State the pressure required when a pump set is tested.",
                "I read the pressure of a pump set under test. What should it be?",
                "Which pressure decides whether a pump set has passed?",
                "Up to what pressure does a good pump set get in its test?",
            ),
            "leak": (
                "numeric",
                count(103, 480, "millilitres", "ml"),
                "How much leakage an hour is tolerated in the test of a pump set?",
                "What may a pump set leak per hour and still pass?",
                "State the leakage limit for pump sets.",
                "A pump set under test drips. How many millilitres an hour are acceptable?",
                "Up to which hourly leakage is a pump set in order?",
                "What loss of water per hour can a pump set have in its test?",
            ),
            "inspector": (
                "single_hop",
                somebody(),
                "Who signs for pump sets that pass the test?",
                "Whose signature does a tested pump set carry?",
                "Name the person who signs off pump sets.",
                "By whom is a pump set signed after the test?",
                "My pump set has passed. Who has to sign?",
                "Which colleague gives the signature for a pump set that passed?",
            ),
        },
    ),
    (
        "Opening a returned box",
        """
        What customers send back may be wet, sharp or alive.
        Boxes are opened on the steel table, with gloves.

        Before anything is touched, take {photos} of the box.
        Enter the return on form {form}.
        Instruments that smell of sewage are soaked in {soak}.
        The customer hears from us within {answer}.
        Frogs are carried to the pond.
        Loose screws go into a bag with the number of the return.
        """,
        {
            "photos": (
                "numeric",
                count(13, 25, "photographs", "photos", "pictures"),
                "How many photographs are taken of a returned box?",
                "What number of pictures is needed before a returned box is touched?",
                "State how many photos a returned box requires.",
                "A returned box is on the table. How many photographs do I take?",
                "Of a box that comes back, how many pictures must there be?",
                "Tell me the number of photographs to make of a return.",
            ),
            "form": (
                "single_hop",
                code("RB-###"),
                "On which form is a returned box entered?",
                "What form belongs to a return from a customer?",
                "Name the form for boxes that customers send back.",
                "I am opening a returned box. Which form do I fill in?",
                "Give the number of the form for returns.",
                "In what form are returned boxes written down?",
            ),
            "soak": (
                "single_hop",
                one_of("soda solution", "citric acid", "chlorinated lime", "vinegar essence"),
                "In what are returned instruments soaked that smell of sewage?",
                "Which liquid takes the smell of sewage from a returned instrument?",
                "Name the bath for returns that smell of sewage.",
                "An instrument came back stinking of sewage. What do I soak it in?",
                "With which liquid are smelly returns treated?",
                "What serves to soak a returned instrument with a sewage smell?",
            ),
            "answer": (
                "numeric",
                count(17, 47, "working hours", "hours"),
                "Within what time does a customer hear from us after sending a box back?",
                "How many working hours may pass until the sender of a returned box gets an answer?",
                "State the time for answering a customer who returned a box.",
                "A box has come back. How soon must I write to the customer?",
                "By when, in working hours, is the sender of a return informed?",
                "What answering time is promised for returned boxes?",
            ),
        },
    ),
    (
        "Closing a yard before a storm",
        """
        The storm warning comes from the duty officer, {duty_officer}, and is not discussed.

        ## While there is time
        From a wind of {wind} on, cranes are lashed.
        Loose timber is tied down or taken inside.
        Boats get double lines, with {fenders} along the quay.

        ## When it blows
        Everybody leaves {leave} before the peak at the latest.
        The gate is chained, and the lamp above it stays lit.
        The tide is followed on the screen at home.
        """,
        {
            "duty_officer": (
                "single_hop",
                somebody(),
                "Who gives the storm warning?",
                "Which duty officer decides that a yard closes before a storm?",
                "Name the duty officer for storms.",
                "From whom does the warning of a storm come?",
                "A storm is near. Whose word closes the yard?",
                "By which officer are yards warned of a storm?",
            ),
            "wind": (
                "numeric",
                count(43, 89, "knots", "kn"),
                "From which wind on are cranes lashed?",
                "At how many knots must the cranes of a yard be lashed?",
                "State the wind speed at which cranes are made fast.",
                "A storm is coming. From what wind do I have to lash the crane?",
                "What strength of wind calls for lashing the cranes?",
                "How strong may the wind be before cranes are tied, in knots?",
            ),
            "fenders": (
                "numeric",
                count(13, 39, "fenders", "fender cushions"),
                "How many fenders are put out along the quay before a storm?",
                "What number of fenders protects the boats in a storm?",
                "State how many fenders must hang on the quay when a yard closes.",
                "We are closing the yard for a storm. How many fenders do we hang out?",
                "By how many fenders is the quay covered before a storm?",
                "Before it blows, how many fenders are needed along the quay?",
            ),
            "leave": (
                "numeric",
                count(95, 290, "minutes", "min"),
                "How long before the peak of a storm must everybody have left the yard?",
                "How many minutes ahead of the storm's peak does the last person leave?",
                "State when, in minutes before the peak, a yard is empty.",
                "The storm will peak tonight. How long before that do we have to go?",
                "What margin before the peak of a storm is kept for leaving the yard?",
                "Tell me the latest time to leave a yard, in minutes before the peak of the storm.",
            ),
        },
    ),
    (
        "Painting a buoy",
        """
        Paint is what keeps a buoy afloat longer than its first summer.

        Sand the hull down to bare metal and wipe it with {wiper}.
        The primer has to dry for {primer} in a heated hall.
        Then follow the coloured coats, each of them {thickness} thick.
        Between coats the hall is swept and sprinkled.
        One buoy takes {paint} in all.
        Numbers are painted last, by the one with the steadiest hand.
        Masks are worn until the fan has stopped.
        """,
        {
            "wiper": (
                "single_hop",
                one_of("acetone", "methylated spirits", "turpentine", "xylene"),
                "With what is the hull of a buoy wiped before painting?",
                "Which liquid wipes the bare metal of a buoy?",
                "Name the liquid for wiping a buoy that has been sanded.",
                "I have sanded a buoy for painting. What do I wipe it with?",
                "What cleans the hull of a buoy before the primer?",
                "By means of which liquid is a sanded buoy made clean?",
            ),
            "primer": (
                "numeric",
                count(13, 47, "hours", "h"),
                "How long does the primer of a buoy have to dry?",
                "For how many hours must a primed buoy be left?",
                "State the drying time of the primer on a buoy.",
                "I have primed a buoy. When can I go on, in hours?",
                "What drying time does the primer need when a buoy is painted?",
                "After how many hours is a buoy's primer dry?",
            ),
            "thickness": (
                "numeric",
                count(103, 390, "micrometres", "µm", "microns"),
                "How thick is each coloured coat on a buoy?",
                "What thickness do the coats of paint on a buoy have?",
                "State the thickness of one coat when a buoy is painted.",
                "I am putting a coloured coat on a buoy. How many micrometres should it be?",
                "Of which thickness is a coat of a buoy's colour?",
                "In painting a buoy, how thick does every coat have to be?",
            ),
            "paint": (
                "numeric",
                decimal(1111, 3989, "litres", "l"),
                "How much paint does one buoy take?",
                "How many litres are needed to paint a buoy?",
                "State the amount of paint for one buoy.",
                "I am ordering paint for a single buoy. How much is it?",
                "What quantity of paint goes on a buoy in all?",
                "For painting a buoy, how many litres should be at hand?",
            ),
        },
    ),
    (
        "Taking a reference reading",
        """
        A reference reading tells how far the other gauges are out.
        It is taken at slack water by two people who do not speak to each other until both have written.

        Read the staff {times} and note every figure.
        The spread may be at most {spread}.
        Let the thermometer hang in the water for {soak_time} first.
        The sheet is countersigned by {reviewer}.
        Sheets with corrections are valid if the first figure can still be read.
        Do not lean on the staff.
        """,
        {
            "times": (
                "numeric",
                count(13, 29, "times"),
                "How many times is the staff read for a reference reading?",
                "How often must one read the staff when taking a reference reading?",
                "State the number of times the staff is read in a reference reading.",
                "I am taking a reference reading. How many times do I look at the staff?",
                "What number of staff readings makes up a reference reading?",
                "For a reference reading, how often is the staff looked at?",
            ),
            "spread": (
                "numeric",
                decimal(111, 989, "millimetres", "mm"),
                "What spread is allowed in a reference reading?",
                "By how much may the figures of a reference reading differ?",
                "State the greatest spread of a reference reading.",
                "My reference reading scatters. How many millimetres are acceptable?",
                "Up to which spread is a reference reading valid?",
                "Within how many millimetres must a reference reading agree?",
            ),
            "soak_time": (
                "numeric",
                count(24, 89, "minutes", "min"),
                "How long does the thermometer hang in the water before a reference reading?",
                "For how many minutes must the thermometer soak ahead of a reference reading?",
                "State the time that the thermometer spends in the water for a reference reading.",
                "I hang the thermometer in the water. When can the reference reading start, in minutes?",
                "What soaking time does a reference reading require of the thermometer?",
                "Before a reference reading, how many minutes is the thermometer left in the water?",
            ),
            "reviewer": (
                "single_hop",
                somebody(),
                "Who countersigns the sheet of a reference reading?",
                "Whose second signature is needed on a reference reading?",
                "Name the person who countersigns reference readings.",
                "By whom is the sheet with a reference reading countersigned?",
                "I have taken a reference reading. Who must countersign?",
                "Which colleague puts the second signature under a reference reading?",
            ),
        },
    ),
    (
        "Launching a survey boat",
        """
        The slipway is steeper than it looks.
        One person drives, one guides, one holds the line.

        ## Checks ashore
        The plug is in, the lights work, the life jackets are counted.
        Tyres of the trailer are pumped up to {tyres}.
        Fuel for {fuel} has to be in the tank.

        ## In the water
        Keep the engine at {idle} for the first minutes.
        Report to the harbour control on channel {vhf}.
        Wet brakes are dried by driving slowly.
        """,
        {
            "tyres": (
                "numeric",
                decimal(211, 489, "bar", "bars"),
                "To what pressure are the tyres of the boat trailer pumped up?",
                "How many bar do the trailer tyres need before a survey boat is launched?",
                "State the tyre pressure of the trailer for survey boats.",
                "I am launching a survey boat. What pressure should the trailer's tyres have?",
                "Which pressure is right for the tyres of the boat trailer?",
                "With how many bar does the trailer of a survey boat roll?",
            ),
            "fuel": (
                "numeric",
                count(13, 29, "hours", "h"),
                "For how many hours must there be fuel when a survey boat is launched?",
                "How much running time does the tank of a survey boat have to hold at launch?",
                "State the hours of fuel needed for launching a survey boat.",
                "I am filling up a survey boat. For how many hours does it have to last?",
                "What reserve of fuel, in hours, is checked ashore before the launch?",
                "A survey boat goes into the water: its fuel should last how long?",
            ),
            "idle": (
                "numeric",
                count(1105, 1990, "revolutions", "rpm", "revolutions per minute"),
                "At how many revolutions does the engine run after the launch of a survey boat?",
                "How fast should the engine turn in the first minutes of a survey boat?",
                "State the engine revolutions right after launching a survey boat.",
                "The survey boat is in the water. At what revolutions do I keep the engine?",
                "Which engine speed holds for the first minutes after the launch?",
                "With how many revolutions is a freshly launched survey boat run?",
            ),
            "vhf": (
                "numeric",
                digits(61, 88, "channel"),
                "On which channel does a survey boat report to harbour control?",
                "What radio channel is used to report the launch of a survey boat?",
                "Name the channel of the harbour control.",
                "I have launched a survey boat and must report. Which channel do I take?",
                "Under what channel does harbour control listen to our survey boats?",
                "Give the channel for reporting to the harbour control.",
            ),
        },
    ),
    (
        "Ordering a spare part",
        """
        A part that is not ordered does not come.
        Look into the drawer before you write.

        Orders up to {limit} are placed by the bench itself.
        Anything dearer is shown to {approver} first.
        Use order sheet {sheet} and one line for each part.
        Sheets that arrive by {cut_off} are handled the same day.
        If the old part is to be returned, tie the label to it.
        Drawings help, adjectives do not.
        """,
        {
            "limit": (
                "numeric",
                euros(105, 990, 5),
                "Up to what sum may the bench order spare parts by itself?",
                "How expensive can a spare part be that the bench orders alone?",
                "State the limit for spare part orders placed by the bench.",
                "The bench needs a spare part. For how many euros can it order without asking?",
                "Which amount is the ceiling for the bench's own spare part orders?",
                "Above what price must a spare part be approved first?",
            ),
            "approver": (
                "single_hop",
                somebody(),
                "Who has to see orders for dear spare parts?",
                "Whom does the bench ask before ordering an expensive spare part?",
                "Name the person who approves costly spare parts.",
                "My spare part is above the limit. To whom do I show the order?",
                "By whom are orders of expensive spare parts looked at?",
                "Which colleague decides on spare parts beyond the bench's limit?",
            ),
            "sheet": (
                "single_hop",
                code("SP-###"),
                "Which order sheet is used for spare parts?",
                "On what sheet are spare parts ordered?",
                "Name the order sheet for a spare part.",
                "I am ordering a spare part. What sheet do I fill in?",
                "Give the number of the sheet for spare part orders.",
                "Under which number is the spare parts order sheet kept?",
            ),
            "cut_off": (
                "numeric",
                clock(10, 15),
                "By what time must a spare part order arrive to be handled the same day?",
                "Until when are orders for spare parts handled on the same day?",
                "State the daily cut-off for spare part orders.",
                "I need a spare part ordered today. At which hour is it too late?",
                "What is the latest hour for a same-day order of a spare part?",
                "Up to which time of day do order sheets for spare parts count for today?",
            ),
        },
    ),
)
