"""What happened between a rep and one company, day by day, with every row that the product would have written.

The building blocks: what is done to a dream client and what comes back. `tellers` says in which order.
"""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from apps.accounts.names import name_key
from apps.activities.models import Activity, Outcome
from apps.demo import custom, texts, words
from apps.demo.copy import array
from apps.demo.world import Plan, PlanStep, Rep, Tables, World, fill
from apps.dreamclients.models import DreamClientList, Rung
from apps.users.models import User
from opener.days import local_day

Kind = Activity.Kind
Source = Activity.Source
_HEIGHT = {rung.value: rung.height for rung in Rung}
_OF_TOUCH = ("channels", "intent", "outcome")


class Person:
    """A contact of the story."""

    __slots__ = ("email", "first_name", "given", "is_silent", "last_name", "name", "phone", "pk", "title")

    def __init__(self, pk: int, first_name: str, last_name: str, title: str, email: str, phone: str) -> None:
        self.pk, self.first_name, self.last_name, self.title = pk, first_name, last_name, title
        self.email, self.phone, self.name = email, phone, f"{first_name} {last_name}"
        self.given: set[int] = set()
        self.is_silent = False


class Story:
    """One account as it is now, and the rows that brought it there."""

    def __init__(
        self,
        world: World,
        rng: Random,
        dream_list: DreamClientList,
        rep: Rep | None,
        *,
        targeted: bool,
        start: int,
    ) -> None:
        self.world, self.rng, self.list, self.rep = world, rng, dream_list, rep
        self.tables: Tables = world.tables
        self.calendar = world.calendar
        self.team_id = dream_list.team_id
        self.owner: User | None = rep.user if rep else None
        self.tier = rng.choices("ABC", (20, 45, 35))[0]
        self._make_account(start)
        self.people: list[Person] = []
        self._emails: set[str] = set()
        self.rung, self.rung_at = Rung.TARGETED.value, self.at(start, 540)
        self.targeted_at = self.rung_at
        self.start = start
        self.last: tuple[datetime, int] | None = None
        self.last_sequence: int | None = None
        self.next: tuple[datetime, str] | None = None
        self.parked_until: datetime | None = None
        self.ruled_out: tuple[datetime, str] | None = None
        self.dream_client: int | None = None
        self._asked: dict[int, tuple[datetime, int]] = {}
        if targeted:
            self.dream_client = self.tables.dream_client.reserve()
            self._target()

    def at(self, index: int, minute: int | None = None) -> datetime:
        """A minute of a business day where the company is; of its working hours where none is named."""
        return self.calendar.at(index, self.rng.randrange(545, 985) if minute is None else minute, self.tz)

    @property
    def sender(self) -> User:
        """Whoever works this dream client. Stories in which something is done have an owner."""
        if self.owner is None:
            raise ValueError("nobody works this dream client")
        return self.owner

    # --- the company and its people -------------------------------------------------------------

    def _make_account(self, start: int) -> None:
        rng = self.rng
        team = str(self.list.team)
        self.city, region, country, self.tz, self.code = rng.choice(words.REGIONS[team])
        self.industry = words.industry(rng)
        self.name, self.domain = self.world.names.company(rng, self.industry, self.city)
        size = int(rng.lognormvariate(6.4 if team != "Enterprise" else 8.1, 0.8))
        employees, self.account = max(20, round(size, -1)), self.tables.account.reserve()
        self.tables.account.put(
            self.account, self.name, name_key(self.name), self.domain, self.industry, f"{self.city}, {region}", country, self.tz,
            employees, words.phone(rng, self.code), self.team_id, self.list.owner_id,
            self.at(max(0, start - rng.randrange(3)), 500),
            custom.of_account(self.account, employees, self.calendar.date),
        )  # fmt: skip

    def meet(self, count: int) -> list[Person]:
        """The first `count` people of the company; new ones are made where there are fewer."""
        rng = self.rng
        while len(self.people) < count:
            first, last = words.person(rng)
            address = f"{_ascii(first)}.{_ascii(last)}@{self.domain}"
            if address in self._emails:
                continue
            self._emails.add(address)
            role, title = words.role_and_title(rng)
            pk = self.tables.contact.reserve()
            self.tables.contact.put(
                pk, self.account, first, last, name_key(f"{last} {first}"), title, role,
                self.owner.pk if self.owner else None, self.at(self.start, 600), custom.of_contact(pk),
            )  # fmt: skip
            phone = words.phone(rng, self.code) if rng.random() < 0.8 else ""
            self.tables.email.add(pk, address)
            if phone:
                self.tables.phone.add(pk, phone)
            self.people.append(Person(pk, first, last, title, address, phone))
        return self.people[:count]

    # --- what happened --------------------------------------------------------------------------

    def record(self, kind: str, at: datetime, contact: Person | None = None, **fields: Any) -> int:
        """An activity; returns its id. `data`, `by`, `source` and a touch's columns as the services write them."""
        by = fields.get("by", self.owner)
        return self.tables.activity.add(
            at, at, kind, fields.get("source", Source.USER), by.pk if by else None, self.team_id, self.account,
            contact.pk if contact else None, array(fields.get("channels", ())), fields.get("intent", ""),
            fields.get("outcome", ""), fields.get("subject", "")[:300], fields.get("body", ""),
            json.dumps(fields["data"]) if "data" in fields else "{}",
        )  # fmt: skip

    def climb(self, rung: str, at: datetime, cause: int) -> None:
        """The first time a rung is reached; the ladder has one direction."""
        if self.dream_client is None or _HEIGHT[rung] <= _HEIGHT[self.rung]:
            return
        self.rung, self.rung_at = rung, at
        self._reached(rung, at, cause, self.last[1] if self.last else None)

    def _reached(self, rung: str, at: datetime, cause: int, touch: int | None) -> None:
        owner_id = self.owner.pk if self.owner else None
        self.tables.rung.add(self.dream_client, rung, at, cause, touch, owner_id, self.team_id)

    def _target(self) -> None:
        cause = self.record(Kind.TARGETED, self.targeted_at, by=self.list.owner, subject=self.list.name)
        self._reached(Rung.TARGETED, self.targeted_at, cause, None)
        if self.owner is not None:
            self.record(
                Kind.TAKEN,
                self.targeted_at + timedelta(minutes=7),
                subject=self.owner.name,
                data={"owner": self.owner.pk},
            )

    def let_go(self, index: int) -> None:
        """The owner gives it back: nobody's from then on."""
        data = {"owner": self.sender.pk, "name": self.sender.name}
        self.record(Kind.LET_GO, self.at(index), subject=self.rng.choice(texts.LET_GO), data=data)
        self.owner = None

    # --- touches --------------------------------------------------------------------------------

    def touch(
        self,
        person: Person,
        index: int,
        step: PlanStep | None = None,
        enrollment: int | None = None,
        plan: Plan | None = None,
        *,
        connects: float = 0.18,
        **by_hand: Any,
    ) -> str:
        """Do a touch on a business day; returns its outcome. Without a step `by_hand` names channels and intent."""
        at = self.at(index)
        if self.last is not None and at <= self.last[0]:
            at = self.last[0] + timedelta(minutes=4)
        channels = step.channels if step else by_hand["channels"]
        intent = step.intent if step else by_hand.get("intent", "give")
        automatic = bool(step and step.is_automatic)
        outcome = self._outcome(channels, connects)
        subject, body = self._words(person, step, outcome, by_hand)
        touch = self.tables.touch.reserve()
        data: dict[str, Any] = {"touch": touch}
        if step and plan:
            data |= {
                "enrollment": enrollment,
                "sequence": plan.sequence.pk,
                "step": step.position,
                "variant": step.variant,
            }
        activity = self.record(
            Kind.TOUCH, at, person, source=Source.ENGINE if automatic else Source.USER, channels=channels,
            intent=intent, outcome=outcome, subject=subject, body=body, data=data,
        )  # fmt: skip
        insight = step.insight if step else by_hand.get("insight")
        self._put_touch(
            touch, person, step, enrollment, channels=channels, intent=intent, automatic=automatic, insight=insight,
            state="done", due_at=at - timedelta(minutes=self.rng.randrange(1, 40)), done_at=at, outcome=outcome,
            subject=subject, body=body, activity=activity,
        )  # fmt: skip
        if insight is not None and insight not in person.given:
            person.given.add(insight)
            self.tables.given.add(insight, person.pk, local_day(at, self.tz))
        self.last, self.last_sequence = (at, activity), plan.sequence.pk if plan else None
        self.climb(Rung.TOUCHED, at, activity)
        if outcome == Outcome.CONNECTED:
            self.climb(Rung.ENGAGED, at, activity)
        if intent == "ask" and outcome in ("sent", "connected", "done"):
            self.answer(person, "open", None)
            self._asked[person.pk] = (at, activity)
        return outcome

    def answer(self, person: Person, answer: str, at: datetime | None, objection: str = "") -> None:
        """What came of the last time that somebody was asked for their time; nothing where nobody had asked."""
        if person.pk in self._asked:
            asked_at, activity = self._asked.pop(person.pk)
            self.tables.ask.add(
                self.account,
                person.pk,
                None,
                activity,
                self.team_id,
                self.sender.pk,
                "Time",
                asked_at,
                answer,
                at,
                objection,
            )

    def _outcome(self, channels: tuple[str, ...], connects: float) -> str:
        if "call" in channels:
            left = "voicemail" if "voicemail" in channels or self.rng.random() < 0.4 else "no_answer"
            return self.rng.choices(
                ("connected", left, "no_answer", "gatekeeper", "callback", "wrong_number"),
                (connects * 100, 42, 24, 9, 3 if connects else 0, 1),
            )[0]
        return "sent" if {"email", "auto_email"} & set(channels) else "done"

    def _words(
        self, person: Person, step: PlanStep | None, outcome: str, by_hand: dict[str, Any]
    ) -> tuple[str, str]:
        if outcome in texts.CALL_NOTES:
            return "", self.rng.choice(texts.CALL_NOTES[outcome])
        subject = step.subject if step else by_hand.get("subject", "")
        body = "" if self.world.lean else step.body if step else by_hand.get("body", "")
        if outcome != "sent":
            return "", ""
        values = self.values(person)
        return fill(subject, values), fill(body, values)

    def values(self, person: Person) -> dict[str, str]:
        """What texts may name."""
        return {
            "first_name": person.first_name, "company": self.name, "name": self.name, "city": self.city,
            "industry": self.industry.replace("_", " "), "sender_name": self.sender.name,
            "sender_first_name": self.sender.name.split(" ", maxsplit=1)[0],
        }  # fmt: skip

    def plan_touch(
        self,
        person: Person,
        due_at: datetime,
        step: PlanStep | None = None,
        enrollment: int | None = None,
        **by_hand: Any,
    ) -> None:
        """A touch that is to be done."""
        channels = step.channels if step else by_hand["channels"]
        self._put_touch(
            self.tables.touch.reserve(), person, step, enrollment, channels=channels,
            intent=step.intent if step else by_hand.get("intent", "give"), automatic=bool(step and step.is_automatic),
            insight=step.insight if step else None, state="planned", due_at=due_at, subject=by_hand.get("subject", ""), body=by_hand.get("body", ""),
        )  # fmt: skip
        if self.next is None or due_at < self.next[0]:
            self.next = (due_at, channels[0])

    def _put_touch(
        self,
        pk: int,
        person: Person,
        step: PlanStep | None,
        enrollment: int | None,
        *,
        channels: tuple[str, ...],
        intent: str,
        automatic: bool,
        insight: int | None,
        state: str,
        due_at: datetime,
        done_at: datetime | None = None,
        outcome: str = "",
        subject: str = "",
        body: str = "",
        activity: int | None = None,
    ) -> None:
        self.tables.touch.put(
            pk, enrollment, step.pk if step else None, step.variant if step else None, self.dream_client, self.account,
            person.pk, self.team_id, self.sender.pk, array(channels), automatic, intent, insight, state, due_at, "",
            done_at, subject[:300], body, outcome, "", activity, due_at - timedelta(days=1),
        )  # fmt: skip

    # --- enrollments ----------------------------------------------------------------------------

    def begin(self, person: Person, plan: Plan, at: datetime) -> int:
        """A contact enters a sequence; returns the enrollment's id, whose row `leave` or `stay` writes."""
        enrollment = self.tables.enrollment.reserve()
        data = {"enrollment": enrollment, "sequence": plan.sequence.pk}
        self.record(Kind.ENROLLED, at, person, subject=plan.sequence.name, data=data)
        return enrollment

    def leave(
        self,
        enrollment: int,
        person: Person,
        plan: Plan,
        started: datetime,
        at: datetime,
        state: str,
        reason: str,
    ) -> None:
        """The enrollment ended."""
        data = {"enrollment": enrollment, "sequence": plan.sequence.pk, "state": state}
        source = Source.ENGINE if state == "finished" else Source.USER
        self.record(
            Kind.EXITED, at, person, subject=plan.sequence.name, body=reason, data=data, source=source
        )
        self._put_enrollment(enrollment, person, plan, state, reason, started, at)

    def stay(self, enrollment: int, person: Person, plan: Plan, started: datetime) -> None:
        """The enrollment goes on."""
        self._put_enrollment(enrollment, person, plan, "active", "", started, None)

    def _put_enrollment(
        self,
        pk: int,
        person: Person,
        plan: Plan,
        state: str,
        reason: str,
        started: datetime,
        ended: datetime | None,
    ) -> None:
        mailbox = self.rep.mailbox if self.rep else None
        self.tables.enrollment.put(
            pk, plan.sequence.pk, plan.version.pk, self.dream_client, person.pk, self.account, self.team_id,
            self.sender.pk, mailbox, state, reason[:200], started, ended,
        )  # fmt: skip

    # --- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Write down the dream client as it stands now."""
        for person in self.people:
            self.answer(person, "open", None)
        if self.dream_client is None:
            return
        rng = self.rng
        cold_at = (self.last[0] if self.last else self.targeted_at) + timedelta(
            days=self.list.cadence(self.tier)
        )
        why = (
            rng.choice(texts.WHY_CHANGE)
            if self.owner and rng.random() < (0.15 if self.world.lean else 0.75)
            else ""
        )
        incumbent = rng.choice(texts.INCUMBENTS)
        ends = (
            self.calendar.date + timedelta(days=rng.randrange(40, 700))
            if incumbent and rng.random() < 0.5
            else None
        )
        self.tables.dream_client.put(
            self.dream_client, self.account, self.list.pk, self.team_id, self.owner.pk if self.owner else None, self.tier,
            why.format(name=self.name, city=self.city), incumbent, ends, rng.choice(texts.TRIGGERS), self.rung,
            self.rung_at, self.targeted_at, self.parked_until, self.ruled_out[0] if self.ruled_out else None,
            self.ruled_out[1] if self.ruled_out else "", self.last[0] if self.last else None,
            self.next[0] if self.next else None, self.next[1] if self.next else "", cold_at,
            custom.of_dream_client(self.dream_client, self.owner.pk if self.owner else None),
        )  # fmt: skip


def _ascii(name: str) -> str:
    return "".join(char for char in name_key(name) if char.isalnum())
