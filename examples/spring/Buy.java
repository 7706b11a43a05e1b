import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.requestreply.ReplyingKafkaTemplate;

/** Buys tickets over Kafka, with Spring's ReplyingKafkaTemplate: Buy BROKERS EVENT_ID TICKET_TYPE_ID */
public class Buy {
    static final String COMMANDS = "tickets.commands", REPLIES = "tickets.commands.reply", FACTS = "tickets.facts";
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final ObjectMapper JSON = new ObjectMapper();

    /** A problem (RFC 9457), as the reply says it. */
    static class Refused extends RuntimeException {
        final JsonNode problem;

        Refused(JsonNode problem) {
            super(problem.get("detail").asText());
            this.problem = problem;
        }
    }

    final String event, type;
    final DefaultKafkaConsumerFactory<String, String> readers;
    final ReplyingKafkaTemplate<String, String, String> template;

    Buy(String brokers, String event, String type) throws InterruptedException {
        this.event = event;
        this.type = type;
        // A group of its own: what another instance asked for is passed over (setSharedReplyTopic).
        readers = new DefaultKafkaConsumerFactory<>(
            Map.of("bootstrap.servers", brokers, "group.id", "spring-example-" + UUID.randomUUID()),
            new StringDeserializer(), new StringDeserializer());
        var writers = new DefaultKafkaProducerFactory<>(
            Map.<String, Object>of("bootstrap.servers", brokers), new StringSerializer(), new StringSerializer());
        template = new ReplyingKafkaTemplate<>(
            writers, new KafkaMessageListenerContainer<>(readers, new ContainerProperties(REPLIES)));
        template.setSharedReplyTopic(true);
        template.setDefaultReplyTimeout(PATIENCE);
        template.setReplyErrorChecker(Buy::refusal);
        template.start();
        template.waitForAssignment(PATIENCE);
    }

    static String text(Header header) {
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    static JsonNode read(ConsumerRecord<?, ?> record) {
        try {
            return JSON.readTree((String) record.value());
        } catch (Exception fault) {
            throw new IllegalStateException(fault);
        }
    }

    /** From status 400 on the reply is a problem. */
    static Exception refusal(ConsumerRecord<?, ?> reply) {
        int status = Integer.parseInt(text(reply.headers().lastHeader("status")));
        return status < 400 ? null : new Refused(read(reply));
    }

    /** The answer; the same id again gets the first one, and nothing happens twice. */
    JsonNode place(int quantity, String id) throws Exception {
        var body = JSON.writeValueAsString(Map.of(
            "event_id", event, "items", new Object[] {Map.of("ticket_type_id", type, "quantity", quantity)},
            "buyer", Map.of("name", "Ana García", "email", "ana@example.org")));
        var record = new ProducerRecord<>(COMMANDS, event, body);
        Map.of("ce_specversion", "1.0", "ce_type", "order.place", "ce_source", "/examples/spring", "ce_id", id,
               "content-type", "application/json", "kafka_replyTopic", REPLIES)
            .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        try {
            return read(template.sendAndReceive(record).get());
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }

    /** Facts come at least once: a reader drops those that it knows by their ce_sequence. */
    String firstFact() throws Exception {
        try (var consumer = readers.createConsumer("spring-example-" + UUID.randomUUID(), "")) {
            var partitions = consumer.partitionsFor(FACTS).stream()
                .map(one -> new org.apache.kafka.common.TopicPartition(FACTS, one.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (true)
                for (var fact : consumer.poll(Duration.ofSeconds(1)))
                    if (event.equals(fact.key()) && text(fact.headers().lastHeader("ce_type")).equals("order.placed"))
                        return "order.placed %s: %d sold".formatted(
                            read(fact).get("order_id").asText(), read(fact).at("/stock/0/sold").asInt());
        }
    }

    public static void main(String[] arguments) throws Exception {
        var shop = new Buy(arguments[0], arguments[1], arguments[2]);
        var id = UUID.randomUUID().toString();
        var bought = shop.place(2, id);
        System.out.printf("bought %s for %d %s%n", bought.get("id").asText(), bought.at("/total/amount").asInt(),
                          bought.at("/total/currency").asText());
        System.out.printf("the same again: %b%n", shop.place(2, id).equals(bought));
        try {
            shop.place(100, UUID.randomUUID().toString());
        } catch (Refused refused) {
            System.out.printf("refused: %s, %d are available%n", refused.problem.get("code").asText(),
                              refused.problem.get("available").asInt());
        }
        System.out.println("fact " + shop.firstFact());
        shop.template.stop();
        System.exit(0);
    }
}
