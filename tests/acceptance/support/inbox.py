"""What has arrived at the mail sink."""

import requests

from .wait import eventually


class Inbox:
    def __init__(self, url):
        self._url = url

    def messages(self, recipient=None):
        """Newest first: {"subject", "sender_envelope", "recipients_envelope", "source", …}."""
        found, page, pages = [], 1, 1
        while page <= pages:
            answer = requests.get(f"{self._url}/api/messages/", params={"page": page}, timeout=30).json()
            pages = answer["meta"]["pages_total"]
            found += answer["data"]
            page += 1
        return [message for message in found
                if recipient is None or recipient in message["recipients_envelope"]]

    def wait_for(self, recipient, count=1, within=10):
        """The messages to a recipient, once there are at least `count`."""
        def enough():
            messages = self.messages(recipient)
            return messages if len(messages) >= count else None
        return eventually(enough, within)
