"""What the demo's people write and hear: sequences, insights, notes, answers. They sell software for planning plants."""

from typing import Any

ORGANISATION = "Northbeam Planning"

INSIGHTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    # title, kind, what it says, industries
    (
        "Where planners' hours go",
        "figure",
        "In 41 plants we measured, planners spent 9 of 40 hours looking for numbers that somebody had typed before. "
        "The best quarter of them spent two.",
        ("industrials", "materials"),
    ),
    (
        "Three weeks of stock that nobody asked for",
        "case",
        "A packaging maker with four sites found that 22 days of its stock were insurance against its own plan "
        "changing. It took them seven months to halve it, and nobody had to be let go.",
        ("materials", "consumer_staples"),
    ),
    (
        "The question that ends rush orders",
        "question",
        "Who is allowed to change the plan inside 48 hours, and what does each change cost? Teams that can answer this "
        "have a third of the rush orders of those that cannot.",
        (),
    ),
    (
        "What an hour of changeover costs",
        "article",
        "A worksheet of one page: margin an hour on the bottleneck, crew, scrap at start-up, and the promise broken "
        "downstream. Most teams find a figure three times what they assumed.",
        ("industrials", "consumer_staples", "health_care"),
    ),
    (
        "Forecast error by product age",
        "figure",
        "Products younger than a year make 12% of volume and 47% of forecast error. Planning them the same way as the "
        "rest costs more than planning them badly.",
        ("consumer_discretionary", "consumer_staples", "technology"),
    ),
    (
        "Planning when your best planner retires",
        "article",
        "Five rules of thumb that live in one head, how to write them down in two afternoons, and which of them the "
        "data says are wrong.",
        (),
    ),
    (
        "A hospital group stops counting gloves",
        "case",
        "Eleven hospitals, one catalogue, and a replenishment rule that fits on a card: 31% fewer stock-outs in the "
        "first winter.",
        ("health_care",),
    ),
    (
        "Spare parts: what to keep and what to let go",
        "figure",
        "Of the spare parts that utilities keep, 38% have not moved in five years, and half of the outages waited for "
        "a part that nobody kept.",
        ("utilities", "energy"),
    ),
    (
        "Is your service level a promise or an average?",
        "question",
        "97% on average can hide one customer in ten who gets 80%. Which of yours is that?",
        (),
    ),
    (
        "What changed for freight in the last twelve months",
        "article",
        "Lead times by lane, how far they spread, and what that means for the buffer you hold.",
        ("industrials", "consumer_discretionary", "energy"),
    ),
)

SEQUENCES: tuple[dict[str, Any], ...] = (
    {
        "name": "The cost of standing still",
        "description": "For operations leaders of makers: two gifts before the first ask.",
        "steps": [
            {
                "channels": ["auto_email"],
                "delay": 0,
                "intent": "give",
                "insight": 0,
                "subject": "Nine hours a week at {{ company }}?",
                "body": "Hello {{ first_name | there }},\n\nwe measured where planners' time goes in 41 plants. On average nine "
                "of forty hours went into looking for numbers that somebody had typed before. The best quarter needed "
                "two.\n\nThe one-page summary says what that quarter does differently. It is yours, with or without "
                "us: reply with a yes and I send it.\n\n{{ sender_first_name }}",
            },
            {
                "channels": ["call", "voicemail"],
                "delay": 2,
                "intent": "give",
                "subject": "Call: who may change the plan?",
                "body": "Bring the question, not the product: who is allowed to change the plan inside 48 hours, and what does "
                "each change cost? If it is voicemail: leave the question, say that the summary is in their inbox, no "
                "callback asked for.",
            },
            {
                "channels": ["email"],
                "delay": 2,
                "intent": "give",
                "insight": 3,
                "subject": "A worksheet for one changeover",
                "body": "Hello {{ first_name | there }},\n\nattached to this thought is a worksheet of one page: what an hour of "
                "changeover really costs, with scrap and broken promises in it. Teams in {{ industry | your industry }} "
                "usually find three times what they assumed.\n\nTry it on your worst line. If the figure surprises you, "
                "I would like to hear it; if not, you have lost ten minutes to me, and I owe you a coffee."
                "\n\n{{ sender_name }}",
            },
            {
                "channels": ["social"],
                "delay": 3,
                "intent": "give",
                "subject": "Comment on something they said",
                "body": "Find what {{ first_name | the contact }} wrote or said last. Add a fact to it. No pitch, no link.",
            },
            {
                "channels": ["call"],
                "delay": 3,
                "intent": "ask",
                "subject": "Call: twenty minutes about what rush orders cost",
                "body": "Ask for twenty minutes, and say what they will have afterwards: their own figure for the cost of rush "
                "orders, worked out with them, theirs to keep.",
            },
            {
                "channels": ["auto_email"],
                "delay": 4,
                "intent": "ask",
                "subject": "Twenty minutes, and your own figure",
                "body": "Hello {{ first_name | there }},\n\nI have brought you two things and not asked for anything. Here is the ask: "
                "twenty minutes, in which we put your own numbers into the worksheet. You keep the result, whatever "
                "comes of it.\n\nTuesday or Thursday next week?\n\n{{ sender_name }}",
            },
        ],
    },
    {
        "name": "A question worth an answer",
        "description": "Short and personal, for tier A: written by hand, a call in between.",
        "steps": [
            {
                "channels": ["email"],
                "delay": 0,
                "intent": "give",
                "insight": 2,
                "subject": "A question about {{ company }}'s rush orders",
                "body": "Hello {{ first_name | there }},\n\none question that teams in {{ industry | your industry }} tell us was worth "
                "asking: who may change the plan inside 48 hours, and what does each change cost? Those that can answer "
                "have a third of the rush orders of those that cannot.\n\nI collected how six of them answer it. Shall "
                "I send it?\n\n{{ sender_first_name }}",
            },
            {
                "channels": ["call"],
                "delay": 3,
                "intent": "give",
                "subject": "Call: what the six answers have in common",
                "body": "Tell the one thing: all six wrote the rule down, and the person who wrote it was not in planning. Ask how it "
                "is with them.",
            },
            {
                "channels": ["email"],
                "delay": 3,
                "intent": "give",
                "insight": 1,
                "subject": "Three weeks of stock that nobody asked for",
                "body": "Hello {{ first_name | there }},\n\na packaging maker with four sites found that 22 days of its stock were "
                "insurance against its own plan changing. Seven months later it was eleven.\n\nThe case is two pages, "
                "with the mistakes left in.\n\n{{ sender_name }}",
            },
            {
                "channels": ["call"],
                "delay": 4,
                "intent": "ask",
                "subject": "Call: half an hour with your numbers",
                "body": "Ask for half an hour. Offer to bring the person at the packaging maker who did it.",
            },
        ],
    },
    {
        "name": "Something new each month",
        "description": "For those who know us and are not ready: one thing worth reading, then a call.",
        "steps": [
            {
                "channels": ["auto_email"],
                "delay": 0,
                "intent": "give",
                "insight": 5,
                "subject": "When the best planner retires",
                "body": "Hello {{ first_name | there }},\n\nfive rules of thumb that live in one head, how to write them down in two "
                "afternoons, and which of them the data says are wrong. Three pages.\n\nNo answer needed.\n\n"
                "{{ sender_name }}",
            },
            {
                "channels": ["auto_email"],
                "delay": 15,
                "intent": "give",
                "insight": 8,
                "subject": "A promise or an average?",
                "body": "Hello {{ first_name | there }},\n\n97% service on average can hide one customer in ten who gets 80%. Which of "
                "{{ company }}'s is that? There is a way to see it in an hour with data you have.\n\n{{ sender_name }}",
            },
            {
                "channels": ["call"],
                "delay": 10,
                "intent": "ask",
                "subject": "Call: did it find a customer?",
                "body": "Ask whether they looked. Offer to look together for half an hour.",
            },
        ],
    },
    {
        "name": "Many voices at one company",
        "description": "For large companies: a letter to whoever decides, then calls and emails about the same thought.",
        "steps": [
            {
                "channels": ["letter"],
                "delay": 0,
                "intent": "give",
                "insight": 9,
                "subject": "A letter with the freight figures",
                "body": "Send the printed figures with a handwritten line about one of their lanes.",
            },
            {
                "channels": ["call", "voicemail"],
                "delay": 4,
                "intent": "give",
                "subject": "Call: did the figures arrive?",
                "body": "Say which lane you marked and why. Ask who else should see it.",
            },
            {
                "channels": ["email"],
                "delay": 3,
                "intent": "give",
                "insight": 4,
                "subject": "Where {{ company }}'s forecast error sits",
                "body": "Hello {{ first_name | there }},\n\nproducts younger than a year make 12% of volume and 47% of forecast error, in "
                "the 23 companies we looked at. Planning them like the rest costs more than planning them badly.\n\n"
                "I marked what I would look at first in {{ industry | your industry }}.\n\n{{ sender_name }}",
            },
            {
                "channels": ["visit"],
                "delay": 5,
                "intent": "ask",
                "subject": "Ask for a walk through one plant",
                "body": "Ask for an hour on site with whoever plans, and send the questions beforehand.",
            },
            {
                "channels": ["email"],
                "delay": 4,
                "intent": "ask",
                "subject": "One hour, and what you get for it",
                "body": "Hello {{ first_name | there }},\n\nan hour with your planner and me: you get the list of orders that cost more to "
                "rush than they brought in. Last time it had 214 lines.\n\nIs the week after next possible?"
                "\n\n{{ sender_name }}",
            },
        ],
    },
)

DRAFT = {
    "name": "After the autumn fair",
    "description": "Not finished: the second step still needs a text.",
    "steps": [
        {
            "channels": ["email"],
            "delay": 0,
            "intent": "give",
            "subject": "The drawing from our stand",
            "body": "Hello {{ first_name | there }},\n\nhere is the sketch we made at the stand.\n\n{{ sender_first_name }}",
        },
        {"channels": ["call"], "delay": 3, "intent": "ask", "subject": "Call about the sketch", "body": ""},
    ],
}

LISTS = {
    "North": (
        ("Makers of the Great Lakes", "Plants with more than one site within a day's drive."),
        ("Food and drink, North", "Short shelf lives, many changeovers."),
    ),
    "South": (
        ("Gulf Coast process plants", "Chemicals, energy and packaging between Houston and Mobile."),
        ("Southern logistics", "Warehouses and carriers that plan by the hour."),
    ),
    "Enterprise": (
        ("Fifty we should know", "Companies whose change would change ours."),
        ("Europe, first steps", "Where our two references have sister companies."),
    ),
}

WHY_CHANGE = (
    "{name} closed its second site last year and plans the first with the old spreadsheets. Rush orders must have doubled; "
    "their careers page looks for two expediters.",
    "They promise delivery in 48 hours and keep it with stock. With money at today's rates that promise costs more than "
    "the plan that would make it unnecessary.",
    "Their head of planning retires in spring. Whatever she knows leaves with her unless somebody writes it down now.",
    "Two acquisitions in three years, three planning systems. Every month-end they rebuild one truth by hand.",
    "Their annual report blames “supply constraints” three times. Their competitor in {city} had the same suppliers and no "
    "such sentence.",
    "They grow by 20% a year with the same planning team. It works until the first bad winter.",
    "The new COO came from a company that plans daily. She will ask why it is weekly here.",
    "Service level 97% on average, and their largest customer complains in public. The average hides him.",
)
TRIGGERS = (
    "New chief operating officer since last month",
    "Second plant opened this quarter",
    "Looks for three planners at once",
    "Missed its delivery promise in the trade press",
    "Bought a competitor in spring",
    "Announced to halve its stock within two years",
    "",
    "",
    "",
)
INCUMBENTS = (
    "Spreadsheets",
    "Corvus MRP",
    "PlanRight 7",
    "Tessera Suite",
    "their own development",
    "Osprey Supply",
    "",
    "",
)

REPLIES_GOOD = (
    "This hits a nerve. Nine hours sounds low for us. What would you need from me?",
    "Please send the summary. I will show it to our plant manager on Thursday.",
    "Interesting figure. Can you tell me how you measured it?",
    "We have had this very discussion last week. Happy to talk, mornings are best.",
    "I tried the worksheet on line 4. If I did it right the figure is embarrassing. Can we go through it?",
    "Forwarded to our head of planning. She would like the case as well.",
    "Good timing: budgets are made in six weeks. Call me on Wednesday after two?",
    "You are the first who did not ask for fifteen minutes in the first mail. So ask.",
)
REPLIES_LATER = (
    "Not this quarter: we are in the middle of moving a warehouse. Come back in spring.",
    "Thank you for the worksheet. We have a freeze on new projects until January.",
    "Useful, but I am the wrong person. Try our operations controller.",
    "We renewed with our supplier in summer. Ask me again when that nears its end.",
    "I read it. Nothing to add right now.",
)
REPLIES_NO = (
    "We have looked at this and decided to stay as we are.",
    "No interest, thank you.",
    "Our group decides this centrally. There is nothing I can do here.",
)
OPT_OUTS = ("Please take me off your list.", "Do not write to me again, please.", "Unsubscribed by the link.")
OUT_OF_OFFICE = (
    "I am out of the office until Monday and read mail now and then. Urgent matters: the switchboard.",
    "Thank you for your message. I am on leave and back next week.",
)
BOUNCES = (
    "550 5.1.1 The address does not exist.",
    "550 5.1.10 Recipient not found.",
    "554 5.7.1 This mailbox is closed.",
)

CALL_NOTES: dict[str, tuple[str, ...]] = {
    "connected": (
        "Talked for six minutes. Rush orders are “a religion” there. Wants to see the case.",
        "Knew our summary. Their planner does the same search every Monday morning.",
        "Friendly, in a hurry. Said that finance would have to be in it from the start.",
        "Spoke about the bottleneck on their filling line. Asked how others count changeover.",
        "Not convinced that it is worth it at their size. Promised them the figure for plants like theirs.",
        "Good talk. The incumbent's contract ends next year, and nobody likes it.",
    ),
    "no_answer": ("", "", "Rang out.", "No answer before nine either."),
    "voicemail": (
        "Left the question, no callback asked for.",
        "Voicemail: named the figure and the page it is on.",
        "",
    ),
    "gatekeeper": (
        "Office says mornings before eight are best.",
        "The assistant took the question down and was kind about it.",
    ),
    "wrong_number": ("Number belongs to the warehouse now.",),
    "callback": (
        "In a meeting, asked for a call tomorrow.",
        "Boarding a plane. Call at the end of the week.",
    ),
}
MEETING_ABOUT = (
    "What rush orders cost at {name}",
    "Your figures in the worksheet",
    "A look at the planning week",
    "How plants like yours plan",
    "First talk with operations",
)
MEETING_NOTES = (
    "They plan weekly and replan daily by telephone. Cost of a rush order: nobody knows. Will collect a month of them.",
    "Good hour. Three people, all with a different figure for service level. That was the meeting.",
    "The finance director came unannounced and stayed. Wants the cost of doing nothing in writing.",
    "They like what they have, and could not say why orders are late. Agreed to count for two weeks.",
    "Head of planning retires in April. Wants it settled before.",
    "Honest talk. Small site, small pain. The sister site is the one to see.",
)
MEETING_MISSED = (
    "Nobody came to the call. Wrote a friendly line.",
    "Line down on their side, so they said. New time offered.",
)
OPPORTUNITY_NAMES = (
    "Planning for {name}",
    "One plan for two sites",
    "Rush orders at {name}",
    "Pilot on the filling line",
    "Spare parts at {name}",
    "Weekly to daily planning",
)
EVIDENCE: dict[str, tuple[str, ...]] = {
    "Time": ("Meeting held, they brought their own numbers.", "An hour with operations and finance."),
    "Explore": (
        "They described the planning week hour by hour, and named what better would be.",
        "Walked the plant with their planner; list of 14 workarounds, in her words.",
    ),
    "Change": (
        "Their own sheet: 412,000 a year for rush freight alone. The COO wants it gone by summer.",
        "“Staying as we are is the expensive option”: finance director, in writing.",
    ),
    "Collaborate": (
        "Workshop with six people from three departments. The pilot line is their choice.",
        "Their IT struck two requirements and added one.",
    ),
    "Decide": (
        "Went through the proposal page by page. Two doubts left, both named.",
        "Decision on the board's agenda, date given by them.",
    ),
    "Won": ("Signed order by email.", "Signed in their office, with the planner in the room."),
}
LOST_REASONS = (
    "Stayed with what they have: no project before the new site is up.",
    "Chose the incumbent's new module for half the price.",
    "Our champion left the company.",
    "The group decided for all sites.",
    "No decision. They stopped answering after the proposal.",
)
RULED_OUT = (
    "Sold to a group that is a client of ours already.",
    "Closing the plant next year.",
    "Plans nothing: it makes one product to order.",
    "They asked never to be called again.",
)
LET_GO = (
    "My book is full and this one has been silent for a year.",
    "Better placed with a colleague who knows the COO.",
)
TASKS = (
    "Send the two-page case to {first_name}",
    "Find out who runs planning at {name}",
    "Ask our reference to make the introduction to {name}",
    "Prepare the worksheet with {name}'s numbers",
    "Thank {first_name} for the referral",
    "Read {name}'s annual report before the call",
)
NOTES = (
    "Met somebody from there at the fair in Chicago: planning is done by one person and a whiteboard.",
    "Fiscal year ends in June; budget talks begin in February.",
    "The COO used to work for one of our clients. Ask for the introduction before anything else.",
    "They answer emails on Sundays. They do not answer calls.",
    "Second site runs on another system since the acquisition. That is the story here.",
)
RECOVERY = "They missed our meeting. Bring the one thing that was worth their time, without reproach, and offer two new times."
