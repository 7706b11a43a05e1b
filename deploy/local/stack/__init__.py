"""The real parts and the services on one machine: started, waited for, hurt, stopped.

`make up` and the tests use the same code. Everything a stack writes is below
its folder: data/, log/, run/ (who runs, so that another program can go on).
"""

from .database import NotOurs
from .failure import Failure
from .ports import DEFAULT_PORTS, free_port, free_ports, ports_from_environment
from .services import SERVICES
from .stack import EVERYTHING, Stack
from .throw_away import throw_away

__all__ = ["DEFAULT_PORTS", "EVERYTHING", "SERVICES", "Failure", "NotOurs", "Stack", "free_port", "free_ports",
           "ports_from_environment", "throw_away"]
