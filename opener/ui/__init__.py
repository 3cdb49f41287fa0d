"""The words and drawings behind the template tags (`opener.templatetags.ui`), without any markup of a page."""
