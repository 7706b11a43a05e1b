// The HTTP side of both peers: NestJS on Fastify, one route. `buy` answers {status, body}.
require("reflect-metadata")
const { Body, Controller, Headers, Module, Param, Post, Res } = require("@nestjs/common")
const { NestFactory } = require("@nestjs/core")
const { FastifyAdapter } = require("@nestjs/platform-fastify")
const { randomUUID } = require("node:crypto")

async function openDoor(buy) {
  class Orders {
    async place(event, body, key, response) {
      const { status, body: answer } = await buy(event, body, key ?? randomUUID())
      response.status(status).send(answer)
    }
  }
  const of = Object.getOwnPropertyDescriptor(Orders.prototype, "place")
  Post("/v1/events/:event/orders")(Orders.prototype, "place", of)
  Param("event")(Orders.prototype, "place", 0)
  Body()(Orders.prototype, "place", 1)
  Headers("idempotency-key")(Orders.prototype, "place", 2)
  Res()(Orders.prototype, "place", 3)
  Controller()(Orders)

  class App {}
  Module({ controllers: [Orders] })(App)
  const app = await NestFactory.create(App, new FastifyAdapter(), { logger: ["error"] })
  await app.listen(process.env.PORT, "127.0.0.1")
  console.log("ready")
}

module.exports = { openDoor }
