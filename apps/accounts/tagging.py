"""Tags in forms: names with commas between them. A new name makes a new tag, whatever the case of an old one is kept."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tag
from opener.validators import no_control_characters

MOST_TAGS = 10
"""How many at once are given to many rows."""
MOST_OF_ONE = 50
"""How many one row may have."""
SUGGESTED = 200


class TagsField(forms.CharField):
    """Names of tags with commas between them: a list of names, each once, whatever its case."""

    def __init__(self, *, most: int = MOST_TAGS, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("label", gettext_lazy("Tags"))
        kwargs.setdefault("help_text", gettext_lazy("Commas between them. A new name makes a new tag."))
        super().__init__(max_length=most * 60, validators=[no_control_characters], **kwargs)
        self.widget.attrs.update({"list": "tags-suggestions", "autocomplete": "off"})

    def clean(self, value: Any) -> list[str]:
        """The names, at most `most` of at most 50 characters."""
        text: str = super().clean(value)
        names = by_key(text)
        if self.required and not names:
            raise ValidationError(_("Write a tag."))
        if len(names) > self.most:
            raise ValidationError(_("Write at most %d tags at once.") % self.most)
        if any(len(name) > 50 for name in names.values()):
            raise ValidationError(_("A tag has at most 50 characters."))
        return list(names.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other tags are meant, in whatever order and case."""
        return by_key(str(initial or "")).keys() != by_key(str(data or "")).keys()


def by_key(text: str) -> dict[str, str]:
    """The names that commas part, by what tells them apart."""
    return {name.casefold(): name for name in (" ".join(one.split()) for one in text.split(",")) if name}


def suggestions() -> list[str]:
    """The names of the tags that there are."""
    return list(Tag.objects.values_list("name", flat=True)[:SUGGESTED])


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, whatever their case; new ones where there are none."""
    keys = {name.lower(): name for name in names}
    known = {tag.name.lower() for tag in _tags(keys)}
    Tag.objects.bulk_create(
        (Tag(name=name) for key, name in keys.items() if key not in known), ignore_conflicts=True
    )
    return list(_tags(keys))


def _tags(keys: Iterable[str]) -> Iterable[Tag]:
    return Tag.objects.annotate(key=Lower("name")).filter(key__in=keys)


class TaggedFormMixin(forms.BaseForm):
    """For a model form of something with tags: a field for them, which whoever saves the instance keeps with `save_tags`."""

    instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tags"] = TagsField(required=False, most=MOST_OF_ONE, initial=self._tag_names)

    def _tag_names(self) -> str:
        return ", ".join(self.instance.tags.values_list("name", flat=True)) if self.instance.pk else ""

    @cached_property
    def suggestions(self) -> dict[str, list[str]]:
        """What is suggested, by the name of the field."""
        return {"tags": suggestions()}

    def save_tags(self) -> None:
        """Give the saved instance the tags that the form names, where they are others."""
        if "tags" in self.fields and "tags" in self.changed_data:
            self.instance.tags.set(tags_named(self.cleaned_data["tags"]))
