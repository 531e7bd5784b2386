import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
        ("crm", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("source", models.CharField(max_length=120)),
                ("reference", models.CharField(blank=True, max_length=60)),
                (
                    "contract",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="contracts.contract"),
                ),
                (
                    "customer",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="crm.customer"),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("base_minor", models.BigIntegerField()),
                ("recognition", models.CharField(max_length=16)),
                ("earned_from", models.DateField(null=True)),
                ("earned_until", models.DateField(null=True)),
                ("credited_minor", models.BigIntegerField(default=0)),
                ("base_credited_minor", models.BigIntegerField(default=0)),
                ("released_minor", models.BigIntegerField(default=0)),
                ("base_released_minor", models.BigIntegerField(default=0)),
                ("released_through", models.DateField(null=True)),
                ("event_id", models.BigIntegerField()),
                ("item_hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "revenue_schedule",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "released_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount_minor"), "-", models.F("credited_minor")
                                ),
                            ),
                            _negated=True,
                        ),
                        fields=["books", "earned_from", "id"],
                        name="schedules_to_release",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("books", "source"), name="one_schedule_per_source"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("earned_from", None), ("earned_until", None)),
                            ("earned_until__gt", models.F("earned_from")),
                            _connector="OR",
                        ),
                        name="schedule_ends_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("schedule", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="revenue.schedule")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("earned_on", models.DateField()),
                ("posted_on", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("base_minor", models.BigIntegerField()),
                ("entry_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "revenue_release",
                "indexes": [],
                "constraints": [],
            },
        ),
    ]
