"""Forms for accounts and contacts. They explain what is refused and where the same thing is already."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.custom_forms import CustomFieldsMixin
from apps.accounts.models import Account, Contact, ContactEmail
from apps.accounts.names import name_key, normalise_domain
from apps.accounts.tagging import TaggedFormMixin
from apps.users.models import Team, User
from opener.forms import VersionedFormMixin
from opener.validators import no_control_characters


def link(account: Account) -> SafeString:
    """The account as a link to its record."""
    return format_html('<a href="{}">{}</a>', reverse("record", args=[account.pk]), account.name)


def in_the_bin(url_name: str, pk: int) -> SafeString:
    """A link to the way back of an account or a contact. The bin is an app above this one: known by its address."""
    return format_html('<a href="{}">{}</a>', reverse(url_name, args=[pk]), _("Restore it"))


class AccountForm(TaggedFormMixin, CustomFieldsMixin, VersionedFormMixin, forms.ModelForm[Account]):
    """A company. A second one of the same name is possible, knowingly; one of the same domain is not."""

    custom_model = "account"

    same_name_is_fine = forms.BooleanField(
        label=gettext_lazy("It is another company of the same name"), required=False
    )

    class Meta:
        model = Account
        fields = [
            "name", "domain", "industry", "headquarters", "country", "time_zone", "employees", "phone", "team",
        ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_about_name = False
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        self.fields["team"] = forms.ModelChoiceField(
            teams, label=_("Team"), required=False, empty_label=_("Nobody's yet")
        )
        for name in ("headquarters", "country", "phone"):
            self.fields[name].validators.append(no_control_characters)
        self.fields["domain"].widget.attrs["placeholder"] = "example.com"
        self.fields["time_zone"].widget.attrs["placeholder"] = "Europe/Berlin"
        self.fields["country"].widget.attrs["placeholder"] = "DE"
        self.fields["name"].widget.attrs["autofocus"] = True

    def clean_domain(self) -> str | None:
        """The bare host, held against the accounts there are."""
        text = self.cleaned_data["domain"] or ""
        domain = normalise_domain(text)
        if text.strip() and not domain:
            raise ValidationError(_("This is no web domain. Write one like example.com."))
        other = Account.objects.filter(domain=domain).exclude(pk=self.instance.pk).first() if domain else None
        if other is not None and other.deleted_at is not None:
            said = _("{} has this domain and is in the bin. {} instead of adding it anew.")
            raise ValidationError(format_html(said, other.name, in_the_bin("bin:of_account", other.pk)))
        if other is not None:
            raise ValidationError(format_html(_("{} has this domain already."), link(other)))
        return domain or None

    def clean_country(self) -> str:
        """Two letters, in capitals."""
        country: str = self.cleaned_data["country"].strip().upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise ValidationError(_("Write the country as two letters, such as DE or US."))
        return country

    def clean(self) -> dict[str, Any]:
        """Asks before there are two of one name."""
        cleaned = super().clean() or self.cleaned_data
        # The fields say it all, and the table has the last word: asking it three times more costs half as much again.
        self._validate_unique = self._validate_constraints = False
        key = name_key(cleaned.get("name") or "")
        is_new_name = not self.instance.pk or key != self.instance.name_key
        if key and is_new_name and not cleaned.get("same_name_is_fine") and not self.errors:
            other = Account.objects.kept().filter(name_key=key).exclude(pk=self.instance.pk).first()
            if other is not None:
                self.asks_about_name = True
                text = _("There is {} already. Tick the box below to keep both.")
                self.add_error("name", ValidationError(format_html(text, link(other))))
        return cleaned


class ContactForm(TaggedFormMixin, CustomFieldsMixin, VersionedFormMixin, forms.ModelForm[Contact]):
    """A person, with addresses and numbers, one a line."""

    custom_model = "contact"

    emails = forms.CharField(
        label=gettext_lazy("Email addresses"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "name@example.com"}),
        help_text=gettext_lazy("One a line; the first is the one that is written to."),
    )
    phones = forms.CharField(
        label=gettext_lazy("Phone numbers"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line; the first is the one that is called."),
    )

    class Meta:
        model = Contact
        fields = ["first_name", "last_name", "title", "role", "time_zone", "linkedin"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.pk is not None:
            kwargs.setdefault("initial", {}).update(
                emails="\n".join(_primary_first(instance.emails.all(), "address")),
                phones="\n".join(_primary_first(instance.phones.all(), "number")),
            )
        super().__init__(*args, **kwargs)
        self.order_fields(
            ["first_name", "last_name", "title", "role", "emails", "phones", "time_zone", "linkedin"]
        )
        self.fields["first_name"].widget.attrs["autofocus"] = True

    def clean_emails(self) -> list[str]:
        """The addresses in lower case, each valid and of nobody else."""
        addresses = [line.lower() for line in lines(self.cleaned_data["emails"])]
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(_("“%s” is no email address.") % address) from None
        taken = (
            ContactEmail.objects.filter(address__in=addresses)
            .exclude(contact=self.instance.pk)
            .select_related("contact__account")
            .first()
        )
        if taken is not None and taken.contact.deleted_at is not None:
            text = _("{} belongs to {}, who is in the bin. {} instead of adding them anew.")
            way_back = in_the_bin("bin:of_contact", taken.contact_id)
            raise ValidationError(format_html(text, taken.address, taken.contact.name, way_back))
        if taken is not None:
            raise ValidationError(
                format_html(
                    _("{} belongs to {} at {} already."),
                    taken.address,
                    taken.contact.name,
                    link(taken.contact.account),
                )
            )
        return addresses

    def clean_phones(self) -> list[str]:
        """The numbers as they were typed."""
        numbers = lines(self.cleaned_data["phones"])
        for number in numbers:
            if len(number) > 40 or sum(char.isdigit() for char in number) < 3:
                raise ValidationError(_("“%s” is no phone number.") % number[:60])
        return numbers


def lines(text: str) -> list[str]:
    """What stands on the lines of `text`, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()))


def _primary_first(rows: Any, attribute: str) -> list[str]:
    return [getattr(row, attribute) for row in sorted(rows, key=lambda row: (not row.is_primary, row.pk))]
