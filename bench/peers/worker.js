// A purchase over Kafka: its worker, NestJS's Kafka server. One transaction a sale, partitions side by side.
require("reflect-metadata")
const { Controller, Module } = require("@nestjs/common")
const { NestFactory } = require("@nestjs/core")
const { MessagePattern, Payload, Transport } = require("@nestjs/microservices")
const { COMMANDS, PARTITIONS, consumer } = require("./kafka")
const { Shop } = require("./shop")

async function main() {
  const shop = await Shop.open()
  class Orders {
    place({ event, order, key }) {
      return shop.buy(event, order, key)
    }
  }
  const of = Object.getOwnPropertyDescriptor(Orders.prototype, "place")
  MessagePattern(COMMANDS)(Orders.prototype, "place", of)
  Payload()(Orders.prototype, "place", 0)
  Controller()(Orders)

  class App {}
  Module({ controllers: [Orders] })(App)
  const app = await NestFactory.createMicroservice(App, {
    logger: ["error"],
    transport: Transport.KAFKA,
    options: { client: { clientId: "peer-worker", brokers: [process.env.KAFKA_BROKERS], logLevel: 1 },
               consumer: consumer("peer-worker"), run: { partitionsConsumedConcurrently: PARTITIONS } },
  })
  await app.listen()
  console.log("ready")
}

main()
