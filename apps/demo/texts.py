"""What the demo's people write and hear: notes, answers, evidence. They sell software for planning plants."""

ORGANISATION = "Northbeam Planning"

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
    "**Who is who**\n\n- Operations decides, finance has to agree\n- IT only wants to know *where the data lies*\n\n"
    "> We have bought three of these. We use none.",
    "What they asked us:\n\n1. What does one rush order cost?\n2. Who else of their size counts it?\n\n"
    "@Marcus Bennett, the second one is yours.",
)
RECOVERY = "They missed our meeting. Bring the one thing that was worth their time, without reproach, and offer two new times."
