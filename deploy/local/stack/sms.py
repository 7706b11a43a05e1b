"""The SMS gateway: Kannel's bearerbox and smsbox, and its fake carrier, which takes every message."""

import os
import shutil
import socket

from .part import NotReady, Part, get
from .ports import HOST

CARRIER = "/usr/lib/kannel/test/fakesmsc"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

CONFIGURATION = """\
group = core
admin-port = {SMS_ADMIN_PORT}
admin-password = local
admin-deny-ip = "*.*.*.*"
admin-allow-ip = {host}
smsbox-port = {SMS_BOX_PORT}
box-deny-ip = "*.*.*.*"
box-allow-ip = {host}
log-level = 2
store-type = file
store-location = "{data}/store"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = carrier
port = {SMS_CARRIER_PORT}
connect-allow-ip = {host}

group = smsbox
bearerbox-host = {host}
sendsms-port = {SMS_PORT}
sendsms-interface = {host}
log-level = 2

group = sendsms-user
username = local
password = local
default-sender = Tickets
max-messages = 10
concatenation = true

group = sms-service
keyword = default
max-messages = 0
text = ""
"""


def sms_installed():
    return all(shutil.which(program, path=PATH) for program in ("bearerbox", "smsbox", CARRIER))


class KannelPart(Part):
    def __init__(self, name, folder, ports):
        super().__init__(name, folder, ports)
        self._configuration = folder / "run" / "kannel.conf"
        self._data = folder / "data" / "sms"

    def what_it_says(self):
        """What the gateway says of itself and of all that is connected to it."""
        return get(f"http://{HOST}:{self.ports['SMS_ADMIN_PORT']}/status.txt?password=local")


class SmsGateway(KannelPart):
    port_settings = ("SMS_ADMIN_PORT", "SMS_BOX_PORT", "SMS_CARRIER_PORT")

    def __init__(self, folder, ports):
        super().__init__("sms-gateway", folder, ports)

    def about(self):
        return f"{HOST}:{self.ports['SMS_ADMIN_PORT']} (Kannel)"

    def command(self):
        return [shutil.which("bearerbox", path=PATH), "-v", "2", str(self._configuration)]

    def prepare(self):
        self._data.mkdir(parents=True, exist_ok=True)
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(
            CONFIGURATION.format(host=HOST, data=self._data, **self.ports))

    def probe(self):
        self.what_it_says()


class SmsSender(KannelPart):
    stage = 2
    port_settings = ("SMS_PORT",)

    def __init__(self, folder, ports):
        super().__init__("sms-sender", folder, ports)
        self.sms_url = f"kannel+http://local:local@{HOST}:{ports['SMS_PORT']}/cgi-bin/sendsms"

    def settings(self):
        return {"SMS_URL": self.sms_url, "CALLBACK_SECRET": "local",
                "CALLBACK_URL": f"http://{HOST}:{self.ports['NOTIFY_PORT']}"}

    def about(self):
        return self.sms_url

    def command(self):
        return [shutil.which("smsbox", path=PATH), "-v", "2", str(self._configuration)]

    def probe(self):
        socket.create_connection((HOST, self.ports["SMS_PORT"]), timeout=2).close()


class SmsCarrier(KannelPart):
    stage = 2

    def __init__(self, folder, ports):
        super().__init__("sms-carrier", folder, ports)

    def about(self):
        return "delivers to nobody, says it has"

    def command(self):
        return [CARRIER, "-v", "2", "-H", HOST, "-r", str(self.ports["SMS_CARRIER_PORT"]), "-m", "0",
                "1 2 text nop"]

    def probe(self):
        if "(online" not in self.what_it_says():
            raise NotReady("the carrier has not reached the gateway")
