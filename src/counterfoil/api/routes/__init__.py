"""The API with all its routes."""

from counterfoil import __version__
from counterfoil.api.foundation import made_api
from counterfoil.api.routes import ledger, people, record, reports

api = made_api(__version__, [people.routes, ledger.routes, reports.routes, record.routes])
