// Buys tickets over Kafka, with NestJS's ClientKafka.
//
//     node buy.js BROKERS EVENT_ID TICKET_TYPE_ID
require("reflect-metadata")
const { randomUUID } = require("node:crypto")
const { ClientKafka } = require("@nestjs/microservices")
const { Kafka } = require("kafkajs")
const { firstValueFrom, timeout } = require("rxjs")

const [brokers, event, type] = process.argv.slice(2)
const COMMANDS = "tickets.commands"

// The default partitioner of kafkajs 2 is Java's: all who write must send an event to the same partition.
const kafka = new ClientKafka({
  client: { clientId: "nestjs-example", brokers: [brokers], logLevel: 1 },
  consumer: { groupId: `nestjs-example-${randomUUID()}` },
})

// The answer, or its problem as an exception. The same id again gets the first answer, and nothing happens twice.
function command(kind, data, id) {
  const headers = { ce_specversion: "1.0", ce_type: kind, ce_source: "/examples/nestjs", ce_id: id,
                    "content-type": "application/json" }
  return firstValueFrom(kafka.send(COMMANDS, { key: event, value: data, headers }).pipe(timeout(60_000)))
}

const order = quantity => ({ event_id: event, items: [{ ticket_type_id: type, quantity }],
                             buyer: { name: "Ana García", email: "ana@example.org" } })

// The first fact of this event. Facts come at least once: a reader drops those that it knows by their ce_sequence.
async function firstFact() {
  const consumer = new Kafka({ clientId: "nestjs-example", brokers: [brokers], logLevel: 1 })
    .consumer({ groupId: `nestjs-example-${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topic: "tickets.facts", fromBeginning: true })
  const [kind, fact] = await new Promise(found => consumer.run({ eachMessage: async ({ message }) => {
    const kind = message.headers.ce_type?.toString()
    if (message.key?.toString() === event && kind === "order.placed") found([kind, JSON.parse(message.value)])
  } }))
  await consumer.disconnect()
  return `${kind} ${fact.order_id}: ${fact.stock[0].sold} sold`
}

async function main() {
  kafka.subscribeToResponseOf(COMMANDS) // answers come to tickets.commands.reply
  await kafka.connect()
  const id = randomUUID()
  const bought = await command("order.place", order(2), id)
  console.log(`bought ${bought.id} for ${bought.total.amount} ${bought.total.currency}`)
  const again = await command("order.place", order(2), id)
  console.log(`the same again: ${again.id === bought.id}`)
  try {
    await command("order.place", order(100), randomUUID())
  } catch (problem) {
    console.log(`refused: ${problem.code}, ${problem.available} are available`)
  }
  console.log(`fact ${await firstFact()}`)
  await kafka.close()
}

main()
