package school.lectern.auth.spring.webflux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;

/**
 * Sends bodies while they are read from the storage, and as fast as the client reads. The thread of a long body waits for its
 * client, so there is room for some of them, and the other threads remain for other calls. A short body is sent from memory,
 * and no thread waits. Thread-safe.
 */
final class StreamedBodies {

    /** How many long bodies are sent at the same time. */
    static final int ROOM = 64;

    /** The length of the longest body that is sent from memory. */
    private static final int SHORT = 64 * 1024;

    /** A client that reads nothing for longer has gone, or keeps a thread on purpose. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final OffTheEventLoop threads;
    private final Duration longestPause;
    private final Semaphore room = new Semaphore(ROOM);

    StreamedBodies(OffTheEventLoop threads) {
        this(threads, LONGEST_PAUSE);
    }

    StreamedBodies(OffTheEventLoop threads, Duration longestPause) {
        this.threads = threads;
        this.longestPause = longestPause;
    }

    /** A body that writes itself. */
    interface Source {
        void writeBody(OutputStream out) throws IOException;
    }

    /** Returns the body of a response. Fails before its first part if it is long and there is no room. */
    Publisher<DataBuffer> of(Source source, DataBufferFactory buffers) {
        return Flux.from(DataBufferUtils.outputStreamPublisher(
                        out -> write(source, out),
                        buffers,
                        task -> threads.threads().schedule(task)))
                .timeout(longestPause);
    }

    private void write(Source source, OutputStream out) {
        Body body = new Body(out);
        try {
            source.writeBody(body);
            body.end();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } finally {
            body.leaveRoom();
        }
    }

    /** Holds a body in memory for as long as it is short: of one that fails before, nothing is sent. */
    private final class Body extends OutputStream {

        private final OutputStream client;
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();
        private boolean isLong;

        Body(OutputStream client) {
            this.client = client;
        }

        @Override
        public void write(int each) throws IOException {
            write(new byte[] {(byte) each}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            if (!isLong && held.size() + count > SHORT) {
                becomeLong();
            }
            (isLong ? client : held).write(bytes, from, count);
        }

        private void becomeLong() throws IOException {
            if (!room.tryAcquire()) {
                throw new RejectedExecutionException(
                        "too many clients read long responses slowly: at most " + ROOM + " are sent at the same time");
            }
            isLong = true;
            held.writeTo(client);
        }

        void end() throws IOException {
            if (!isLong) {
                held.writeTo(client);
            }
        }

        void leaveRoom() {
            if (isLong) {
                room.release();
            }
        }
    }
}
