"""Mutants that the simulator must notice: what is wrong, where, and which faults bring it out."""

from typing import NamedTuple


class Simulated(NamedTuple):
    what: str
    edits: tuple  # (file, right, wrong); `right` is once in the file
    faults: str
    commands: int = 4000  # of each run


SEEDS = 100  # at most, from 1 on: how many are needed changes with the code, and `make mutants` says it
STORE, WRITER = "db-svc/store", "db-svc/writer"
FOREVER = "} while (!stop_flag_wait(&keeper->stop, r == 0 ? LOOK_MS : RETRY_MS));"

SIMULATED = [
    Simulated("a message too large for a dead letter stops its partition",
              (("db-svc/dead_letter.c", "size_of(message) > DEAD_LETTER_BYTES", "size_of(message) == 1"),
               (f"{WRITER}/publisher.c", "return error == -EMSGSIZE || error == -EINVAL;", "return error == 1;")),
              "junk"),
    Simulated("a copy for another partition is another command",
              (("libshared/kafka/envelope_write.c", "kept[] = {{\"ce_id\", envelope->id},", "kept[] = {{\"x-id\", envelope->id},"),), "misplaced,death"),
    Simulated("a writer without room reads on",
              ((f"{WRITER}/loop.c", "bool any = false, more = command_queue_has_room(writer->queue);", "bool any = false, more = true;"),),
              "death,stop,twin,nodes,answers,conflicts,database,broker,leader,refused,clocks,repeated,misplaced,junk", 10000),
    Simulated("partitions that are let go are read on",
              ((f"{WRITER}/ownership.c", "topic < TOPICS_COMMANDS; topic++)\n        bus_consumer_rest(consumer, topics_commands[topic], partition);", "topic < TOPICS_COMMANDS; topic++)\n        (void)consumer;"),),
              "death,stop,nodes,answers,refused"),
    Simulated("topics are made once only",
              (("db-svc/topics_keeper.c", FOREVER, "} while (r < 0 && !stop_flag_wait(&keeper->stop, RETRY_MS));"),), "recreated"),
    Simulated("sequences begin anew with a new cluster",
              ((f"{STORE}/fence_raise.c", '"seq", raising->now * 1000)', '"seq", raising->now - raising->now)'),
               (f"{STORE}/fence_raise.c", "others.seq > fence->seq || others.timeline > fence->timeline)", "others.seq < 0)")), "recreated"),
    Simulated("a database that was set back is not noticed",
              ((f"{STORE}/fence_raise.c", "known->epoch < fence->epoch)\n        return false;", "known->epoch < fence->epoch)\n        return false;\n    if (known != NULL)\n        return false;"),), "set_back"),
    Simulated("a command that was decided is decided again",
              ((f"{WRITER}/batch.c", "        if (receipts[i] != NULL)", "        if (false)"),), "repeated,death"),
    Simulated("a command twice in a batch is decided twice",
              ((f"{WRITER}/batch.c", "    if (before == NULL && !is_expired(d, input))", "    if (!is_expired(d, input))"),), "repeated"),
    Simulated("answers are sent before the commit",
              ((f"{WRITER}/attempt.c", "    enum store_outcome outcome = store_commit(writer->store, batch, &attempt->fenced);",
                "    publisher_send(writer->publisher, attempt->inputs, attempt->n, attempt->now.wall_ms);\n    enum store_outcome outcome = store_commit(writer->store, batch, &attempt->fenced);"),), "death"),
    Simulated("a hold that is over is not released",
              ((f"{WRITER}/timers.c", '    {&collection_orders, "order.expire", "expire", ID_ORDER},\n', ""),), "none"),
    Simulated("a deadline counts before the receipt",
              ((f"{WRITER}/batch.c", "        if (!to_decide(&d->inputs[i]))\n            continue;\n        memcpy", "        if (!to_decide(&d->inputs[i]) || is_expired(d, &d->inputs[i]))\n            continue;\n        memcpy"),), "answers,database,stop"),
    Simulated("an expired verdict is not kept",
              ((f"{WRITER}/batch.c", "    keep_receipt(d, input, receipt);\n}\n\nstatic void keep_result", "    input->receipt = receipt;\n}\n\nstatic void keep_result"),), "death,stop,broker"),
    Simulated("db-svc partitions by another hash than its clients",
              ((f"{WRITER}/input.c", "partitioner_murmur2(event_id, strlen(event_id), partitions)", "partitioner_murmur2(event_id, strlen(event_id) - 1, partitions)"),), "none"),
    Simulated("somebody gets another's answer",
              ((f"{WRITER}/publisher.c", "            send_reply(publisher, &inputs[i], now);",
                "        {\n            struct input other = inputs[i];\n            if (i > 0 && inputs[i - 1].receipt != NULL)\n"
                "                other.receipt = inputs[i - 1].receipt;\n            send_reply(publisher, &other, now);\n        }"),),
              "none"),
    Simulated("a dead writer's session is not killed",
              ((f"{STORE}/fence_sessions.c", "    if (sessions->n == 0)\n        return 0;", "    if (sessions->n > 0 || store != NULL)\n        return 0;"),), "death"),
    Simulated("a raise does not say which session it is",
              ((f"{STORE}/fence_sessions.c", "    return r < 0 || announced ? r : write_own(store, ret_own);", "    return r < 0 || announced ? r : 0;\n    (void)write_own(store, ret_own);"),), "death"),
    Simulated("a fence does not stop a writer",
              ((f"{STORE}/commit.c", '    (void)BSON_APPEND_UTF8(&query, "owner", batch->owner);\n'
                '    (void)BSON_APPEND_INT64(&query, "epoch", fence->epoch);\n'
                '    (void)BSON_APPEND_INT64(&query, "batch", fence->batch - 1);\n', ""),), "set_back"),
    Simulated("a fence has no epoch",
              ((f"{STORE}/commit.c", '    (void)BSON_APPEND_INT64(&query, "epoch", fence->epoch);\n', ""),), "death,stop,twin,nodes"),
    Simulated("offsets are committed before their facts are acknowledged",
              ((f"{WRITER}/publisher.c", "           publisher->flights[done].open == 0 && n", "           n"),), "leader,death"),
    Simulated("what a dead writer left is not published first",
              ((f"{WRITER}/ownership.c", "    if (lag->n == 0)\n        return 0;", "    lag->n = 0;\n    if (lag->n == 0)\n        return 0;"),), "death"),
    Simulated("what a dead writer left is published topic by topic",
              ((f"{WRITER}/backlog.c", "    if (backlog->n_decided > 0)\n        qsort", "    if (backlog->n_decided > 2 * NEWEST)\n        qsort"),), "death"),
    Simulated("facts of another partition are published with what a dead writer left",
              ((f"{WRITER}/backlog.c", "backlog->partitions) == backlog->partition);", "backlog->partitions) >= 0);"),),
              "misplaced,leader,death,stop,broker,nodes"),
    Simulated("a command that comes counts as seen before",
              (("libshared/kafka/arrivals.c", "        if (offset < arrivals->ends[i].end)", "        if (offset <= arrivals->ends[i].end)"),), "database,stop"),
    Simulated("a command was seen before its log was asked for",
              ((f"{WRITER}/ownership.c", "    const int64_t now = clock_monotonic_ms(); /*", "    const int64_t now = clock_monotonic_ms() - 2000; /*"),), "database,clocks"),
    Simulated("kept records outlive a take-over, and are written whatever became of them",
              ((f"{STORE}/record_cache.c", "left->epoch == fence->epoch && left->batch == fence->batch", "true"),
               (f"{STORE}/commit.c", "if (change->rev > 0)", "if (false)")), "nodes,stop,twin"),
    Simulated("a record that a batch wrote is kept as it was before, and written whatever became of it",
              ((f"{WRITER}/batch_records.c", "(changed || !record_cache_has", "((changed && false) || !record_cache_has"),
               (f"{STORE}/commit.c", "if (change->rev > 0)", "if (false)")), "none"),
    Simulated("an idle writer never waits",
              ((f"{WRITER}/loop.c", "    return us / 1000 + (us % 1000 > 0);", "    return (int64_t)((uint64_t)us + 999) / 1000;"),), "none"),
    Simulated("claims and reports have a deadline",
              (("notify-svc/claim_requests.c", ".no_deadline = true,", ".no_deadline = false,"),
               ("notify-svc/attempt.c", "reply->status == UNAVAILABLE)", "reply->status >= 500 || reply->status == UNAVAILABLE)")),
              "mail,answers,database"),
    Simulated("an attempt is sent though its claim was refused",
              (("notify-svc/jobs.c", "} else if (job->answer == ATTEMPT_TAKEN) {", "} else if (job->readable || job->answer == ATTEMPT_TAKEN) {\n        job->readable = true;"),
               ("notify-svc/claim_requests.c", "        if (job->readable && order->status != DELIVERY_SENDING)\n            job->answer = ATTEMPT_REFUSED;\n", "")),
              "mail,death,nodes"),
    Simulated("an offer that is under way is taken again",
              (("notify-svc/jobs.c", "if (readable && is_under_way(job)) {", "if (readable && is_under_way(job) && job == NULL) {"),), "mail,nodes,broker"),
    Simulated("an attempt that another has claimed is granted",
              (("db-svc/rules/messages/delivery_attempt.c", "    if (!next && !is_again(was, report))\n        return refuse(was);\n", "    (void)is_again;\n    (void)refuse;\n"),), "mail,death,nodes,answers"),
    Simulated("a reply is told to another caller",
              (("libshared/kafka/replies.c", "        r->counts.answered++;\n        tell(&caller, &reply);",
                "        r->counts.answered++;\n        struct pending_caller other;\n        if (pending_take_overdue(r->pending, INT64_MAX, &other))\n            tell(&other, &reply);\n        else\n            tell(&caller, &reply);"),), "mail"),
    Simulated("what may have been sent is said not to be done",
              (("libshared/kafka/replies.c", "if (delivery->certainly_not_persisted && pending", "if (delivery->error != 0 && pending"),), "facade,refused"),
    Simulated("a question is asked under an id of its own each time",
              (("libshared/kafka/replies.c", "                      .id = request->id,", "                      .id = correlation,"),), "facade,broker,answers"),
]
