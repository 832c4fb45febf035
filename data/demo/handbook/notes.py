"""What only one page tells: a paragraph of its own for many pages, without a fact that is asked.

One sentence a line; a first line that begins with `## ` is its heading. Some of them bring up a look-alike.
"""

NOTES = {
    "site-skarholm-depot": """
        ## A word on the name
        Letters for the workshop land here about once a week.
        They are carried next door by whoever goes for milk.
        The islands are served from Skarhavn and not from here.""",
    "site-skarhavn-depot": """
        The ferry horn drowns every conversation at noon, so important talks are held before or after.
        Island crews collect their instruments on foot and bring them back by handcart.
        In a westerly gale the outer door is barred.""",
    "site-skarholm-workshop": """
        ## What is repaired here
        Winches come first, because a stuck winch stops a whole survey.
        Cable drums are rewound on the bench under the window.
        Electronic boards are not mended here; they travel to Pellham.""",
    "site-tellmoor-depot": """
        Fog hides the sign on many mornings.
        The rain gauge beside the door is the oldest in daily use.
        It has its own page in the school books of the county.
        Sheep must be closed out, also at lunch.""",
    "site-tellmere-depot": """
        Anglers ask for the way so often that a map has been painted on the wall.
        What the lake stations need in winter is packed in autumn and labelled by bay.""",
    "site-brackwater-yard": """
        ## Season
        Between the first frost and Easter the yard is full to the fence.
        Lamps are tried at dusk, and neighbours have come to like the sight.
        Barnacles are composted.""",
    "site-brackwell-yard": """
        Chain is proof-tested before it is painted, never after.
        The testing bed groans, which is normal.
        Sinkers are cast from old ones, so nothing of the metal is lost.""",
    "site-ostermoor-office": """
        Mail for sales is sent on to the river mouth the same day.
        The archive in the cellar is dry, cool and fond of its visitors.
        Wet umbrellas go into the stand, wet dogs back to their owners.""",
    "site-ostermouth-office": """
        ## The old customs house
        Smugglers were once questioned in what is now the kitchen.
        The hire counter stands where the scales used to be.
        Accounts moved to Ostermoor long ago, and nobody here can pay an invoice.""",
    "site-varnes-laboratory": """
        Nobody runs in the corridor during a comparison.
        The reference thermometer lives in a box with felt and has a name, which is a secret.
        Visitors are asked to leave watches and telephones in the tray.""",
    "site-varnsay-jetty": """
        At spring tides the last planks are under water and closed with a rope.
        The kettle belongs to the crew of the early boat.
        Ropes are coiled with the sun.""",
    "site-linfold-store": """
        Some parts have waited longer than their shelf-mates have worked here.
        Stock is counted in the week after the summer party, by candlelight if the fuse is out again.
        The Linfall store has the same fuse and the same trouble.""",
    "site-linfall-store": """
        ## Loading
        Crates leave in the order of their ships and not of their arrival.
        The ramp is scrubbed with sand when it is green.
        A bell tells the drivers that a place is free.""",
    "site-pellham-workshop": """
        Dust is the enemy, and brooms are therefore forbidden.
        A board that comes in wet is dried before anyone says a word about it.
        The coffee machine stands outside for good reasons.""",
    "site-pellmouth-workshop": """
        The basin is emptied once a season, and things long thought lost are returned to their owners.
        Pump sets leave on Wednesdays.
        Ear defenders hang beside the door, in two sizes.""",
    "site-quarrow-training-centre": """
        Courses meet in the former gymnasium.
        The bell of the school still rings, five minutes late, as it always did.
        Evening guests are let out by the side gate.""",
    "site-quarley-boathouse": """
        Punts are stacked upside down, and the wasps are left alone until they go.
        Oars are numbered in pairs; a mixed pair rows in circles.
        In summer the hire boats go out with the first light.""",
    "site-eddersund-depot": """
        Both estuaries can be seen from the ladder of the water tank.
        Relief crews from the north sleep in the loft.
        The supply run comes with the afternoon train.""",
    "product-halden-40": """
        ## Who should buy it
        Lock keepers like it, because the figure can be read from across the lock.
        There is nothing to charge overnight for those who leave the lamp off.
        Whoever needs a radio should look at the Halden 45.""",
    "product-halden-45": """
        The radio reaches the next ridge and, on clear nights, the one beyond.
        Brackets of the Halden 40 fit; its counter does not.
        For salt water there is a version with an S behind its number.""",
    "product-halden-45-s": """
        Titanium is dear, and the float should not be used as a door stop.
        The sea grows on everything, so wipe it with a soft brush.
        On inland waters the plain Halden 45 does the same work.""",
    "product-torvik-12": """
        ## In practice
        A full set of bottles fits into a rucksack.
        Label the bottles before the rain and not after it.
        The funnel of the long version has another thread.""",
    "product-torvik-12-l": """
        The long arm is carried in two halves and screwed together on the bridge.
        Mind the traffic; it does not mind you.
        Users of the short version will find every key in its old place.""",
    "product-torvik-21": """
        Samples stay cool even on a roof in August.
        The fan hums, which has worried more than one night watchman.
        Empty it before a holiday.""",
    "product-brim-300": """
        Pull the cord gently twice and firmly once.
        It drinks whatever it is given, except sand.
        A strainer is lent with every hired unit.""",
    "product-brim-330": """
        ## Silt
        What comes out is heavy, so lay the hose downhill.
        The impeller can be changed in the field with one spanner.
        Sand, gravel and the odd eel have all gone through.""",
    "product-brim-350": """
        Two people lift it, and a third holds the door of the van.
        It empties a village pond over a weekend, which should be agreed with the village.
        Neighbours hear it.""",
    "product-sonda-70": """
        The line on the paper is the bed of the river, unless it moves, in which case it is a fish.
        Paper rolls are sold in boxes.
        The transducer of the Sonda 70 X cannot be used with it.""",
    "product-sonda-70-x": """
        Looking sideways is useful along quays, where walls are hollowed out below the water.
        A day of practice is recommended.
        Old hands switch the second eye off in narrow locks.""",
    "product-sonda-77": """
        Ferry crews wanted a sounder without buttons, and this is it.
        The alarm can be made louder but not silent.
        An earlier run had a green dial and is no longer supported.""",
    "product-marlet-60": """
        The bell rings with the waves, so choose the spot with sleepers in mind.
        Lamps show white, red or green.
        Gulls are kept off by a ring of spikes.""",
    "product-marlet-65": """
        ## Readings
        Waves are counted for a third of every hour.
        The aerial bends and comes back.
        It looks like the marker buoy at a distance, and fishermen tie up to both.""",
    "product-ferrow-20": """
        Clean the pipe before clamping, and do not paint it afterwards.
        Old iron pipes give a weaker echo.
        Plumbers find it in the catalogue under sound and not under water.""",
    "product-ferrow-22": """
        Hang it over the middle of the channel.
        Leaves and foam fool it for a moment, ducks for longer.
        A hood against the sun is packed with it.""",
    "product-pelorin-80": """
        It accepts the plugs of all gauges made by the house.
        A magnet wakes it up.
        What it has written can be read with any laptop.""",
    "product-pelorin-88": """
        ## Sending
        The daily call is made before breakfast, when the network is idle.
        If nobody answers, it tries again an hour later and then on the next day.
        The card inside belongs to the customer.""",
    "product-quill-10": """
        Spiders love the spoon, so look inside every spring.
        Level it with the bubble on the rim.
        In snow it keeps silent; the Quill 15 does not.""",
    "product-quill-15": """
        Hail is weighed as it falls and melts at leisure.
        The bucket is emptied through a tap, away from the shoes.
        Wind is its enemy, and a hedge its friend.""",
    "product-dorrit-50": """
        Clear water makes dull readings, which is what everybody hopes for.
        Wipe the window with a lens cloth.
        Dredging crews use it to show that the plume has gone.""",
    "product-dorrit-55": """
        The wiper turns before every reading and parks itself out of sight.
        Owners of the Dorrit 50 can send theirs in for a rebate.
        Algae have not yet learned to grow on it.""",
    "team-field-calibration": """
        ## On the road
        Crews leave before sunrise and are back for supper, tides permitting.
        The bench colleagues are rivals at football and nowhere else.
        A gauge that cannot be reached is described honestly in the report.""",
    "team-bench-calibration": """
        Instruments arrive in queue order and leave in the order of their trouble.
        Doors are opened slowly, because air moves.
        What hangs under a bridge is a case for the field crew.""",
    "team-hire-desk": """
        In flood weeks the desk works through the night and is fed by the canteen.
        Regular customers have their own drawer.
        What is not on the shelf can often be found on somebody else's pier.""",
    "team-help-desk": """
        ## First questions
        Is it switched on, is it wet, and has anybody painted it?
        Most calls end there.
        The rest are passed to the bench with a sketch.""",
    "team-order-desk": """
        A wrong address costs a week, so addresses are read back aloud.
        The board above the desks shows every order in chalk.
        Hire is another counter.""",
    "team-data-services": """
        Gaps are shown as gaps.
        Every night the machines compare what came in with what should have come.
        Lighthouse keepers send their thanks at Christmas.""",
    "team-data-standards": """
        ## Why it exists
        Two customers once fought over a rounded figure.
        Since then every name and every decimal has a rule, and every rule an author.
        Proposals are read aloud before they are accepted.""",
    "team-spare-parts": """
        Drawers are numbered, and the numbers mean something to those who made them.
        Last pieces are put into a glass case until new ones arrive.
        Hoarding at the bench is frowned upon.""",
    "team-returns-and-repairs": """
        Before a screwdriver is lifted, the customer's story is read.
        Half of what comes back is healthy.
        The strangest find of the year is shown at the summer party.""",
    "team-purchasing": """
        Three quotations are asked for, and the cheapest does not always win.
        Samples are tortured by the bench.
        Long friendships with suppliers are wanted; long lunches are not.""",
    "team-people-and-pay": """
        ## For newcomers
        The first contract comes in a blue folder, with a map of the sites.
        Payslips are sent out in the last week of the month.
        Certificates of employment are written by hand and typed afterwards.""",
    "team-safety-and-environment": """
        A near miss is worth a cake for whoever reports it.
        Ladders that wobble are sawn up on the spot.
        Once a year the whole house practises a spill.""",
    "equipment-hoist-h-31": """
        Signals are given by hand and by one person only.
        In a strong wind the hook is taken down.
        The other hoist, under the roof, has a different remote control.""",
    "equipment-hoist-h-37": """
        The rail crosses the hall from door to door, and the floor below it stays clear.
        It whines when it is cold.
        Slings are inspected before breakfast.""",
    "equipment-lathe-l-14": """
        ## Manners
        Chips are brushed away and never blown.
        The belt slips in damp weather.
        It has outlived two roofs.""",
    "equipment-lathe-l-19": """
        Programs are stored under the name of the part.
        A glass door keeps fingers where they belong.
        Work for the old lathe is not put on this one without asking.""",
    "equipment-survey-boat-alke": """
        She turns on the spot and stops at a shout.
        The awning is for instruments; people get wet.
        Alma is the other one.""",
    "equipment-survey-boat-alma": """
        ## At sea
        The wheelhouse seats two and a chart.
        Life jackets hang behind the door, and the raft is where it should be.
        Inland locks are too narrow for her.""",
    "equipment-van-k-52": """
        The siren of the alarm sets off dogs in three streets.
        After a night call the socks are replaced by those who wore them.""",
    "equipment-drill-rig-bruno": """
        Granite takes a day, slate an hour.
        Dust is caught with water.
        Farmers should be asked before the tracks are laid.""",
    "equipment-drill-rig-berta": """
        On soft ground she floats on planks.
        The pump for the mud is carried separately.
        Holes are covered the same evening.""",
    "equipment-towing-tank": """
        Still water needs patience: after a run nobody touches the surface until the lamp is green.
        The carriage has stopped a hand's breadth from the end so far.""",
    "course-working-at-height": """
        ## Bring along
        Own harnesses may be used if they have been checked.
        Those who feel dizzy say so, and nobody laughs.
        The roof exercise is cancelled in rain.""",
    "course-working-on-water": """
        Everybody falls in once, on purpose.
        Dry clothes should be packed in a bag that closes.""",
    "course-boat-handling-basic": """
        Reversing is practised until nobody looks at the propeller any more.
        The advanced course follows in another season.""",
    "course-boat-handling-advanced": """
        One night is spent on the water, without lamps.
        Those who are seasick are in good company.
        Beginners should take the basic course first.""",
    "course-gauge-calibration-a": """
        Rulers are compared before anyone trusts one.
        The second part, with the letter B, is booked separately.""",
    "course-first-aid-afloat": """
        Blankets, radios and warm tea are treated at length.
        For accidents indoors there is a sister course.""",
    "course-handling-complaints": """
        Two volunteers play the angry customer and enjoy it.
        What is said in the room stays in the room.""",
    "course-forklift-driving": """
        The barrels are full of water, and the mop is near.
        Steel caps are lent at the gate.""",
    "supplier-nordby-cables": """
        ## Quality
        Every drum comes with a tag that tells who wound it.
        Joints are not accepted, however pretty.""",
    "supplier-nordby-castings": """
        Patterns are our property and stay in their loft.
        Sand in the bore is a reason to send a piece back.""",
    "supplier-ellery-seals": """
        Rings are delivered on rods and must not be hung on nails.
        The spring works next door has the same gate but another bell.""",
    "supplier-tarn-batteries": """
        Cells travel upright and apart.
        Dead ones go back with the empty boxes.
        Nobody there likes the word fire.""",
    "supplier-corvo-paints": """
        Colours are matched against the card in our own hall, by daylight.
        The plastics firm of the same name belongs to a cousin.""",
    "supplier-milner-rope": """
        A splice by their foreman outlasts the rope.
        Tar is on offer, and some customers insist.""",
    "supplier-milner-chain": """
        Links are stamped with the year.
        The rope works across the road shares an ancestor and nothing else.""",
    "supplier-sable-circuits": """
        Boards come in silver bags and are opened on a mat.
        A change of drawing needs a fortnight of warning.""",
    "event-great-gauge-fair": """
        ## Stands
        Every stand has a table, a lamp and a bucket.
        Last year a prototype was sold by mistake.
        There is another, smaller fair for those who want to buy.""",
    "event-river-users-forum": """
        Speeches are short because the moderator has a horn.
        Harbour matters have a forum of their own.""",
    "event-calibration-colloquy": """
        Cake is cut to a tenth of a millimetre, or so it is claimed.
        The data people hold a colloquy of their own.""",
    "event-long-service-feast": """
        ## The custom
        Whoever has served longest cuts the pie.
        Songs are sung that should not be written down.""",
    "event-apprentices-regatta": """
        Rafts must float before the start and may sink after the finish.
        The losing crew paints the clubhouse.""",
    "event-suppliers-round-table": """
        Grievances are written on cards, and the cards are read by somebody else.
        Customers sit at another round table.""",
    "project-lake-ommer": """
        ## On the ground
        The eastern shore has no road, and posts are towed behind a punt.
        Sirens will be tried on a Saturday, with notice.
        Lake Ombra is another lake and another crew.""",
    "project-lake-ombra": """
        Snow closes the pass for half the year.
        What is forgotten below is missed above.
        The mules are hired with their driver.""",
    "project-river-sull": """
        Some of the old gauges bear the marks of three floods and go to the museum.
        The crew lodges at the mill.""",
    "project-river-sullen": """
        The river is slow, and so is the peat underfoot.
        Posts are sunk to the clay.
        Eel traps are lifted with their owners present.""",
    "project-port-kessary": """
        ## What pilots get
        A figure, an arrow and the age of the reading are all that the screen will show.
        Everything else was crossed out by the pilots themselves.""",
    "project-port-kessel": """
        Divers go down on Sundays, when the ferries rest.
        The breakwater belongs to the navy, which is asked every time.""",
    "project-tarrow-weir": """
        Seepage is found with dye, which turned the trout green for an afternoon.
        The other weir, Tarrick, has locks and is a separate job.""",
    "project-tarrick-weir": """
        Three pools, three gauges, one bell for the lock keeper's kitchen.
        Cables run through the old eel pass.""",
    "project-fenn-delta": """
        ## Mud
        Boots are lost weekly.
        Boards are laid for every step that is taken twice.
        The birds have the right of way.""",
    "project-hollin-reservoir": """
        The dam is walked along in silence because the bats are counted there.
        Readings go to the waterworks before they go anywhere else.""",
    "person-marit-brekke": """
        Colleagues mix up the Brekkes on the telephone, and both have learned to pass messages on.
        Her lunch hour is spent on the slipway.""",
    "person-martin-brekke": """
        He is no relation of the other Brekke in the house.
        His memos end where others begin.""",
    "person-jonas-haugen": """
        He splices with his eyes shut.
        Mail for Johan is put into the next box.""",
    "person-elin-castor": """
        Elin, Elias and Edna Castor have nothing in common but the name.
        Fire drills under her watch are never announced.""",
    "person-robin-aldworth": """
        The lorry on his desk was carved by a grateful ferryman.
        He returns calls from the cab.""",
    "person-nadia-ferreby": """
        In the works council she asks the second question, which is the better one.
        Nora is a cousin.""",
    "person-tomas-lindqvist": """
        Tomatoes grow along his window, sorted by acidity.
        He reads labels for fun.""",
    "person-greta-sorrell": """
        A packed bag stands behind her door.
        She has run more places for a month than others have seen.""",
    "person-yusuf-okafor": """
        Every prototype in the drawer has a label with the date of its death.
        Yara is his colleague and not his sister, as both explain daily.""",
    "person-lucia-marchetti": """
        Her umbrella has been lent and never used.
        Luca answers letters; she answers the door.""",
    "person-sophie-kettler": """
        The morning round lasts as long as an egg takes to boil.
        Her namesake Stefan makes the list afterwards.""",
    "person-david-westrup": """
        His lectures on chance draw a crowd and a raffle.
        He is never sure, and always says how much.""",
    "person-bram-salvesen": """
        Those who burn their fingers get a plaster and a compliment.
        Birgit teaches in the pool, he teaches at the bench.""",
    "person-edda-wolfram": """
        Her calendar shows the moon.
        Plans are drawn in pencil until the neap tide.""",
}
"""By the id of the page."""


def note(doc_id: str) -> tuple[str, ...]:
    """The page's own paragraph, one line a sentence; nothing where there is none."""
    return tuple(line.strip() for line in NOTES.get(doc_id, "").strip().splitlines())
