"""What a new installation demands of a deal; sales and finance change it to what they agree on."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ADDRESSED = "An invoice is addressed to somebody."
REQUIRED = [
    ("prospecting", "name", "Everybody must be able to tell it from the others."),
    ("engaging", "name", "Everybody must be able to tell it from the others."),
    ("proposal", "name", "The customer will read it on the offer."),
    ("proposal", "customer", "An offer is made to somebody."),
    ("proposal", "currency", "An amount without a currency is not money."),
    ("won", "name", "It stands on the contract."),
    ("won", "customer", ADDRESSED),
    ("won", "amount", "The invoice is made out for it."),
    ("won", "currency", "An amount without a currency is not money."),
    ("won", "close_date", "The contract begins on it."),
    ("won", "product", "The product decides tax and when revenue is recognised."),
    ("won", "quantity", "The invoice says how many."),
    ("won", "terms", "The due date follows from them."),
    ("won", "billing_type", "It says when the invoices are sent."),
]
RULES = [
    ("amount_is_signed", "{}", "An estimate or a quote is not owed."),
    ("amount_is_positive", "{}", "Nothing is owed for it; a correction is a credit note."),
    ("lines_sum_to_the_amount", "{}", "The invoice shows the lines and asks for the amount."),
    ("lines_follow_from_prices", '{"tolerance_minor":1}', "Quantity, price and discount stand on the invoice."),
    ("product_is_active", "{}", "It is not sold any more."),
    ("po_where_the_customer_asks", "{}", "This customer does not pay without it."),
    ("customer_is_not_blocked", "{}", "Nothing is sold to this customer for the time being."),
    ("service_is_not_too_long", '{"most_months":120}', "A longer span is mostly a slip of the pen."),
]


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    required, rule = (apps.get_model("standards", name) for name in ("RequiredField", "Rule"))
    required.objects.bulk_create([required(stage=stage, field=field, why=why) for stage, field, why in REQUIRED])
    rule.objects.bulk_create([rule(kind=kind, params=params, why=why) for kind, params, why in RULES])


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name in ("RequiredField", "Rule"):
        apps.get_model("standards", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("standards", "0001_initial")]
    operations = [migrations.RunPython(fill, empty)]
