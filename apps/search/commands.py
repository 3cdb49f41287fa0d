"""What the palette offers besides what it finds: places to go to, things to make, and what the user's menu does."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.users.models import User

type Words = str | Promise

GO, MAKE, APP = _("Go to"), _("Create"), _("Opener")
EVERYBODY, MANAGERS, ADMINS, DEMO = "everybody", "managers", "admins", "demo"


@dataclass(frozen=True)
class Command:
    """One of them. It leads to `page`, or presses what the selector `press` finds on the page."""

    group: Words
    label: Words
    glyph: str
    page: str = ""
    keys: str = ""
    """Those that do the same, as they are pressed: "g a"."""
    press: str = ""
    query: str = ""
    """What its page is asked for: "view=mine"."""
    more: Words = ""
    """Other words for it, by which it is found."""
    who: str = EVERYBODY
    in_dialog: bool = False

    @property
    def url(self) -> str:
        """Its address, "" where it has none."""
        if not self.page:
            return ""
        try:
            return reverse(self.page) + (f"?{self.query}" if self.query else "")
        except NoReverseMatch:  # the demo's mail, where there is no demo
            return ""

    @property
    def key_list(self) -> list[str]:
        """Its keys, one by one."""
        return self.keys.split()

    def is_for(self, user: User) -> bool:
        """True where `user` may do it."""
        return {
            EVERYBODY: True,
            MANAGERS: user.is_manager,
            ADMINS: user.is_admin,
            DEMO: bool(settings.CATCHER_DIR),
        }[self.who]


def _theme(theme: str) -> str:
    return f'#user-menu button[name="theme"][value="{theme}"]'


COMMANDS = [
    Command(GO, _("Today"), "bolt", "today:queue", "g t", more=_("queue home")),
    Command(GO, _("Dream-client lists"), "star", "dreamclients:lists", "g d", more=_("targets")),
    Command(
        GO, _("All dream clients"), "star", "dreamclients:all", more=_("targets table book assign export")
    ),
    Command(GO, _("My dream clients"), "star", "dreamclients:all", query="view=mine", more=_("book targets")),
    Command(GO, _("Dream clients of the team"), "star", "dreamclients:all", query="view=team"),
    Command(
        GO,
        _("Dream clients that nobody works"),
        "star",
        "dreamclients:all",
        query="view=nobody",
        more=_("assign free"),
    ),
    Command(GO, _("Dream clients going cold"), "fire", "dreamclients:all", query="view=cold"),
    Command(GO, _("Accounts"), "building-office-2", "accounts:list", "g a", more=_("companies export")),
    Command(
        GO, _("My accounts"), "building-office-2", "accounts:list", query="view=mine", more=_("companies")
    ),
    Command(GO, _("Contacts"), "users", "accounts:contacts", "g c", more=_("people export")),
    Command(GO, _("Sequences"), "rectangle-stack", "sequences:list", "g s", more=_("cadences")),
    Command(GO, _("Pipeline"), "view-columns", "pipeline:board", "g p", more=_("opportunities deals board")),
    Command(GO, _("My opportunities"), "view-columns", "pipeline:list", query="view=mine", more=_("deals")),
    Command(GO, _("Metrics"), "chart-bar", "metrics:overview", "g m", more=_("dashboard reports")),
    Command(GO, _("Insights"), "light-bulb", "dreamclients:insights"),
    Command(GO, _("Imports"), "arrow-up-tray", "imports:list"),
    Command(GO, _("Dream clients to approve"), "check-circle", "dreamclients:to_approve", who=MANAGERS),
    Command(GO, _("Notifications"), "bell", "activities:notifications"),
    Command(
        GO,
        _("Work on many rows"),
        "queue-list",
        "tables:jobs",
        more=_("bulk jobs export download undo assign"),
    ),
    Command(GO, _("Bin"), "trash", "bin:index", more=_("deleted restore")),
    Command(GO, _("Caught mail"), "inbox", "mail:catcher", who=DEMO),
    Command(GO, _("Profile"), "user-circle", "users:profile", "g ,", more=_("settings")),
    Command(GO, _("API keys"), "key", "api:tokens", more=_("settings tokens")),
    Command(GO, _("People"), "users", "users:people", more=_("settings users"), who=ADMINS),
    Command(GO, _("Teams"), "user-group", "users:teams", more=_("settings"), who=ADMINS),
    Command(
        GO, _("Organisation"), "building-office", "users:organisation", more=_("settings caps"), who=ADMINS
    ),
    Command(GO, _("Stages"), "view-columns", "pipeline:stages", more=_("settings pipeline"), who=ADMINS),
    Command(
        GO, _("Custom fields"), "adjustments-horizontal", "accounts:fields", more=_("settings"), who=ADMINS
    ),
    Command(GO, _("Outbox"), "paper-airplane", "mail:outbox", more=_("settings mail"), who=ADMINS),
    Command(GO, _("Audit log"), "clipboard-document-list", "users:audit_log", more=_("settings"), who=ADMINS),
    Command(MAKE, _("New account"), "building-office-2", "accounts:create", more=_("company add")),
    Command(MAKE, _("Log a touch or a note"), "plus", "activities:log", "l", more=_("call"), in_dialog=True),
    Command(MAKE, _("New task"), "check-circle", "activities:task_create", more=_("add"), in_dialog=True),
    Command(MAKE, _("New reminder"), "bell", "activities:reminder_create", more=_("add"), in_dialog=True),
    Command(MAKE, _("New list"), "star", "dreamclients:list_create", more=_("dream clients add")),
    Command(MAKE, _("New sequence"), "rectangle-stack", "sequences:create", more=_("cadence add")),
    Command(MAKE, _("New insight"), "light-bulb", "dreamclients:insight_create", more=_("add")),
    Command(MAKE, _("Import a file"), "arrow-up-tray", "imports:upload", more=_("upload csv")),
    Command(MAKE, _("Invite somebody"), "user-plus", "users:person_create", more=_("user add"), who=ADMINS),
    Command(APP, _("Light appearance"), "sun", press=_theme("light"), more=_("theme")),
    Command(APP, _("Dark appearance"), "moon", press=_theme("dark"), more=_("theme")),
    Command(APP, _("Appearance as the system"), "computer-desktop", press=_theme(""), more=_("theme")),
    Command(
        APP, _("Keys"), "command-line", press='[data-dialog="key-list"]', keys="?", more=_("shortcuts help")
    ),
    Command(
        APP,
        _("Sign out"),
        "arrow-right-start-on-rectangle",
        press='#user-menu form[action$="/logout/"] button',
        more=_("log out leave"),
    ),
]


def commands(user: User) -> Iterator[tuple[Words, list[Command]]]:
    """What `user` may do, by group."""
    may = [one for one in COMMANDS if one.is_for(user) and (one.press or one.url)]
    return ((group, list(found)) for group, found in groupby(may, key=lambda one: one.group))
