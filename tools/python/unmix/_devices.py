"""Which devices there are."""

import pandas as pd

from ._library import lib, ffi
from ._run import Run, text

KINDS = {lib.UNMIX_DEVICE_CPU: "CPU", lib.UNMIX_DEVICE_GPU: "GPU"}


def devices():
    """
    The OpenCL devices as a data frame, indexed by the selector that `device=` takes ("0:0"; also "auto", "cpu", "gpu" or
    part of a name).
    """
    rows = []
    with Run() as run:
        count = ffi.new("size_t *")
        place = ffi.new("unmix_device_info **")
        run.call(lib.unmix_device_list, place, count)
        run.stack.callback(lib.unmix_device_list_free, place[0])
        for i in range(count[0]):
            info = place[0][i]
            rows.append({"selector": text(info.selector), "name": text(info.name), "kind": KINDS.get(info.kind, "other"),
                         "platform": text(info.platform), "vendor": text(info.vendor), "driver": text(info.driver),
                         "version": text(info.version), "double": bool(info.has_double),
                         "compute_units": info.compute_units, "memory_bytes": info.memory_bytes})
    columns = ["selector", "name", "kind", "platform", "vendor", "driver", "version", "double", "compute_units",
               "memory_bytes"]
    return pd.DataFrame(rows, columns=columns).set_index("selector")
