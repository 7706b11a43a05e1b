// The purchase that both peers make: the same rules, records and durability as the services beside them.
const { MongoClient } = require("mongodb")
const { createHash, randomBytes, randomUUID } = require("node:crypto")

const COMMITTED = { readConcern: { level: "snapshot" }, writeConcern: { w: "majority", j: true } }

class Shop {
  static async open() {
    const client = new MongoClient(process.env.MONGO_URI, { maxPoolSize: 64 })
    await client.connect()
    const shop = new Shop(client)
    await shop.orders.createIndex({ event_id: 1, created_at: -1 })
    return shop
  }

  constructor(client) {
    const db = client.db(process.env.PEER_DB)
    this.client = client
    this.orders = db.collection("orders")
    this.types = db.collection("ticket_types")
    this.receipts = db.collection("receipts")
  }

  // {status, body}: the order with its tickets, the first answer again for a key that is known, or why not.
  async buy(event, order, key) {
    const id = createHash("sha256").update(key).digest("hex")
    let answer
    await this.client.withSession(session => session.withTransaction(async () => {
      answer = await this.#attempt(event, order, id, session)
    }, COMMITTED))
    return answer
  }

  async #attempt(event, order, id, session) {
    const known = await this.receipts.findOne({ _id: id }, { session })
    if (known) return known.answer
    const [{ ticket_type_id: type, quantity }] = order.items
    const sold = await this.types.findOneAndUpdate(
      { _id: type, event_id: event, on_sale: true, available: { $gte: quantity } },
      { $inc: { sold: quantity, available: -quantity } }, { session })
    const answer = sold ? { status: 201, body: this.#order(event, order, sold) } : { status: 409, body: { code: "sold_out" } }
    if (sold) await this.orders.insertOne({ _id: answer.body.id, ...answer.body }, { session })
    await this.receipts.insertOne({ _id: id, answer }, { session })
    return answer
  }

  #order(event, { items: [{ ticket_type_id: type, quantity }], buyer }, { price }) {
    const now = new Date().toISOString()
    return {
      id: `order_${randomUUID()}`, event_id: event, version: 1, created_at: now, updated_at: now, status: "paid", buyer,
      items: [{ ticket_type_id: type, quantity, unit_price: price, amount: price.amount * quantity }],
      total: { amount: price.amount * quantity, currency: price.currency },
      tickets: Array.from({ length: quantity }, () => ({ code: randomBytes(16).toString("hex"), ticket_type_id: type,
                                                         status: "valid" })),
    }
  }
}

module.exports = { Shop }
