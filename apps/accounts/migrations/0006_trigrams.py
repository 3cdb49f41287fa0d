from django.db import migrations

# Filters on a part of a custom text are quicker with it (apps.accounts.custom_indexes). Servers without contrib, such as
# the embedded one, and users who may not add it, do without.
ADD = """
do $$
begin
    create extension if not exists pg_trgm;
exception when others then
    raise notice 'pg_trgm is not available: %', sqlerrm;
end
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_search")]

    operations = [migrations.RunSQL(ADD, migrations.RunSQL.noop)]
