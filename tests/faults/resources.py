"""What services use of the machine, and that they do not grow."""

import os

DESCRIPTORS = 50  # more than at the start is growth: connections of a moment are fewer
RESIDENT_KB = 64 * 1024


def usage(stack):
    """Descriptors and resident memory of each service that has lived since."""
    return {(service.name, service.process.pid): _usage(service.process.pid)
            for service in stack.services if service.running}


def _usage(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return len(os.listdir(f"/proc/{pid}/fd")), resident


def check_growth(before, after):
    for service in before.keys() & after.keys():
        descriptors, resident = (now - then for now, then in zip(after[service], before[service]))
        assert descriptors <= DESCRIPTORS, f"{service[0]} has {descriptors} descriptors more"
        assert resident <= RESIDENT_KB, f"{service[0]} has {resident} KiB more"
