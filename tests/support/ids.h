/* ids: those that tests give what they begin with. */
#pragma once

#define EVENT_ID "event_01jz3w4v9he8qb2m5x7k6d0c1n"
#define OTHER_EVENT_ID "event_01jz3w4v9he8qb2m5x7k6d0c2n"
#define NO_EVENT_ID "event_01jz3w4v9he8qb2m5x7k6d0c3n"
#define GENERAL_ID "tkttype_01jz3w4v9he8qb2m5x7k6d0c1n"
#define VIP_ID "tkttype_01jz3w4v9he8qb2m5x7k6d0c2n"
#define NO_TYPE_ID "tkttype_01jz3w4v9he8qb2m5x7k6d0c3n"
#define ORDER_ID "order_01jz3w4v9he8qb2m5x7k6d0c1n"
#define ATTENDEE_ID "attendee_01jz3w4v9he8qb2m5x7k6d0c1n"
#define NOTIFICATION_ID "notif_01jz3w4v9he8qb2m5x7k6d0c1n"
#define DELIVERY_ID "delivery_01jz3w4v9he8qb2m5x7k6d0c1n"
#define IMPORT_ID "import_01jz3w4v9he8qb2m5x7k6d0c1n"
