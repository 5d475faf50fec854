"""Overrides for worker processes: what is pickled holds no secret, but names of variables, which workers inherit."""

import copyreg
import io
import os
import pickle
from itertools import count

from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Kept

_LENT = "DATALCHEMY_SECRET_"


def pickled(value: object) -> bytes:
    """Return `value` pickled; `pickle.loads` restores it in this process and in those that it starts from now on."""
    data = io.BytesIO()
    pickler = pickle.Pickler(data)
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[Kept] = lambda kept: (_borrow, (_lend(process_vault().open(kept)),))
    pickler.dump(value)
    return data.getvalue()


def _lend(text: str) -> str:
    """Return the name of the environment variable that holds `text`, which is set if there is none."""
    lent = {value: name for name, value in os.environ.items() if name.startswith(_LENT)}
    if text not in lent:
        lent[text] = next(name for number in count(1) if (name := f"{_LENT}{number}") not in os.environ)
        os.environ[lent[text]] = text
    return lent[text]


def _borrow(variable: str) -> Kept:
    text = os.environ[variable]
    process_vault().remember(text)
    return process_vault().keep(text)
