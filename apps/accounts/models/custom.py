"""Fields that the organisation added."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomField(models.Model):
    """A field that the organisation added. Its values are in `custom` of the rows, under `key`."""

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
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="custom_field_key_unique")]

    def __str__(self) -> str:
        return self.label
