import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Noted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=160)),
                ("content_hash", models.CharField(max_length=64)),
                ("customer_id", models.BigIntegerField()),
                ("rule", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=60)),
                ("field", models.CharField(blank=True, max_length=80)),
                ("facts", models.TextField()),
                ("stake_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("has_held", models.BooleanField()),
                ("seen_at", models.DateTimeField()),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
            ],
            options={
                "db_table": "anomalies_noted",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("books", "subject", "content_hash", "code", "field"),
                        name="one_note_per_subject_and_code",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("content", models.TextField()),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
            ],
            options={
                "db_table": "anomalies_profile",
                "constraints": [models.UniqueConstraint(fields=("books", "name"), name="one_profile_per_name")],
            },
        ),
    ]
