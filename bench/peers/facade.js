// A purchase over Kafka: its HTTP side, NestJS's ClientKafka.
const { ClientKafka } = require("@nestjs/microservices")
const { firstValueFrom } = require("rxjs")
const { COMMANDS, consumer } = require("./kafka")
const { openDoor } = require("./door")

async function main() {
  const kafka = new ClientKafka({ client: { clientId: "peer-facade", brokers: [process.env.KAFKA_BROKERS], logLevel: 1 },
                                  consumer: consumer("peer-facade"), producer: { allowAutoTopicCreation: false } })
  kafka.subscribeToResponseOf(COMMANDS)
  await kafka.connect()
  await openDoor((event, order, key) =>
    firstValueFrom(kafka.send(COMMANDS, { key: order.items[0].ticket_type_id, value: { event, order, key } })))
}

main()
