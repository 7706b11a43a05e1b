"""The clock of a process under test."""

import mmap
import struct


class Clock:
    """What a process takes for the time: the real one, and a step that can be changed while it runs."""

    def __init__(self, library, file):
        file.write_bytes(bytes(mmap.PAGESIZE))
        self._file = file
        self.environment = {"LD_PRELOAD": str(library.resolve()), "STEP_CLOCK_FILE": str(file)}

    def step(self, seconds):
        with open(self._file, "r+b") as file:
            file.write(struct.pack("=q", seconds))
