"""One call into the library: its context, log and progress, interruption, and what must be freed afterwards."""

import contextlib
import logging
import sys

from ._errors import error_of
from ._library import ffi, lib

LOG = logging.getLogger("unmix")
LEVELS = {lib.UNMIX_LOG_WARNING: logging.WARNING, lib.UNMIX_LOG_NOTE: logging.INFO, lib.UNMIX_LOG_DETAIL: logging.DEBUG}


def version():
    return ffi.string(lib.unmix_version()).decode()


def text(pointer):
    return ffi.string(pointer).decode("utf-8", "replace")


def _keep(kind, error, trace):
    """An exception in a callback (KeyboardInterrupt above all) ends the call and is raised where it was made."""
    payload = trace.tb_frame.f_locals.get("payload") if trace else None
    if payload:
        ffi.from_handle(payload).raised = error


@ffi.def_extern(onerror=_keep)
def on_log(payload, level, message):
    LOG.log(LEVELS.get(level, logging.INFO), "%s", text(message))


@ffi.def_extern(error=1, onerror=_keep)
def on_progress(payload, stage, fraction):
    run = ffi.from_handle(payload)
    if run.raised is not None:
        return 1
    return 1 if run.progress is not None and run.progress(text(stage), fraction) else 0


@ffi.def_extern(onerror=_keep)
def on_element(payload, element):
    run = ffi.from_handle(payload)
    run.on_element(element)


@contextlib.contextmanager
def told(verbose):
    """Notes (verbose >= 1) and details (>= 2) of the library on standard error, whatever logging is set to."""
    if not verbose:
        yield
        return
    level = logging.INFO if int(verbose) < 2 else logging.DEBUG
    handler, before = logging.StreamHandler(sys.stderr), LOG.level
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter("unmix: %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(level)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(before)


class Run:
    """
    with Run(verbose, progress) as run:
        device = run.open("auto", "single")
        matrix = run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_matrix_read, path, ffi.NULL)

    What is made is freed at the end, in the opposite order, unless kept.
    """

    def __init__(self, verbose=False, progress=None):
        self.verbose, self.progress, self.raised = verbose, progress, None
        self.stack = contextlib.ExitStack()
        self.alive = []  # memory that the library looks at during the run
        self.elements = []

    def __enter__(self):
        self.stack.enter_context(told(self.verbose))
        self.cx = lib.unmix_context_new()
        if self.cx == ffi.NULL:
            raise MemoryError
        self.stack.callback(lib.unmix_context_free, self.cx)
        self.handle = ffi.new_handle(self)
        lib.unmix_set_log(self.cx, lib.on_log, self.handle)
        lib.unmix_set_progress(self.cx, lib.on_progress, self.handle)
        return self

    def __exit__(self, *error):
        self.stack.close()
        self.handle = None

    def check(self, status):
        """Raises what a callback raised, or else the error of the library."""
        if self.raised is not None:
            raise self.raised
        if status != lib.UNMIX_OK:
            raise error_of(status, text(lib.unmix_error_message(self.cx)), text(lib.unmix_error_site(self.cx)))

    def call(self, function, *arguments):
        self.check(function(self.cx, *arguments))

    def make(self, free, kind, function, *arguments):
        """Calls a function whose last argument receives a new object; gives the object."""
        place = ffi.new(kind)
        status = function(self.cx, *arguments, place)
        if place[0] != ffi.NULL:
            self.stack.callback(free, place[0])
        self.check(status)
        return place[0]

    def open(self, device, precision):
        precisions = {"single": lib.UNMIX_SINGLE, "double": lib.UNMIX_DOUBLE}
        return self.make(lib.unmix_device_close, "unmix_device **", lib.unmix_device_open, str(device).encode(),
                         choice("precision", precision, precisions))

    def names(self, names):
        """An array of strings that lives as long as the run."""
        texts = [ffi.new("char[]", str(name).encode()) for name in names]
        array = ffi.new("const char *[]", texts) if texts else ffi.new("const char *[]", 1)
        self.alive += [texts, array]
        return array


def choice(name, value, choices):
    """The value that a word stands for; else an error that lists the words."""
    if value in choices:
        return choices[value]
    from ._errors import ArgumentError
    raise ArgumentError(f"{name} {value!r} is not one of {', '.join(choices)}")
