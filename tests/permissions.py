"""Who may do what, URL by URL: the status that each role gets for a GET and for an empty POST.

The roles are anonymous, outsider (a rep of another team), rep (whose rows they are), manager and admin, in that
order. 302 for anonymous is the way to the sign-in page; 404 is what somebody else's row looks like; 403 a missing
role; 405 a method that the URL does not know; 422 an empty form that was refused; 302 else a change that was made.
"""

from dataclasses import dataclass, field
from typing import Any

type Statuses = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Expectation:
    """What GET and POST answer to each role, and with what the URL is filled (names of the world's rows)."""

    get: Statuses
    post: Statuses
    args: dict[str, Any] = field(default_factory=dict)
    query: str = ""


def everybody(status: int, *, anonymous: int = 302) -> Statuses:
    """The same for all who are signed in."""
    return (anonymous, status, status, status, status)


def team(status: int, *, outsider: int = 404) -> Statuses:
    """The team's rows: rep, manager, admin."""
    return (302, outsider, status, status, status)


def managers(status: int) -> Statuses:
    """Only managers and admins."""
    return (302, 403, 403, status, status)


def admins(status: int) -> Statuses:
    """Only admins."""
    return (302, 403, 403, 403, status)


def starter(status: int) -> Statuses:
    """What belongs to one person alone, here the rep; admins see it."""
    return (302, 404, status, 404, status)


SIGNED_OUT = (200, 302, 302, 302, 302)
NONE = everybody(405)
GONE = everybody(404)


def own(status: int) -> Statuses:
    """Whose row it is, and nobody else."""
    return (302, 404, status, 404, 404)


def pk(row: str) -> dict[str, str]:
    """The URL's pk is that of the world's `row`."""
    return {"pk": row}


def page(get: Statuses, **args: Any) -> Expectation:
    """Something to look at."""
    return Expectation(get, NONE, args)


def form(get: Statuses, post: Statuses, **args: Any) -> Expectation:
    """Something to fill in."""
    return Expectation(get, post, args)


def deed(post: Statuses, **args: Any) -> Expectation:
    """Something to do, without a page of its own."""
    return Expectation(NONE, post, args)


def admins_deed(status: int, **args: Any) -> Expectation:
    """Something that only an admin does; that the role is missing comes before that there is no page."""
    return Expectation(admins(405), admins(status), args)


EXPECTED: dict[str, Expectation] = {
    "healthz": Expectation((200,) * 5, (405,) * 5),
    # --- Signing in
    "account_login": form(SIGNED_OUT, (200, 302, 302, 302, 302)),
    "account_logout": form((302, 200, 200, 200, 200), everybody(302)),
    "account_inactive": form((200,) * 5, (405,) * 5),
    "account_signup": form((200, 302, 302, 302, 302), (200, 302, 302, 302, 302)),
    "account_reauthenticate": form(everybody(403), everybody(403)),
    "account_change_password": form(everybody(302), everybody(302)),
    "account_set_password": form(everybody(200), everybody(200)),
    "account_reset_password": form((200,) * 5, (200,) * 5),
    "account_reset_password_done": form((200,) * 5, (405,) * 5),
    "account_reset_password_from_key": form((200,) * 5, (200,) * 5, uidb36="1", key="x-y"),
    "account_reset_password_from_key_done": form((200,) * 5, (405,) * 5),
    "users:welcome": form((404,) * 5, (404,) * 5),
    "users:invitation": form((410,) * 5, (410,) * 5, token="nothing"),
    # --- Accounts and contacts: known to everybody, changed by their team
    "record": page(everybody(200), **pk("account")),
    "accounts:list": page(everybody(200)),
    "accounts:create": form(everybody(200), everybody(422)),
    "accounts:edit": form(team(200), team(422), **pk("account")),
    "activities:note_create": form(everybody(200), everybody(422), **pk("account")),
    "activities:colleagues": page(everybody(200), **pk("account")),
    "activities:file_add": form(everybody(200), everybody(422), **pk("account")),
    "accounts:contacts": page(everybody(200)),
    "accounts:contact": page(everybody(302), **pk("contact")),
    "accounts:contact_create": form(team(200), team(422), **pk("account")),
    "accounts:contact_edit": form(team(200), team(422), **pk("contact")),
    # --- Tables: what all of them share; a private view is its owner's alone
    "tables:counts": page(everybody(200), key="accounts"),
    "tables:filter": page(everybody(200), key="accounts"),
    "tables:view_create": form(everybody(200), everybody(422), key="accounts"),
    "tables:view_choose": deed(everybody(404), key="accounts"),
    "tables:view_edit": form(own(200), own(422), **pk("saved_view")),
    "tables:view_save": deed(own(302), **pk("saved_view")),
    "tables:view_delete": deed(own(302), **pk("saved_view")),
    "tables:view_restore": deed(own(302), **pk("thrown_view")),
    # --- Work on many rows: whoever started it, admins to look at it and to stop it
    "tables:bulk": deed(everybody(302), key="accounts"),
    "tables:jobs": page(everybody(200)),
    "tables:job": page(starter(200), **pk("bulk_job")),
    "tables:job_rows": page(starter(200), **pk("bulk_job")),
    "tables:job_file": page(everybody(404), **pk("bulk_job")),
    "tables:job_undo": deed(own(302), **pk("bulk_job")),
    "tables:job_cancel": deed(starter(302), **pk("bulk_job")),
    "tables:job_retry": deed(own(302), **pk("bulk_job")),
    # --- Cells: of the rows that one may change
    "tables:cell": form(team(200), team(422), key="accounts", name="name", **pk("account")),
    "tables:cell_undo": deed(everybody(302), token="nothing"),
    # --- Lists and dream clients: the team's
    "dreamclients:lists": page(everybody(200)),
    "dreamclients:list": page(team(200), **pk("list")),
    "dreamclients:list_create": form(everybody(200), everybody(422)),
    "dreamclients:list_edit": form(team(200), team(422), **pk("list")),
    "dreamclients:list_archive": deed(team(302), **pk("list")),
    "dreamclients:list_restore": deed(team(302), **pk("list")),
    "dreamclients:all": page(everybody(200)),
    "dreamclients:detail": page(team(302), **pk("dream_client")),
    "dreamclients:edit": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:park": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:rule_out": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:revive": deed(team(302), **pk("dream_client")),
    "dreamclients:take": form(team(200), team(302), **pk("dream_client")),
    "dreamclients:take_off": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:let_go": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:assign": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:add": form(everybody(302), everybody(302)),
    "dreamclients:list_from_filter": form(everybody(200), everybody(422)),
    "dreamclients:list_follow": deed(team(404), **pk("list")),
    "dreamclients:to_approve": form(everybody(200), everybody(302)),
    "dreamclients:proposal_decline": form(
        (302, 404, 404, 200, 200), (302, 404, 404, 422, 422), **pk("proposal")
    ),
    "dreamclients:proposal_undo": deed((302, 404, 404, 302, 302), **pk("proposal")),
    "dreamclients:proposal_withdraw": deed((302, 404, 302, 404, 404), **pk("proposal")),
    "dreamclients:ask": form((302, 200, 302, 200, 200), (302, 422, 302, 422, 422), **pk("account")),
    "dreamclients:event_create": form(team(200), team(422), **pk("dream_client")),
    "dreamclients:event_edit": form(team(200), team(422), **pk("event")),
    "dreamclients:event_restore": deed(team(302), **pk("event")),
    "dreamclients:event_remove": deed(team(302), **pk("event")),
    "dreamclients:insight_archive": deed(team(302), **pk("insight")),
    "dreamclients:insight_restore": deed(team(302), **pk("insight")),
    "dreamclients:insights": page(everybody(200)),
    "dreamclients:insight_create": form(everybody(200), everybody(422)),
    "dreamclients:insight_edit": form(team(200), team(422), **pk("insight")),
    # --- Imports: whoever started one, and admins
    "imports:list": page(everybody(200)),
    "imports:upload": form(everybody(200), everybody(422)),
    "imports:progress": page(starter(302), **pk("import")),
    "imports:mapping": form(starter(200), starter(422), **pk("import")),
    "imports:problems": page(starter(200), **pk("import")),
    "imports:failed_rows": page(starter(200), **pk("import")),
    "imports:retry": deed(starter(302), **pk("import")),
    "imports:cancel": deed(starter(302), **pk("import")),
    # --- Mail
    "mail:catcher": page(GONE),
    "mail:caught": page(GONE, name="x.eml"),
    "mail:outbox": Expectation(admins(200), admins(405)),
    "mail:retry": admins_deed(302, **pk("email")),
    "mail:settle": admins_deed(302, **pk("email")),
    "mail:unsubscribe": form((404,) * 5, (404,) * 5, token="00000000-0000-4000-8000-000000000000"),
    # --- Meetings and opportunities: the team's to see, the owner's, managers' and admins' to change
    "meetings:book": form(team(200), team(422), account_pk="account"),
    "meetings:detail": page(team(200), **pk("meeting")),
    "meetings:held": deed(team(302), **pk("meeting")),
    "meetings:missed": deed(team(302), **pk("meeting")),
    "meetings:move": form(team(200), team(422), **pk("meeting")),
    "meetings:cancel": deed(team(302), **pk("meeting")),
    "pipeline:board": page(everybody(200)),
    "pipeline:list": page(everybody(200)),
    "pipeline:stage": page(everybody(200), **pk("stage")),
    "pipeline:create": form(team(200), team(422), account_pk="account"),
    "pipeline:detail": page(team(200), **pk("opportunity")),
    "pipeline:edit": form(team(200), team(422), **pk("opportunity")),
    "pipeline:lose": deed(team(302), **pk("opportunity")),
    "pipeline:move": form(team(200), team(422), **pk("opportunity")),
    "pipeline:reopen": deed(team(302), **pk("opportunity")),
    "pipeline:undo": deed(team(302), **pk("opportunity"), version=1),
    "pipeline:person_add": deed(team(302), **pk("opportunity")),
    "pipeline:person_remove": deed(GONE, **pk("opportunity"), person_pk=0),
    "pipeline:prove": deed(GONE, **pk("opportunity"), stage_pk="stage"),
    "pipeline:stages": page(admins(200)),
    "pipeline:opening_stage": deed(admins(302)),
    "pipeline:stage_create": form(admins(200), admins(422)),
    "pipeline:stage_edit": form(admins(200), admins(422), **pk("stage")),
    "pipeline:stage_remove": deed(admins(302), **pk("stage")),
    "pipeline:stage_shift": deed(admins(302), **pk("stage")),
    # --- Today: one's own; managers may look
    "today:hand_overs": page(managers(200)),
    "today:hand_over": form(managers(200), managers(422), **pk("user")),
    "today:queue": page(everybody(200)),
    "today:next": page(everybody(302)),
    "today:work": page(team(200), **pk("touch")),
    "today:complete": deed(team(422), **pk("touch")),
    "today:send": deed(team(422), **pk("touch")),
    "today:skip": deed(team(422), **pk("touch")),
    "today:postpone": deed(team(422), **pk("touch")),
    # --- Settings
    "users:settings": page(everybody(302)),
    "users:profile": form(everybody(200), everybody(422)),
    "users:theme": deed(everybody(302)),
    "users:people": page(admins(200)),
    "users:person": form(admins(200), admins(422), **pk("user")),
    "users:person_create": form(admins(200), admins(422)),
    "users:person_deactivate": deed(admins(302), **pk("user")),
    "users:person_reactivate": deed(admins(302), **pk("user")),
    "users:person_invite_again": deed(admins(302), **pk("user")),
    "accounts:fields": page(admins(200)),
    "accounts:field_create": form(admins(200), admins(422)),
    "accounts:field_edit": form(admins(200), admins(422), **pk("custom_field")),
    "accounts:field_order": deed(admins(302)),
    "accounts:field_shift": deed(admins(302), **pk("custom_field")),
    "accounts:field_archive": deed(admins(302), **pk("custom_field")),
    "accounts:field_restore": deed(admins(302), **pk("custom_field")),
    "accounts:field_delete": deed(admins(302), **pk("custom_field")),
    "users:teams": page(admins(200)),
    "users:team": form(admins(200), admins(422), **pk("team")),
    "users:team_create": form(admins(200), admins(422)),
    "users:member_add": deed(admins(422), **pk("team")),
    "users:member_role": deed(admins(302), **pk("team"), user_pk="user"),
    "users:organisation": form(admins(200), admins(422)),
    "users:audit_log": page(admins(200)),
    # --- Notes, tasks, reminders, notifications: one's own, or the team's
    "activities:note_edit": form((302, 404, 200, 200, 200), (302, 404, 422, 422, 422), **pk("note")),
    "activities:note_preview": deed(everybody(200)),
    "activities:file": page(team(200), **pk("file")),
    "opt_out": form(team(200), team(422), **pk("contact")),
    "activities:log": page(everybody(200)),
    "activities:notifications": page(everybody(200)),
    "activities:notification_open": deed(own(302), **pk("notification")),
    "activities:read_all": deed(everybody(302)),
    "activities:unread": page(everybody(200)),
    "activities:reminder_create": form(everybody(200), everybody(422)),
    "activities:reminder_drop": deed(own(302), **pk("reminder")),
    "activities:task_create": form(everybody(200), everybody(422)),
    "activities:task_edit": form(team(200), team(422), **pk("task")),
    "activities:task_delete": deed(team(302), **pk("task")),
    "activities:task_done": deed(team(302), **pk("task")),
    "activities:task_reopen": deed(team(302), **pk("task")),
    "search:results": page(everybody(200)),
    "search:palette": page(everybody(200)),
    # --- Sequences: a team's to see; its managers', the owner's and admins' to change
    "sequences:list": page(everybody(200)),
    "sequences:create": form(everybody(200), everybody(422)),
    "sequences:detail": page(team(200), **pk("sequence")),
    "sequences:edit": form(team(200), team(422), **pk("sequence")),
    "sequences:status": deed(team(302), **pk("sequence")),
    "sequences:preview": page(team(200), **pk("sequence")),
    "sequences:step_create": form(team(200), team(422), **pk("sequence")),
    "sequences:step_edit": form(team(200), team(422), **pk("step")),
    "sequences:step_move": deed(team(302), **pk("step")),
    "sequences:step_remove": deed(team(302), **pk("step")),
    "sequences:schedules": page(everybody(200)),
    "sequences:schedule_create": form(admins(200), admins(422)),
    "sequences:schedule_edit": form(admins(200), admins(422), **pk("schedule")),
    "sequences:enroll": form(team(200), team(422), **pk("dream_client")),
    "sequences:enrollment_exit": form(team(200), team(422), **pk("enrollment")),
    "sequences:enrollment_pause": form(team(200), team(302), **pk("enrollment")),
    "sequences:enrollment_resume": deed(team(302), **pk("enrollment")),
    "sequences:log_touch": form(team(200), team(422), **pk("account")),
    "sequences:log_reply": form(team(200), team(422), **pk("contact")),
    "sequences:touch_retry": deed(team(302), **pk("touch")),
    "sequences:touch_skip": form(team(200), team(422), **pk("touch")),
    # --- The bin: whoever threw it away, the team's managers, admins; an account its team may restore as well
    "bin:index": page(everybody(200)),
    "bin:account": form(team(200), team(422), **pk("account")),
    "bin:contact": form(team(200), team(422), **pk("contact")),
    "bin:list": form(team(200), team(302), **pk("list")),
    "bin:note": form(team(200), team(302), **pk("note")),
    "bin:file": form(team(200), team(302), **pk("file")),
    "bin:restore": form(team(200), team(302), **pk("deletion")),
    "bin:restore_many": deed(everybody(302)),
    "bin:purge": form(admins(200), admins(422), **pk("deletion")),
    "bin:of_account": page(team(302), **pk("thrown_account")),
    "bin:of_contact": page(team(302), **pk("thrown_contact")),
    # --- The API: a key opens it, no session does (tests/api: with a key, each as its owner)
    "api:tokens": form(everybody(200), everybody(422)),
    "api:token_revoke": deed(own(302), **pk("token")),
    "api_v1:openapi-json": form((200,) * 5, (200,) * 5),
    "api_v1:api-root": form((404,) * 5, (404,) * 5),
    "api_v1:custom_fields": form((401,) * 5, (405,) * 5),
    "api_v1:accounts": form((401,) * 5, (401,) * 5),
    "api_v1:account_create": form((401,) * 5, (401,) * 5),
    "api_v1:account": form((401,) * 5, (405,) * 5, **pk("account")),
    "api_v1:account_change": form((401,) * 5, (405,) * 5, **pk("account")),
    "api_v1:contacts": form((401,) * 5, (401,) * 5),
    "api_v1:contact_create": form((401,) * 5, (401,) * 5),
    "api_v1:contact": form((401,) * 5, (405,) * 5, **pk("contact")),
    "api_v1:contact_change": form((401,) * 5, (405,) * 5, **pk("contact")),
    "api_v1:dream_clients": form((401,) * 5, (405,) * 5),
    "api_v1:dream_client": form((401,) * 5, (405,) * 5, **pk("dream_client")),
    "api_v1:dream_client_change": form((401,) * 5, (405,) * 5, **pk("dream_client")),
    "api_v1:opportunities": form((401,) * 5, (405,) * 5),
    "api_v1:opportunity": form((401,) * 5, (405,) * 5, **pk("opportunity")),
    "api_v1:opportunity_change": form((401,) * 5, (405,) * 5, **pk("opportunity")),
    # --- Metrics: everybody their own; managers their teams'
    "metrics:overview": page(everybody(200)),
    "metrics:drill": page(everybody(200), slug="touches"),
    "metrics:export": page(everybody(200), slug="touches"),
    "metrics:rep": page((302, 404, 200, 200, 200), **pk("user")),
}
