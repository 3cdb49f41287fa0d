from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_custom_indexes")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="is_going",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
