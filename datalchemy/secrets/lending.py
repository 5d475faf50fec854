"""Settings for worker processes: what is pickled holds names of variables, which the workers inherit, and no secret."""

import copyreg
import io
import json
import os
import pickle
from itertools import count

from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Clear, Reference, Secret

_LENT = "DATALCHEMY_SECRET_"


def pickled(value: object) -> bytes:
    """Return `value` pickled; `pickle.loads` restores it in this process and in those that it starts from now on."""
    data = io.BytesIO()
    pickler = pickle.Pickler(data)
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[Secret] = lambda secret: (_borrow_secret, (_lend(secret.text), secret.references))
    pickler.dispatch_table[Clear] = lambda clear: (_borrow_clear, (_lend(clear.text),))
    pickler.dump(value)
    return data.getvalue()


def _lend(text: str) -> str:
    """Return the name of the environment variable that holds `text`, which is set if there is none."""
    text = json.dumps(text)  # a variable cannot hold the characters that stand for references
    lent = {value: name for name, value in os.environ.items() if name.startswith(_LENT)}
    if text not in lent:
        lent[text] = next(name for number in count(1) if (name := f"{_LENT}{number}") not in os.environ)
        os.environ[lent[text]] = text
    return lent[text]


def _borrow_secret(variable: str, references: tuple[Reference, ...]) -> Secret:
    return Secret(_borrow(variable), references)


def _borrow_clear(variable: str) -> Clear:
    return Clear(_borrow(variable))


def _borrow(variable: str) -> str:
    text: str = json.loads(os.environ[variable])
    process_vault().remember(text)
    return text
