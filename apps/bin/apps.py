from django.apps import AppConfig


class BinConfig(AppConfig):
    name = "apps.bin"
    label = "bin"

    def ready(self) -> None:
        """Lets the tables of accounts and contacts delete many rows at once."""
        from apps.accounts.tables import AccountTable, ContactTable
        from apps.bin.bulk import DELETE_ACCOUNTS, DELETE_CONTACTS

        AccountTable.actions.append(DELETE_ACCOUNTS)
        ContactTable.actions.append(DELETE_CONTACTS)
