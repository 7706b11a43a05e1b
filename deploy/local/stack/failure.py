"""What a person can act on: printed without a traceback."""


class Failure(Exception):
    pass
