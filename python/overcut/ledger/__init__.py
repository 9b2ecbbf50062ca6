"""The ledger (监管台账): patches with ids that last, what was seen of them, and what was done about them.

`Ledger` opens a GeoPackage or a PostgreSQL database; `Comparison` is what is added where there is no assessment.
"""

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401
except ImportError as error:
    raise ImportError('the ledger needs SQLAlchemy: pip install "overcut[ledger]"') from error

from overcut.ledger.adding import Added
from overcut.ledger.book import Ledger
from overcut.ledger.comparison import Comparison
from overcut.ledger.saying import OUTCOMES
from overcut.ledger.settings import Settings
from overcut.ledger.states import STATES

__all__ = ["OUTCOMES", "STATES", "Added", "Comparison", "Ledger", "Settings"]
