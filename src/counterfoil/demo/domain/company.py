"""Tidewater Metering BV: who works there, what it sells, what it spends. Nobody and nothing in it exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.crm.domain import ProductKind, ProductStatus, TaxClass
from counterfoil.ledger.domain import AccountKind
from counterfoil.people.domain import Role

NAME: Final = "Tidewater Metering BV"
COUNTRY: Final = "NL"
CURRENCY: Final = "EUR"
TIME_ZONE: Final = "Europe/Amsterdam"
ADDRESS: Final = "Havenkade 118\n3011 TB Rotterdam\nNetherlands"
VAT_ID: Final = "NL230195155B94"
DOMAIN: Final = "tidewater.example"
BANK: Final = "Waterland Bank"
BANK_CODE: Final = "WTLB"
"""No bank has this code, so that no account of the story can be anybody's."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works there."""

    name: str

    @property
    def email(self) -> str:
        """The address at the company."""
        first, _, last = self.name.lower().partition(" ")
        return f"{first}.{last.replace(' ', '')}@{DOMAIN}"


SALES: Final = Person("Sam Whitlock")
SALES_OPS: Final = Person("Noor de Wit")
ACCOUNTANT: Final = Person("Jonas Okafor")
CONTROLLER: Final = Person("Ines Marchetti")
AUDITOR: Final = Person("Edith Falk")
ADMINISTRATOR: Final = Person("Bram Teller")
PEOPLE: Final = {
    Role.SALES: SALES,
    Role.SALES_OPS: SALES_OPS,
    Role.ACCOUNTANT: ACCOUNTANT,
    Role.CONTROLLER: CONTROLLER,
    Role.AUDITOR: AUDITOR,
    Role.ADMIN: ADMINISTRATOR,
}
"""Who signs in, one for each role."""
SELLERS: Final = (SALES, Person("Lotte Vermeer"), Person("Daan Postma"))


@dataclass(frozen=True, slots=True)
class Product:
    """A line of the price list; `price_minor` is per unit, for a subscription per unit and `term_months`.

    `spoken` is what sellers call it in the name of a deal.
    """

    code: str
    name: str
    spoken: str
    kind: ProductKind
    price_minor: int
    tax_class: TaxClass = TaxClass.STANDARD
    term_months: int | None = None
    status: ProductStatus = ProductStatus.ACTIVE

    @property
    def abroad(self) -> Product:
        """The same for customers outside the Netherlands: no Dutch VAT, the customer accounts for it."""
        return Product(
            f"{self.code}-X",
            f"{self.name} (VAT reverse charge)",
            self.spoken,
            self.kind,
            self.price_minor,
            TaxClass.ZERO,
            self.term_months,
            self.status,
        )


PLATFORM: Final = Product(
    "PLT-ANN", "Platform subscription", "platform", ProductKind.SUBSCRIPTION, 900_00, term_months=12
)
ANALYTICS: Final = Product(
    "ANL-ANN", "Leak analytics", "leak analytics", ProductKind.SUBSCRIPTION, 420_00, term_months=12
)
SUPPORT: Final = Product(
    "SUP-ANN", "Support within four hours", "support", ProductKind.SUBSCRIPTION, 2_400_00, term_months=12
)
METER_20: Final = Product("MTR-20", "Water meter DN20, radio", "water meters DN20", ProductKind.GOOD, 148_00)
METER_40: Final = Product("MTR-40", "Water meter DN40, radio", "water meters DN40", ProductKind.GOOD, 389_50)
HEAT: Final = Product("HEAT-15", "Heat meter, ultrasonic", "heat meters", ProductKind.GOOD, 262_00)
GATEWAY: Final = Product("GW-LTE", "Gateway LTE", "gateways", ProductKind.GOOD, 615_00)
INSTALLATION: Final = Product("SRV-INS", "Installation, per day", "installation", ProductKind.ONE_TIME_SERVICE, 960_00)
TRAINING: Final = Product(
    "SRV-TRN", "Admin training, per day", "admin training", ProductKind.ONE_TIME_SERVICE, 1_250_00
)
AUDIT: Final = Product("SRV-AUD", "Consumption audit", "consumption audit", ProductKind.ONE_TIME_SERVICE, 3_400_00)
EXPORT_LICENCE: Final = Product("LIC-EXP", "Data export licence", "data export", ProductKind.LICENCE, 4_900_00)
METER_15: Final = Product(
    "MTR-15", "Water meter DN15, wired", "water meters DN15", ProductKind.GOOD, 96_00, status=ProductStatus.RETIRED
)
SUBSCRIPTIONS: Final = (PLATFORM, ANALYTICS, SUPPORT)
HARDWARE: Final = (METER_20, METER_40, HEAT, GATEWAY)
SERVICES: Final = (INSTALLATION, TRAINING, AUDIT)
_SOLD_HERE: Final = (*SUBSCRIPTIONS, *HARDWARE, *SERVICES, EXPORT_LICENCE, METER_15)
PRICE_LIST: Final = (*_SOLD_HERE, *[product.abroad for product in _SOLD_HERE if product is not METER_15])


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account that the company added to the standard chart."""

    code: str
    name: str
    kind: AccountKind


DISCOUNTS: Final = OwnAccount("4100", "Discounts for early payment", AccountKind.INCOME)
WAGES: Final = OwnAccount("6200", "Wages and salaries", AccountKind.EXPENSE)
RENT: Final = OwnAccount("6300", "Rent", AccountKind.EXPENSE)
GOODS_BOUGHT: Final = OwnAccount("6400", "Meters and gateways bought", AccountKind.EXPENSE)
SOFTWARE: Final = OwnAccount("6500", "Hosting and software", AccountKind.EXPENSE)
OWN_ACCOUNTS: Final = (DISCOUNTS, WAGES, RENT, GOODS_BOUGHT, SOFTWARE)
