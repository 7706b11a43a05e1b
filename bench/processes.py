"""What a process costs, as the kernel counts it. Figures of a process that is not ours are None."""

import os

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def cpu_us(pid):
    """User and system time of all its threads so far."""
    if pid is None:
        return None
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


def rss_mib(pid):
    """What it holds in memory now."""
    if pid is None:
        return None
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


def half_of_memory():
    """What MongoDB gives its cache by default, about, as the stand-in is told it."""
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 2 >> 20}MB"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return f"{os.cpu_count()} cores" + (f", {models[0]}" if models else "")
