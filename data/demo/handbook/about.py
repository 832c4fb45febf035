"""Pages about the house that nobody is asked about: long ones, for a retriever to stumble over."""

from handbook.written import Written

WRITTEN: tuple[Written, ...] = (
    (
        "Welcome to Keldmark",
        """
        Keldmark Instruments makes, hires out and repairs instruments that measure water: how high it stands, how fast
        it runs, how deep, how salt and how cloudy it is.
        Whoever joins us comes to know rivers by their gauges and harbours by their buoys.
        This page is for your first week.

        ## The first morning
        Come to the gate of your site and ask for your lead.
        You will be given a badge, a pair of gloves and a cup of tea, in that order.
        Somebody will walk round with you and show you the exits, the tide board and the place where people gather in an
        alarm.
        Nobody expects you to remember names before Friday.

        ## How we talk to each other
        First names are used throughout, on paper too.
        Since several families have sent more than one of their members to us, the full name is written wherever there
        could be a doubt: there are two Brekkes, two Haugens and three Castors.
        On the radio everybody has a call sign.
        In meetings the youngest speaks first.

        ## What to read next
        - The page of your site, for the ways in and out.
        - The page of your team, for its round and its channel.
        - The policies on leave, expenses and overtime.
        - The procedures of your bench.

        If something in the handbook is wrong, say so.
        It is mended more quickly than it was written.
        """,
        {},
    ),
    (
        "A short history of the house",
        """
        It began with a bucket.
        A lock keeper at Keld was tired of walking to the weir at night, so he hung a bucket on a line, led the line
        over a wheel and nailed a pointer to the wheel.
        From his bed he could now see how high the water stood.
        Neighbours wanted the same, and his daughter, who could solder, made them.

        ## The first gauges
        The first workshop was a boat turned upside down.
        Floats were beaten from copper roofs, drums were turned on a treadle lathe, and every gauge had a number
        scratched inside its lid.
        The lock keeper's daughter travelled the canals with two of them on a donkey and came home with orders for more.

        ## The years of the harbours
        When the ports were dredged, harbour masters asked for buoys and sounders.
        A yard was bought for the chains, another for the paint.
        The name of a sister firm, long since swallowed, still hangs in iron letters over one of the gates.
        For a while the house also made weather vanes, which were handsome and always wrong.

        ## Today
        Radio and small computers changed the instruments and left the customers as they were: people with wet feet who
        need one figure.
        That is why a gauge of the house can still be read without a manual.
        The bucket hangs in the hall.
        """,
        {},
    ),
    (
        "Glossary",
        """
        Some words are used in the house in a sense of their own.

        - Bench: the colleagues who repair and calibrate indoors, and the table at which they do it.
        - Field: everything that cannot be carried to the bench.
        - Staff: a graduated board in the water; people are called colleagues when there is a doubt.
        - Slack: the hour at which the tide turns and the figures stand still.
        - Sinker: the weight at the lower end of a mooring.
        - Plume: the cloud of mud behind a dredger.
        - Spread: the distance between the highest and the lowest of several readings.
        - Round: a short meeting of a team, mostly standing.
        - Stand-in: the one who signs while another is away.
        - Red stamp: a paper that stays in the house.
        - Yellow card: what a pump set gets when it fails its test.
        - Weather day: a day on which a crew is paid and the water wins.
        - Dry side, wet side: the two ends of every argument about money.

        Words of the sea are spelled as in the pilot books.
        Words of the law are spelled as in the law and explained in brackets.
        Abbreviations are avoided; whoever needs one writes it out first.
        New entries are proposed by postcard.
        """,
        {},
    ),
    (
        "How this handbook is made",
        """
        The handbook tells what holds today.
        It is not a chronicle: when a fee, a name or a date changes, the page is changed, and the old figure is gone.
        Who wants to know what used to hold has to ask the archive.

        ## Who writes
        Each page has one author, mostly the person who is telephoned when the page is wrong.
        Sentences are short because they are read on piers.
        Figures are written with their unit, dates with the month spelled out, times with two digits on either side of
        the colon.

        ## When it changes
        Twice a year, in winter and in summer, all pages are read aloud in a long meeting with cake.
        Pages about things that no longer exist are taken out, and pages for new things are put in.
        Between the two readings only mistakes are mended.

        ## What does not stand here
        Wages, birthdays and quarrels have no place in the handbook.
        Neither have the recipes of the canteen, in spite of many requests.
        If the handbook does not say something, nobody has decided it yet, or everybody is supposed to know.
        """,
        {},
    ),
    (
        "The tide and the working day",
        """
        Offices follow the clock, crews follow the moon, and most misunderstandings in the house come from there.

        ## Reading the board
        In every hall hangs a board with the high waters of the week.
        Blue figures are for the northern coast, green ones for the estuaries in the south.
        A ring round a figure means a spring tide, a dot means that the bar is closed to the boats.
        The board is written by hand on Sunday evening and is right more often than the screen.

        ## Planning
        Jobs below the low-water mark are planned first, and everything else is arranged around them.
        A crew that has to wait for water may sleep, mend or read, but it may not paint.
        If a job slips by a tide, it slips by half a day, and the customer is told before the crew is.

        ## Meals
        The canteen keeps plates warm for crews that return late.
        Sandwiches for the night are ordered at noon from the hatch.
        Soup is never refused to anybody in oilskins, whatever the hour and whatever the badge.

        ## Rest
        Between two tides worked in a row lies a night at home.
        Leads see to it, and the works council sees to the leads.
        """,
        {},
    ),
    (
        "Writing to customers",
        """
        A letter of the house is short, says what will happen next, and is signed by somebody who can be telephoned.

        ## Before you write
        Look up who the customer is and which instruments are out with them.
        Read the last letter, from either side.
        If the matter is a complaint, wait until the kettle has boiled.

        ## While you write
        Say first what you will do, then why, and then what you would like the customer to do.
        Give figures with their unit.
        Do not explain the tide to a pilot.
        Instruments are called by their full name, because a Halden 40 is not a Halden 45 and a Torvik 12 is
        not a Torvik 12 L, and more than one wrong parcel has begun with a missing letter.

        ## Before you send
        Read it aloud.
        Strike out every sentence that begins with a regret.
        Check the address against the order and not against your memory.
        Letters about money are seen by a second pair of eyes.

        ## Afterwards
        A copy goes into the customer's folder.
        If an answer is expected and does not come, ring.
        """,
        {},
    ),
)
