"""The demo's insights, and its sequences: gifts before the first ask."""

from typing import Any

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
