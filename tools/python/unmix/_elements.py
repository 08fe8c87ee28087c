"""What the library would write into an AnnData file, as values of Python."""

import numpy as np
import pandas as pd

from ._data import copied
from ._library import ffi, lib
from ._run import text

NUMPY = {lib.UNMIX_ELEMENT_REAL: np.float64, lib.UNMIX_ELEMENT_INTEGER: np.int64, lib.UNMIX_ELEMENT_BOOLEAN: np.bool_}


def value_of(element):
    if element.kind == lib.UNMIX_ELEMENT_TEXT:
        texts = [text(element.texts[i]) for i in range(element.rows)]
        return texts[0] if element.form == lib.UNMIX_ELEMENT_VALUE else np.array(texts, dtype=object)
    shape = (element.rows, element.columns) if element.form == lib.UNMIX_ELEMENT_TABLE else (element.rows,)
    numbers = copied(element.numbers, *shape).astype(NUMPY[element.kind])
    if element.form == lib.UNMIX_ELEMENT_VALUE:
        return numbers[0].item()
    if element.column_names != ffi.NULL:
        index = [text(element.row_names[i]) for i in range(element.rows)] if text(element.place) == "uns" else None
        return pd.DataFrame(numbers, index=index, columns=[text(element.column_names[i]) for i in range(element.columns)])
    return numbers


def elements(run, function, result, *arguments):
    """[(place, [keys from the top], value)] of a result."""
    found = []
    run.on_element = lambda element: found.append((text(element.place), text(element.key).split("/"), value_of(element)))
    run.call(function, result, *arguments, lib.on_element, run.handle)
    return found


def put(tree, keys, value):
    """tree[k0][k1]... = value, with dictionaries made on the way."""
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    tree[keys[-1]] = value
