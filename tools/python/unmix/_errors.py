"""The errors of the library as exceptions; their text is the line that the program prints."""

from ._library import lib


class Error(Exception):
    """Any failure of unmix. `status` is the exit status that the program gives, `site` where in the library it arose."""

    status = 1
    site = ""


class ArgumentError(Error, ValueError):
    """A value of an argument that does not make sense."""


class InputError(Error, ValueError):
    """Data that cannot be used: the message says what, where, and what to do."""


class ExistsError(Error, FileExistsError):
    """The output is there already; overwrite=True replaces it."""


class WriteError(Error, OSError):
    """Writing failed."""


class DeviceError(Error, RuntimeError):
    """There is no usable device, or it failed, or it computes wrongly."""


class OutOfMemory(Error, MemoryError):
    """Memory is exhausted."""


class Interrupted(Error):
    """The function given as `progress` asked to stop."""


class InternalError(Error, RuntimeError):
    """A mistake of unmix itself."""


CLASSES = {
    lib.UNMIX_ERROR_ARGUMENT: ArgumentError,
    lib.UNMIX_ERROR_EXISTS: ExistsError,
    lib.UNMIX_ERROR_INPUT: InputError,
    lib.UNMIX_ERROR_NO_DEVICE: DeviceError,
    lib.UNMIX_ERROR_WRONG_DEVICE: DeviceError,
    lib.UNMIX_ERROR_DEVICE: DeviceError,
    lib.UNMIX_ERROR_MEMORY: OutOfMemory,
    lib.UNMIX_ERROR_WRITE: WriteError,
    lib.UNMIX_ERROR_INTERRUPTED: Interrupted,
    lib.UNMIX_ERROR_INTERNAL: InternalError,
}


def error_of(status, message, site):
    """The exception for a status of the library."""
    error = CLASSES.get(status, Error)(message)
    error.status = lib.unmix_status_exit(status)
    error.site = site
    return error
