"""Policies, each written by hand: one sentence a line, {name} where a fact's value stands."""

from handbook.draws import code, count, day, euros, one_of, percent, phone, somebody
from handbook.written import Written

WRITTEN: tuple[Written, ...] = (
    (
        "Travel policy",
        """
        This policy is for everybody who travels on the business of Keldmark, by land or by water.
        Trains are preferred to cars, and cars to aeroplanes.

        ## Hotels and meals
        A hotel may cost up to {hotel} a night.
        Breakfast is part of the hotel bill.
        For other meals the house pays a daily allowance of {meals}, without receipts.

        ## Private cars
        Colleagues who use their own car are paid a mileage rate of {mileage} for a hundred kilometres.
        Passengers do not raise the rate, but they shorten the road.

        ## Booking
        Flights are booked by the travel desk only, at least {flight_notice} before departure.
        Boats are booked by the crew.
        """,
        {
            "hotel": (
                "numeric",
                euros(105, 199),
                "How much may a hotel cost per night on a business trip?",
                "What is the nightly limit for hotels in the travel policy?",
                "State the highest hotel price that the travel policy allows.",
                "I am travelling for Keldmark: up to what sum a night can I book a hotel?",
                "Under the travel policy, which amount caps a hotel night?",
                "Tell me the ceiling for a night in a hotel on business.",
            ),
            "meals": (
                "numeric",
                euros(23, 69),
                "What daily allowance is paid for meals on business trips?",
                "How much a day does the house give travellers for their meals?",
                "State the meal allowance in the travel policy.",
                "On a trip for Keldmark, what do I get each day for food?",
                "According to the travel policy, how large is the daily meals allowance?",
                "Tell me the sum paid per day for meals when travelling.",
            ),
            "mileage": (
                "numeric",
                euros(24, 78),
                "What is the mileage rate for a hundred kilometres in a private car?",
                "How much does Keldmark pay for a hundred kilometres in one's own car?",
                "State the mileage rate of the travel policy.",
                "If I drive my own car on business, what do I get for every hundred kilometres?",
                "Under the travel policy, how is a hundred kilometres by private car paid?",
                "Give the rate at which private car trips are reimbursed.",
            ),
            "flight_notice": (
                "numeric",
                count(13, 45, "days"),
                "How long before departure must flights be booked?",
                "How many days ahead does the travel desk have to book a flight?",
                "State the notice that the travel policy asks for flights.",
                "I need a flight; at least how many days before must it be booked?",
                "What booking notice applies to flights under the travel policy?",
                "Tell me the minimum number of days between booking and flying.",
            ),
        },
    ),
    (
        "Expenses policy",
        """
        Whoever spends money for the house gets it back, provided that there is a receipt.
        Receipts are photographed and kept until the claim is settled.

        ## Claims
        Claims are entered on form {form}.
        A claim must be made within {claim_days} of the purchase.
        Sums above {second_signature} need a second signature.
        Tips are not refunded; umbrellas are, once.

        ## Payment
        Approved claims are paid together with the wages.
        Questions about a claim are answered by {clerk}, who checks every one of them.
        """,
        {
            "form": (
                "single_hop",
                code("FX-###"),
                "On which form are expense claims entered?",
                "What form do I need to claim expenses?",
                "Name the form that the expenses policy prescribes for claims.",
                "I have bought something for the house. On what form do I claim it?",
                "Which form number belongs to an expense claim?",
                "Tell me the number of the expenses form.",
            ),
            "claim_days": (
                "numeric",
                count(23, 79, "days"),
                "Within how many days must an expense claim be made?",
                "How long after the purchase can I still claim expenses?",
                "State the time limit for expense claims.",
                "What deadline does the expenses policy set for a claim?",
                "I paid something for the house. How many days do I have to claim it?",
                "After how many days is an expense claim too late?",
            ),
            "second_signature": (
                "numeric",
                euros(205, 890, 5),
                "Above which sum does an expense claim need a second signature?",
                "From what amount on must two people sign an expense claim?",
                "State the limit beyond which the expenses policy asks for another signature.",
                "How large may an expense claim be with only one signature?",
                "When is a second signature needed on expenses; above how many euros?",
                "Tell me the amount over which claims for expenses are signed twice.",
            ),
            "clerk": (
                "single_hop",
                somebody(),
                "Who checks expense claims?",
                "Whom do I ask about my expense claim?",
                "Name the colleague who answers questions about expenses.",
                "By whom are expense claims examined?",
                "I do not understand what happened to my expenses. Who can tell me?",
                "Which person goes through every expense claim?",
            ),
        },
    ),
    (
        "Annual leave policy",
        """
        Rest is part of the work.
        Everybody should be away for two weeks in a row at least once a year.

        ## How much
        Full-time staff have {days} of annual leave.
        Night duty earns extra time off, which is booked separately.
        Up to {carry_over} may be carried over, and they lapse at Easter.

        ## How to ask
        Requests for summer leave are handed in by {summer_deadline}.
        The lead of the team decides within a week.
        Where two colleagues want the same week, {arbiter} mediates.
        """,
        {
            "days": (
                "numeric",
                count(24, 39, "leave days", "days"),
                "How many days of annual leave do full-time staff have?",
                "What is the yearly leave of a full-time employee?",
                "State the annual leave entitlement for full-timers.",
                "If I work full time, how much holiday do I get a year?",
                "To how much annual leave is somebody on full time entitled?",
                "Tell me the number of holidays that a full-time contract gives.",
            ),
            "carry_over": (
                "numeric",
                count(41, 79, "hours", "h"),
                "How much annual leave may be carried over?",
                "How many hours of leave can I take into the next year?",
                "State the limit for leave carried over to the following year.",
                "What part of unused annual leave is kept until Easter, in hours?",
                "At the end of the year, how many hours of holiday can be moved on?",
                "Tell me the most leave that one can carry over.",
            ),
            "summer_deadline": (
                "date",
                day("2025-01-15", "2025-04-28"),
                "By when must summer leave be requested?",
                "What is the deadline for requests for summer leave?",
                "Until which date can I hand in my wish for summer holidays?",
                "State the last day for summer leave requests.",
                "On what date does the time to ask for summer leave end?",
                "I want to be away in July. By which day must I ask?",
            ),
            "arbiter": (
                "single_hop",
                somebody(),
                "Who mediates when two colleagues want leave in the same week?",
                "Whom do we turn to if our holiday weeks clash?",
                "Name the mediator for clashing leave requests.",
                "By whom is a dispute about holiday weeks settled?",
                "My colleague and I want the same week off. Who helps us to agree?",
                "Which person mediates under the annual leave policy?",
            ),
        },
    ),
    (
        "Parental leave policy",
        """
        New parents may stay at home, and their place is kept.
        The policy is the same for birth and adoption.

        ## Before the leave
        Tell your lead and {officer}, the family officer, as soon as you like.
        The written notice is due {notice} before the first day of leave.

        ## Pay and return
        For the first months the house pays {pay} of the wages.
        A bonus of {bonus} is paid for every child.
        Those who return may work part-time until the child goes to school.
        """,
        {
            "officer": (
                "single_hop",
                somebody(),
                "Who is the family officer?",
                "Whom do I tell, besides my lead, about parental leave?",
                "Name the family officer of the house.",
                "Which colleague is in charge of questions of parental leave?",
                "We are expecting a child. Which officer should know?",
                "To what person is the post of family officer given?",
            ),
            "notice": (
                "numeric",
                count(61, 98, "days"),
                "How long before parental leave is the written notice due?",
                "How many days ahead must parental leave be announced in writing?",
                "State the notice period for parental leave.",
                "What notice does the parental leave policy ask for?",
                "I want to take parental leave. How many days before it starts do I hand in my notice?",
                "Tell me when, in days before the start, notice of parental leave must be given.",
            ),
            "pay": (
                "numeric",
                percent(56, 95),
                "What share of the wages is paid during the first months of parental leave?",
                "How many percent of my pay do I get at the start of parental leave?",
                "State the rate of pay in the first months of parental leave.",
                "On parental leave, what part of the wages does the house go on paying at first?",
                "At which percentage are new parents paid while on leave?",
                "Tell me how much of the wage continues under the parental leave policy.",
            ),
            "bonus": (
                "numeric",
                euros(310, 990, 10),
                "How large is the bonus for a child?",
                "What bonus do parents receive for every child?",
                "State the sum that the house pays for each new child.",
                "When a child is born or adopted, how many euros does Keldmark give?",
                "Which bonus does the parental leave policy grant?",
                "Tell me how much money new parents get per child.",
            ),
        },
    ),
    (
        "Working from home policy",
        """
        Work that needs neither a bench nor a boat can be done at home.
        Nobody is obliged to do so.

        ## Agreement
        Leads and colleagues agree in writing, on form {form}.
        At most {share} of the monthly hours may be worked at home.
        Everybody is in the house on {common_day}, the common day.

        ## Equipment
        A desk allowance of {allowance} is paid once.
        Screens are lent, not given.
        Papers with red stamps stay in the house.
        """,
        {
            "form": (
                "single_hop",
                code("HW-###"),
                "On which form is working from home agreed?",
                "What form must be signed before I can work at home?",
                "Name the form for an agreement on home working.",
                "Which form number does the working from home policy give?",
                "My lead and I want to agree on home days. Which form do we fill in?",
                "Give the number of the form used for working from home.",
            ),
            "share": (
                "numeric",
                percent(31, 69),
                "What share of the monthly hours may be worked at home?",
                "How many percent of the time can I work from home?",
                "State the upper limit for working at home.",
                "Up to what percentage of the hours is home working allowed?",
                "In a month, how much of my working time can be spent at home?",
                "Tell me the greatest share of hours for home working.",
            ),
            "common_day": (
                "single_hop",
                one_of(
                    "the first Monday of the month|first Monday",
                    "the first Tuesday of the month|first Tuesday",
                    "the second Wednesday of the month|second Wednesday",
                    "the last Thursday of the month|last Thursday",
                ),
                "When is the common day on which everybody is in the house?",
                "Which day is the common day in the working from home policy?",
                "Name the day on which nobody works from home.",
                "On what day must home workers come in?",
                "Which day of the month brings everybody to the house?",
                "Tell me when the common day falls.",
            ),
            "allowance": (
                "numeric",
                euros(115, 490, 5),
                "How much is the desk allowance for home workers?",
                "What does the house pay once towards a desk at home?",
                "State the allowance for furnishing a place to work at home.",
                "If I work from home, which sum do I get for a desk?",
                "Of what amount is the desk allowance?",
                "Tell me how many euros home workers get for a desk.",
            ),
        },
    ),
    (
        "Data retention policy",
        """
        Readings are kept for ever, papers about people are not.
        When in doubt, ask before shredding.

        ## How long
        Applications of candidates who were not hired are destroyed after {applications}.
        Recordings of the gate cameras are overwritten after {cameras}.
        Customer letters are kept for {letters}.
        Drawings belong to the archive and are never thrown away.

        ## Who decides
        The data protection officer is {officer}.
        Requests for one's own data are answered free of charge.
        """,
        {
            "applications": (
                "numeric",
                count(103, 290, "days"),
                "After how long are applications of unsuccessful candidates destroyed?",
                "How many days are applications kept when a candidate was not hired?",
                "State how long the papers of rejected applicants are kept.",
                "What retention time applies to applications?",
                "Somebody applied and was not hired. When do we destroy the papers, in days?",
                "Under the data retention policy, how long do we hold applications?",
            ),
            "cameras": (
                "numeric",
                count(51, 99, "hours", "h"),
                "When are recordings of the gate cameras overwritten?",
                "How long are camera recordings from the gate kept?",
                "State the number of hours for which gate camera pictures are stored.",
                "After how many hours does a new recording replace the old one at the gate?",
                "What is the retention time for the gate cameras?",
                "Something happened at the gate: for how many hours can the recording be seen?",
            ),
            "letters": (
                "numeric",
                count(13, 59, "years"),
                "For how long are customer letters kept?",
                "How many years does the house keep letters from customers?",
                "State the retention time of customer letters.",
                "After how many years can a customer's letter be thrown away?",
                "What does the data retention policy say about letters of customers; how long?",
                "Tell me the number of years that customer letters stay on file.",
            ),
            "officer": (
                "single_hop",
                somebody(),
                "Who is the data protection officer?",
                "Name the data protection officer of Keldmark.",
                "Which colleague is responsible for data protection?",
                "To whom do I write about data protection?",
                "In whose hands is data protection at the house?",
                "Tell me who acts as data protection officer.",
            ),
        },
    ),
    (
        "Gifts and hospitality policy",
        """
        A calendar is a kindness, a cruise is a bribe.
        Between the two this policy draws the line.

        Gifts worth more than {gift_limit} are declined or handed to the raffle.
        Invitations to a meal may be accepted up to {meal_limit} a head.
        Everything is entered in the gift register, which {registrar} keeps.
        Money is never accepted.
        Whoever is unsure telephones the ethics line on {ethics_line}.
        Suppliers are reminded of these rules every winter.
        """,
        {
            "gift_limit": (
                "numeric",
                euros(23, 59),
                "Above which value must gifts be declined?",
                "How much may a gift be worth if I want to accept it?",
                "State the limit for gifts from business partners.",
                "Up to what value can presents be kept?",
                "A supplier wants to give me something. How many euros may it be worth?",
                "In the gifts and hospitality policy, what is the limit for a gift?",
            ),
            "meal_limit": (
                "numeric",
                euros(61, 98),
                "Up to how much a head may an invitation to a meal be accepted?",
                "What may a meal to which I am invited cost?",
                "State the limit per person for meals paid by others.",
                "A customer invites me to dinner. How many euros a head are allowed?",
                "Which sum per head does the hospitality policy allow for meals?",
                "Tell me the most that a meal offered by a partner may cost for each person.",
            ),
            "registrar": (
                "single_hop",
                somebody(),
                "Who keeps the gift register?",
                "Name the keeper of the register of gifts.",
                "By whom are gifts written into the register?",
                "To whom do I report a gift for the register?",
                "Which colleague has the gift register?",
                "I was given a present. Who enters it?",
            ),
            "ethics_line": (
                "numeric",
                phone(),
                "What is the number of the ethics line?",
                "How do I reach the ethics line by telephone?",
                "Give me the phone number of the ethics line.",
                "Which number do I call when unsure about a gift?",
                "On what number does the ethics line answer?",
                "I want to ring the ethics line. What do I dial?",
            ),
        },
    ),
    (
        "Company vehicle policy",
        """
        Vans and cars of the house are tools.
        They are driven by people with a licence, sober and awake.

        ## Before driving
        Licences are checked every {licence_check} by {fleet_manager}, the fleet manager.
        New drivers are accompanied on their first trip.

        ## On the road
        Fuel is paid with the green card.
        Vehicles have a speed limiter set to {limiter}.
        After an accident, however small, the report is handed in within {accident_hours}.
        Pets travel in a cage or not at all.
        """,
        {
            "licence_check": (
                "numeric",
                count(101, 290, "days"),
                "How often are driving licences checked?",
                "At what interval does the house look at drivers' licences?",
                "State the number of days between two checks of a driving licence.",
                "My driving licence was checked today. In how many days is it due again?",
                "Every how many days must drivers of company vehicles show their licence?",
                "What interval does the company vehicle policy give for licence checks?",
            ),
            "fleet_manager": (
                "single_hop",
                somebody(),
                "Who is the fleet manager?",
                "Name the person who manages the fleet of vehicles.",
                "Which colleague checks driving licences?",
                "Under whose management is the fleet of company vehicles?",
                "I need a company car. Which fleet manager do I ask?",
                "Tell me who has been made fleet manager.",
            ),
            "limiter": (
                "numeric",
                count(91, 129, "km/h", "kilometres per hour", "kph"),
                "To what speed are company vehicles limited?",
                "At how many kilometres per hour is the speed limiter of our vans set?",
                "State the setting of the speed limiter in company vehicles.",
                "How fast can a van of the house go before the limiter acts?",
                "What top speed does the company vehicle policy allow?",
                "Tell me the speed at which the limiters cut in.",
            ),
            "accident_hours": (
                "numeric",
                count(23, 59, "hours", "h"),
                "Within how many hours must an accident with a company vehicle be reported?",
                "How soon after an accident is the report due?",
                "State the time limit for the accident report of a company car.",
                "I had an accident with the van. How many hours do I have for the report?",
                "What deadline applies to accident reports in the company vehicle policy?",
                "After a crash, by when must the report be in, counted in hours?",
            ),
        },
    ),
    (
        "Visitor policy",
        """
        Visitors are guests, and guests are never left alone among machines.

        Every visit is announced {announce} ahead at the gate.
        Visitors wear a badge with a {badge} ribbon.
        Groups may have up to {group} and get two guides.
        Photographs are allowed in the exhibition but not at the benches.
        Visits by schools are arranged with {school_contact}.
        The last visitors leave before the gate closes.
        Sandals are unsuitable, and the gate lends clogs.
        """,
        {
            "announce": (
                "numeric",
                count(25, 79, "hours", "h"),
                "How long ahead must a visit be announced at the gate?",
                "How many hours before arrival does the gate have to know of visitors?",
                "State the notice for announcing a visitor.",
                "I expect guests. How many hours in advance do I announce them?",
                "What notice does the visitor policy require?",
                "Tell me how early a visit has to be reported.",
            ),
            "badge": (
                "single_hop",
                one_of("turquoise", "magenta", "ochre", "lilac"),
                "What colour is the ribbon of a visitor's badge?",
                "Which ribbon do visitors' badges have?",
                "Name the colour by which visitors' badges are known.",
                "A stranger is in the yard. Which ribbon should be on the badge?",
                "Of what colour is the ribbon that visitors wear?",
                "By which ribbon colour do I recognise a visitor?",
            ),
            "group": (
                "numeric",
                count(16, 49, "persons", "people", "visitors"),
                "How large may a group of visitors be?",
                "What is the maximum size of a visiting group?",
                "State the greatest number of people in a group of visitors.",
                "Up to how many visitors can come as one group?",
                "I am planning a tour. How many can join a single group?",
                "In the visitor policy, to how many is a group limited?",
            ),
            "school_contact": (
                "single_hop",
                somebody(),
                "With whom are school visits arranged?",
                "Who looks after visits by schools?",
                "Name the contact for a visit of a school class.",
                "A teacher would like to bring a class. Whom should she write to?",
                "Which colleague arranges the visits of schools?",
                "By whom are visits of school classes organised?",
            ),
        },
    ),
    (
        "Overtime policy",
        """
        Floods do not keep office hours, and neither do we when the water is high.
        In quiet weeks people go home on time.

        Overtime on Sundays is paid with a supplement of {sunday}.
        Nobody works more than {cap} of overtime in a month.
        Beyond that, {approver} has to approve every single hour.
        Hours are entered under the pay code {pay_code}.
        Time off in lieu is taken within the season.
        Stand-by at home counts by half.
        """,
        {
            "sunday": (
                "numeric",
                percent(43, 94),
                "What supplement is paid for overtime on Sundays?",
                "How many percent extra does Sunday overtime bring?",
                "State the supplement for overtime worked on a Sunday.",
                "If I do overtime on Sunday, what is added to the pay?",
                "At which rate is the Sunday supplement set in the overtime policy?",
                "By how much is pay raised for extra hours on Sundays?",
            ),
            "cap": (
                "numeric",
                count(17, 49, "hours", "h"),
                "How much overtime may be worked in a month?",
                "What is the monthly limit for overtime?",
                "State the greatest number of overtime hours in a month.",
                "Up to how many hours a month can I work over time without approval?",
                "Which monthly cap does the overtime policy set?",
                "How many hours of overtime per month are permitted?",
            ),
            "approver": (
                "single_hop",
                somebody(),
                "Who approves overtime beyond the monthly limit?",
                "Whose approval is needed for overtime above the cap?",
                "Name the person who can allow still more overtime.",
                "My overtime exceeds the monthly limit. Who must agree?",
                "By whom is every hour over the overtime cap approved?",
                "Which colleague decides on overtime past the limit?",
            ),
            "pay_code": (
                "single_hop",
                code("OT-##"),
                "Under which pay code is overtime entered?",
                "What is the pay code for overtime?",
                "Name the code to use for overtime hours.",
                "I am entering overtime. Which pay code do I choose?",
                "Which code stands for overtime on the time sheet?",
                "Give me the overtime pay code.",
            ),
        },
    ),
    (
        "Password policy",
        """
        A password is like a toothbrush: chosen with care and never shared.
        The house checks new passwords against lists of stolen ones.

        Passwords have at least {length}.
        They are changed after {max_age}, or at once when they may be known.
        After too many wrong tries an account is locked for {lock}.
        To unlock it sooner, call the key desk on {key_desk}.
        Nobody from the house will ever ask for a password.
        Writing it on paper is allowed if the paper stays in a wallet.
        """,
        {
            "length": (
                "numeric",
                count(13, 29, "characters", "signs"),
                "How long must a password be?",
                "What is the minimum length of passwords at Keldmark?",
                "State the least number of characters in a password.",
                "I am choosing a new password. How many characters does it need?",
                "Of at least how many characters do passwords consist?",
                "Which length does the password policy demand?",
            ),
            "max_age": (
                "numeric",
                count(121, 389, "days"),
                "After how many days must a password be changed?",
                "How long can the same password be used?",
                "State the greatest age of a password.",
                "How often are passwords changed, counted in days?",
                "What lifetime does the password policy give to a password?",
                "My password is new today. In how many days must I replace it?",
            ),
            "lock": (
                "numeric",
                count(16, 59, "minutes", "min"),
                "For how long is an account locked after too many wrong passwords?",
                "How many minutes does a lock on an account last?",
                "State the length of the lock after wrong passwords.",
                "I mistyped my password too often. How long must I wait?",
                "What waiting time follows too many wrong tries at a password?",
                "After repeated wrong passwords, when does an account open again, in minutes?",
            ),
            "key_desk": (
                "numeric",
                phone(),
                "What is the telephone number of the key desk?",
                "Which number do I call to have my account unlocked?",
                "Give the number of the key desk.",
                "My account is locked. What number should I ring?",
                "On which telephone is the key desk reached?",
                "How can I phone the key desk?",
            ),
        },
    ),
    (
        "Speaking up policy",
        """
        Something is wrong, and nobody seems to mind: this policy is for that moment.
        Whoever speaks up in good faith is protected.

        ## Where to turn
        The ombudsperson is {ombudsperson}, who does not belong to the management.
        Letters can be dropped into the box by the {box}.

        ## What happens then
        You receive an acknowledgement within {acknowledge}.
        The inquiry is finished within {inquiry}.
        Names are not passed on.
        The board sees a yearly summary.
        """,
        {
            "ombudsperson": (
                "single_hop",
                somebody(),
                "Who is the ombudsperson?",
                "Name the ombudsperson of the house.",
                "Which person receives reports from colleagues who speak up?",
                "To whom can I turn in confidence when something is wrong?",
                "By whom is the post of ombudsperson held?",
                "Tell me who serves as ombudsperson at Keldmark.",
            ),
            "box": (
                "single_hop",
                one_of(
                    "lift on the ground floor|lift",
                    "canteen stairs",
                    "post room door|post room",
                    "notice board|noticeboard",
                ),
                "Where is the box for letters under the speaking up policy?",
                "Beside what does the letter box for reports hang?",
                "Name the place of the box for confidential letters.",
                "I want to drop a confidential letter. Where do I find the box?",
                "By which spot are letters to the ombudsperson dropped?",
                "At what place has the speaking up box been put?",
            ),
            "acknowledge": (
                "numeric",
                count(25, 95, "hours", "h"),
                "Within how many hours is a report under the speaking up policy acknowledged?",
                "How soon does somebody who speaks up get an acknowledgement?",
                "State the time in which a report of wrongdoing is acknowledged.",
                "I have spoken up. After how many hours at most do I hear that it arrived?",
                "What time limit holds for acknowledging those who speak up?",
                "When must the ombudsperson confirm a report, in hours?",
            ),
            "inquiry": (
                "numeric",
                count(33, 89, "days"),
                "Within how many days is an inquiry into a report finished?",
                "How long may the inquiry under the speaking up policy take?",
                "State the time limit for such an inquiry after somebody speaks up.",
                "After a report of wrongdoing, when is the inquiry over, in days?",
                "What is the longest that an inquiry of the ombudsperson lasts?",
                "I reported something. In how many days must the inquiry be done?",
            ),
        },
    ),
)
