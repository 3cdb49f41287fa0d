from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboundemail",
            name="send_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveConstraint(model_name="suppression", name="suppression_once"),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.UniqueConstraint(fields=["address"], name="suppression_once"),
        ),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.CheckConstraint(
                condition=models.Q(address=Lower("address")), name="suppression_lower_case"
            ),
        ),
    ]
