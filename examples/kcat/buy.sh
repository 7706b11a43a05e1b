#!/usr/bin/env bash
# Buys tickets over Kafka, with kcat and jq: buy.sh BROKERS EVENT_ID TICKET_TYPE_ID
set -euo pipefail
brokers=$1 event=$2 type=$3
replies=tickets.commands.reply
began=$(date +%s%3N)

# place ID QUANTITY: sends the command. The partitioner is Java's: all who write must send an event to the same partition.
place() {
    jq -nc --arg event "$event" --arg type "$type" --argjson quantity "$2" '{event_id: $event,
        items: [{ticket_type_id: $type, quantity: $quantity}], buyer: {name: "Ana García", email: "ana@example.org"}}' |
    kcat -b "$brokers" -P -t tickets.commands -k "$event" -X partitioner=murmur2_random \
        -H ce_specversion=1.0 -H ce_type=order.place -H ce_source=/examples/kcat -H "ce_id=$1" \
        -H content-type=application/json -H "kafka_correlationId=$1" -H "kafka_replyTopic=$replies"
}

# answers ID COUNT: the replies to it, once there are so many; what has another correlation id is somebody else's.
answers() {
    local found=
    until [ "$(grep -c . <<<"$found")" -ge "$2" ]; do
        found=$(kcat -q -b "$brokers" -C -t "$replies" -o "s@$began" -e -f '%h\t%s\n' |
            grep "kafka_correlationId=$1," | cut -f 2) || sleep 0.2
    done
    printf '%s\n' "$found"
}

mine=$(cat /proc/sys/kernel/random/uuid) more=$(cat /proc/sys/kernel/random/uuid)
place "$mine" 2
place "$mine" 2 # the same id: nothing happens twice, and the first answer comes back
both=$(answers "$mine" 2 | head -n 2)
head -n 1 <<<"$both" | jq -r '"bought \(.id) for \(.total.amount) \(.total.currency)"'
echo "the same again: $([ "$(sort -u <<<"$both" | wc -l)" -eq 1 ] && echo true || echo false)"
place "$more" 100
answers "$more" 1 | jq -r '"refused: \(.code), \(.available) are available"'
# Facts come at least once: a reader drops those that it knows by their ce_sequence.
until fact=$(kcat -q -b "$brokers" -C -t tickets.facts -o beginning -e -f '%k\t%h\t%s\n' |
    awk -F '\t' -v event="$event" '$1 == event && /ce_type=order.placed/ && !found { found = $3 }
        END { if (!found) exit 1; print found }'); do sleep 0.2; done
jq -r '"fact order.placed \(.order_id): \(.stock[0].sold) sold"' <<<"$fact"
