// What both sides of the purchase over Kafka agree on. Tuned: kafkajs waits for 5 s of messages where it is not told to.
const COMMANDS = "peer.orders"
const PARTITIONS = 8

const consumer = groupId => ({ groupId, minBytes: 1, maxWaitTimeInMs: 10, sessionTimeout: 30000 })

module.exports = { COMMANDS, PARTITIONS, consumer }
