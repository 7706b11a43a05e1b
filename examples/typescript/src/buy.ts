// Buys tickets over REST, by types generated from the OpenAPI document: node dist/buy.js URL EVENT_ID TICKET_TYPE_ID
import createClient from "openapi-fetch";
import type { paths } from "./tickets.js";

declare const process: { argv: string[] };
const [, , baseUrl = "http://localhost:8081", event_id = "", ticket_type_id = ""] = process.argv;
const client = createClient<paths>({ baseUrl });

type Fact = { ce_type: string; ce_sequence: string; data: { order_id: string; stock: { sold: number }[] } };

function place(quantity: number, key: string) {
  return client.POST("/v1/events/{event_id}/orders", {
    params: { path: { event_id }, header: { "Idempotency-Key": key } },
    body: { items: [{ ticket_type_id, quantity }], buyer: { name: "Ana García", email: "ana@example.org" } },
  });
}

// What happens to the event from now on, as server-sent events.
const facts = await client.GET("/v1/events/{event_id}/facts", { params: { path: { event_id } }, parseAs: "stream" });

// Facts come at least once: a reader drops those that it knows by their ce_sequence.
async function nextFact(kind: string) {
  let text = "";
  for await (const part of (facts.data ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += part;
    for (const [, line] of text.matchAll(/^data: (.*)\n/gm)) {
      const fact: Fact = JSON.parse(line ?? "");
      if (fact.ce_type === kind) return fact;
    }
  }
  throw new Error("the stream has ended: connect again with its last id as Last-Event-ID");
}

const key = crypto.randomUUID();
const bought = await place(2, key);
if (bought.data === undefined) throw new Error(bought.error.detail);
const order = bought.data;
console.log(`bought ${order.id} for ${order.total.amount} ${order.total.currency}`);

// The same key again: the first answer comes back, and nothing happens twice.
const again = await place(2, key);
console.log(`the same again: ${again.data?.id === order.id}`);

const refused = await place(100, crypto.randomUUID());
const problem = refused.error;
if (problem?.code === "sold_out") console.log(`refused: ${problem.code}, ${problem.available} are available`);

const operation = await client.GET("/v1/operations/{operation_id}", {
  params: { path: { operation_id: bought.response.headers.get("Operation-Id") ?? "" } },
});
console.log(`operation: ${operation.data?.state}`);

const fact = await nextFact("order.placed");
console.log(`fact ${fact.ce_type} ${fact.data.order_id}: ${fact.data.stock[0]?.sold} sold`);

const availability = await client.GET("/v1/events/{event_id}/availability", { params: { path: { event_id } } });
console.log(`available: ${availability.data?.items[0]?.available}`);
