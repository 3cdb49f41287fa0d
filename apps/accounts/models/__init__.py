"""Companies, the people in them, and what is written down about them."""

from apps.accounts.models.company import Account, AccountQuerySet, Industry, Tag
from apps.accounts.models.custom import ChoiceChange, CustomField
from apps.accounts.models.person import Contact, ContactEmail, ContactPhone, ContactQuerySet, OptOut
from apps.accounts.models.vocabulary import KnownWord
from apps.accounts.models.written import File, FileQuerySet, Note, NoteQuerySet

__all__ = [
    "Account",
    "AccountQuerySet",
    "ChoiceChange",
    "Contact",
    "ContactEmail",
    "ContactPhone",
    "ContactQuerySet",
    "CustomField",
    "File",
    "FileQuerySet",
    "Industry",
    "KnownWord",
    "Note",
    "NoteQuerySet",
    "OptOut",
    "Tag",
]
