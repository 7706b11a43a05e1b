"""What `make up` has started and dies is started again, at once and then with growing pauses."""

import os
import signal

import pytest
from stack import Failure, Stack, free_ports
from stack.commands import status_rows
from stack.stack import remember, stop_everything
from stack.supervisor import Restarts, restarts_of, start_supervisor

from support import eventually, lasts


class Clock:
    def __init__(self):
        self.now = 1000.0

    def pass_s(self, seconds):
        self.now += seconds


class Dying:
    """A part as the supervisor sees it; it dies at once unless told to live."""

    name = "dying"

    def __init__(self, clock):
        self.clock = clock
        self.lives = False
        self.fails = False
        self.started = []
        self.running = False
        self.wanted = True

    @property
    def up_for(self):
        return self.clock.now - self.started[-1]

    def launch(self):
        self.started.append(self.clock.now)
        if self.fails:
            raise Failure("port 1 is taken")
        self.running = self.lives


@pytest.fixture
def clock():
    return Clock()


def run_for(restarts, part, clock, seconds):
    for _ in range(round(seconds * 10)):
        restarts.look_after(part, clock.now)
        clock.pass_s(0.1)


def pauses(part):
    return [round(later - earlier) for earlier, later in zip(part.started, part.started[1:])]


def test_pauses_grow_to_half_a_minute(clock):
    restarts, part = Restarts(), Dying(clock)
    began = clock.now
    run_for(restarts, part, clock, 200)
    assert part.started[0] == began
    assert pauses(part) == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert restarts.counts == {"dying": len(part.started)}


def test_what_ran_for_a_minute_is_started_at_once_again(clock):
    restarts, part = Restarts(), Dying(clock)
    run_for(restarts, part, clock, 40)
    part.lives = True
    run_for(restarts, part, clock, 30)
    died = [59, 61]
    for lived, pause in zip(died, (30, 0)):
        part.started[-1] = clock.now
        run_for(restarts, part, clock, lived)
        part.running = False
        at = clock.now
        run_for(restarts, part, clock, 40)
        assert round(part.started[-1] - at) == pause


def test_what_was_stopped_on_purpose_stays_so(clock):
    restarts, part = Restarts(), Dying(clock)
    part.wanted = False
    run_for(restarts, part, clock, 10)
    assert part.started == [] and restarts.counts == {}


def test_what_cannot_be_started_is_tried_again(clock):
    restarts, part = Restarts(), Dying(clock)
    part.fails = True
    run_for(restarts, part, clock, 10)
    part.fails, part.lives = False, True
    run_for(restarts, part, clock, 40)
    assert part.running


@pytest.fixture
def mail(tmp_path):
    """A stack with its supervisor, as another program would find them."""
    stack = Stack(tmp_path, free_ports(), ("mail",))
    stack.start()
    remember(stack)
    start_supervisor(stack)
    yield stack["mail"]
    stop_everything(tmp_path)


def _kill_from_outside(part):
    pid = part.process.pid
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: part.process.pid not in (None, pid))
    part.wait_ready()


def test_a_part_that_is_killed_comes_back_and_is_counted(mail):
    assert restarts_of(mail.folder) == {}
    for count in (1, 2):
        _kill_from_outside(mail)
        eventually(lambda count=count: restarts_of(mail.folder) == {"mail": count})
    log = (mail.folder / "log" / "supervisor.log").read_text()
    assert log.count("mail has ended") == 2


def test_status_tells_how_often(mail):
    _kill_from_outside(mail)
    eventually(lambda: restarts_of(mail.folder))
    stack = Stack(mail.folder, mail.ports, ("mail",))
    [head, row] = status_rows(stack)
    assert dict(zip(head, row))["restarts"] == "1"
    assert dict(zip(head, row))["state"] == "ready"


def test_a_part_that_was_stopped_is_left_alone(mail):
    mail.stop()
    lasts(1)  # for nothing to happen
    assert not mail.running
    mail.start()
    assert restarts_of(mail.folder) == {}
    _kill_from_outside(mail)


def test_a_second_supervisor_takes_the_place_of_the_first(mail):
    _kill_from_outside(mail)
    eventually(lambda: restarts_of(mail.folder))
    start_supervisor(Stack(mail.folder, mail.ports, ("mail",)))
    _kill_from_outside(mail)
    eventually(lambda: restarts_of(mail.folder) == {"mail": 2})


def test_what_is_stopped_as_a_whole_stays_down(mail):
    assert stop_everything(mail.folder) == ["mail"]
    lasts(1)  # for nothing to happen
    assert not mail.running
    assert restarts_of(mail.folder) == {}


def test_stacks_of_tests_are_left_alone(make_stack):
    with make_stack("mail") as stack:
        stack.start()
        os.kill(stack["mail"].process.pid, signal.SIGKILL)
        lasts(1)  # for nothing to happen
        assert not stack["mail"].running
