// A purchase straight to the database: one transaction a sale, repeated on a write conflict.
const { openDoor } = require("./door")
const { Shop } = require("./shop")

async function main() {
  const shop = await Shop.open()
  await openDoor((event, order, key) => shop.buy(event, order, key))
}

main()
