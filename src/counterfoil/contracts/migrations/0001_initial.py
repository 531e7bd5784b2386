import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("crm", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "books",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="people.books",
                    ),
                ),
                ("next_no", models.BigIntegerField(default=1)),
            ],
            options={
                "db_table": "contracts_counter",
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("number", models.CharField(max_length=20)),
                ("opportunity", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.opportunity")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.customer")),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("term", models.CharField(max_length=40)),
                ("signed_date", models.DateField()),
                ("po_number", models.CharField(blank=True, max_length=120)),
                ("billing", models.CharField(max_length=12)),
                ("unconditional_from", models.DateField(null=True)),
                ("version_hash", models.CharField(max_length=64)),
                ("state", models.CharField(default="live", max_length=8)),
                ("event_id", models.BigIntegerField()),
                ("item_hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "contracts_contract",
                "indexes": [models.Index(fields=["books", "signed_date"], name="contract_by_signed_date")],
                "constraints": [
                    models.UniqueConstraint(fields=("books", "number"), name="one_contract_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")),
                        fields=("books", "opportunity"),
                        name="one_live_contract_per_opportunity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["live", "ended"])), name="contract_is_live_or_ended"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.books",
                    ),
                ),
                ("contract", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="contracts.contract")),
                ("line_no", models.PositiveIntegerField()),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.product")),
                ("product_code", models.CharField(max_length=80)),
                ("description", models.TextField()),
                ("quantity_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("unit_price_minor", models.BigIntegerField()),
                ("discount_percent", models.DecimalField(decimal_places=6, max_digits=12)),
                ("net_minor", models.BigIntegerField()),
                ("tax_class", models.CharField(max_length=20)),
                ("recognition", models.CharField(max_length=16)),
                ("service_start", models.DateField(null=True)),
                ("service_end", models.DateField(null=True)),
                ("delivered_on", models.DateField(null=True)),
            ],
            options={
                "db_table": "contracts_line",
                "constraints": [
                    models.UniqueConstraint(fields=("books", "contract", "line_no"), name="one_contract_line_per_no"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("service_end", None), ("service_start", None)),
                            ("service_end__gt", models.F("service_start")),
                            _connector="OR",
                        ),
                        name="contract_line_service_ends_after_it_starts",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "contract_id", "no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="contracts.contract"
                    ),
                ),
                ("no", models.PositiveIntegerField()),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("invoice_date", models.DateField()),
                ("net_minor", models.BigIntegerField()),
                ("is_invoiced", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "contracts_instalment",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_invoiced", False)),
                        fields=["books", "invoice_date"],
                        name="instalments_to_invoice",
                    )
                ],
                "constraints": [],
            },
        ),
    ]
