"""Fields that the organisation added."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

MOST_FIELDS = 100
"""How many fields a model may have, archived ones included."""
MOST_CHOICES = 200


def custom_key(label: str) -> str:
    """The key of the custom field called `label`. Labels that differ in case or punctuation only share one.

    >>> custom_key("GICS Sub-Industry")
    'gics_sub_industry'
    """
    return slugify(label, allow_unicode=False).replace("-", "_")[:60] or "field_" + label.encode().hex()[:40]


class CustomField(models.Model):
    """A field that the organisation added. Its values are in `custom` of the rows, under `key`.

    As JSON: text, URL and choice a string, number and money a decimal as a string, date an ISO date, many choices a list
    of strings, yes or no a boolean, user an id. A row without a value lacks the key. Values that do not fit may stand
    there all the same (from before the field had its type): whoever reads them must bear it.
    """

    FAILED = "-"

    class Model(models.TextChoices):
        ACCOUNT = "account", _("account")
        CONTACT = "contact", _("contact")
        DREAM_CLIENT = "dream_client", _("dream client")
        OPPORTUNITY = "opportunity", _("opportunity")

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        MONEY = "money", _("money")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")
        CHOICES = "choices", _("many choices")
        YES_NO = "yes_no", _("yes or no")
        URL = "url", _("URL")
        USER = "user", _("user")

    model = models.CharField(max_length=12, choices=Model.choices)
    key = models.SlugField(max_length=60)
    label = models.CharField(_("label"), max_length=80)
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Since when it is shown nowhere; its values are kept."""
    indexed_as = models.CharField(max_length=60, blank=True, editable=False)
    """For which type its indexes stand ("" for none yet, FAILED where they could not be made)."""
    is_going = models.BooleanField(default=False, editable=False)
    """It was deleted for good: a worker takes its values out of the rows, then the field itself goes."""
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="custom_field_key_unique")]

    def __str__(self) -> str:
        return self.label

    @property
    def is_archived(self) -> bool:
        """True where it is shown nowhere."""
        return self.archived_at is not None

    @property
    def has_choices(self) -> bool:
        """True where a value is one of `choices`, or several."""
        return self.type in (self.Type.CHOICE, self.Type.CHOICES)


class ChoiceChange(models.Model):
    """A choice that got another name, or went: the rows that hold it still have to follow.

    A worker takes them in the order of their ids, batch by batch, until no row holds `before` any more; a batch twice or
    a worker that dies changes nothing. Whoever was writing at that moment may still write the old name, so it stays
    until all of them have ended, and the rows are looked through once more.
    """

    field = models.ForeignKey(CustomField, models.CASCADE, related_name="choice_changes")
    before = models.CharField(max_length=80)
    after = models.CharField(max_length=80, blank=True)
    """What the rows hold instead; "" takes the value away."""
    at = models.DateTimeField(default=timezone.now)
    followed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When no row held the old name for the first time."""
