"""What a person at the command line did or found wrong, in words for that person."""


class UserError(Exception):
    """Printed as it is, without a traceback; the program ends with status 2."""
