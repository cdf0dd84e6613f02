package school.lectern.auth.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

class StreamedBodiesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final byte[] PART = new byte[8_192];
    private static final int PARTS = 100;

    private final OffTheEventLoop threads = OffTheEventLoop.own();

    /** So short that a test need not wait for a minute. */
    private final StreamedBodies bodies = new StreamedBodies(threads, Duration.ofMillis(200));

    @AfterEach
    void end() {
        threads.dispose();
    }

    /** A client that reads the first part of a body, and nothing more. */
    private static final class Stuck extends BaseSubscriber<DataBuffer> {
        private volatile Throwable error;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(1);
        }

        @Override
        protected void hookOnNext(DataBuffer part) {
            DataBufferUtils.release(part);
        }

        @Override
        protected void hookOnError(Throwable failed) {
            error = failed;
        }
    }

    private Flux<DataBuffer> longBody() {
        return Flux.from(bodies.of(
                out -> {
                    for (int i = 0; i < PARTS; i++) {
                        out.write(PART);
                    }
                },
                DefaultDataBufferFactory.sharedInstance));
    }

    private long read() {
        return longBody()
                .map(part -> {
                    int count = part.readableByteCount();
                    DataBufferUtils.release(part);
                    return (long) count;
                })
                .reduce(0L, Long::sum)
                .block(PATIENCE);
    }

    @Test
    void a_client_that_stops_reading_is_cut_off_and_leaves_its_room() {
        List<Stuck> clients = new ArrayList<>();
        for (int i = 0; i < StreamedBodies.ROOM; i++) {
            Stuck client = new Stuck();
            clients.add(client);
            longBody().subscribe(client);
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(clients)
                        .allSatisfy(client -> assertThat(client.error).isInstanceOf(TimeoutException.class)));
        await().atMost(PATIENCE).ignoreExceptions().until(() -> read() == (long) PARTS * PART.length);
    }
}
