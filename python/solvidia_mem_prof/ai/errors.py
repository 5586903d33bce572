"""What can go wrong with a proposal: one exception, whose text people read."""


class Refused(Exception):
    """The request can't be carried out; the text says why in one line."""


class Cancelled(Exception):
    """The person who asked does not want it any more."""
