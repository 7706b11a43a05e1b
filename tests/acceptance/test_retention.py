"""What names people does not stay in Kafka for longer than docs/privacy.md says."""

from confluent_kafka.admin import AdminClient, ConfigResource

MINUTE, DAY = 60_000, 86_400_000


def configured(stack, topic):
    admin = AdminClient({"bootstrap.servers": stack["kafka"].brokers, "log_level": 0})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    entries = admin.describe_configs([resource])[resource].result(timeout=60)
    return int(entries["retention.ms"].value), int(entries["segment.ms"].value)


def test_messages_expire_when_the_page_on_privacy_says(stack):
    kept = {"attendees.commands": (7 * DAY, DAY), "payments.events": (7 * DAY, DAY),
            "attendees.queries": (10 * MINUTE, 10 * MINUTE), "attendees-svc.replies": (10 * MINUTE, 10 * MINUTE),
            "attendees.commands.reply": (10 * MINUTE, 10 * MINUTE), "attendees.commands-dlt": (14 * DAY, DAY)}
    assert {topic: configured(stack, topic) for topic in kept} == kept
