package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** A hundred callers, and a server that stops answering or answers after seconds. */
class SilentServerTest {

    private static final int CALLERS = 100;
    private static final long MILLIS = Rounds.of(2_000, 20_000);

    private static final Duration DEADLINE = Duration.ofMillis(200);

    /** What a busy machine takes on top. */
    private static final Duration SLACK = Duration.ofMillis(250);

    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

    @TempDir
    Path folder;

    static List<Kind> servers() {
        return Kind.servers();
    }

    private record Decided(Decision decision, long millis) {}

    @ParameterizedTest
    @MethodSource("servers")
    void a_server_that_is_silent_makes_every_decision_a_server_error_in_time(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            proxy.silence(true);
            areRefusedInTime(node, token);
            proxy.silence(false);
            isAllowedAgain(node, token);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void a_server_that_answers_after_three_seconds_is_not_waited_for(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            proxy.delay(3_000);
            areRefusedInTime(node, token);
            proxy.delay(0);
            isAllowedAgain(node, token);
        }
    }

    /** Whose driver waits for ever, whatever it is told; its changes and polls are no exception. */
    @Test
    void a_silent_server_of_h2_is_not_waited_for_either() throws Exception {
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder);
                TcpProxy proxy = new TcpProxy(server.database().port());
                Node node = Node.of(server.database().through(proxy))) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            proxy.silence(true);
            areRefusedInTime(node, token);
            failsInTime(1, () -> node.storage.changes().since(0));
            failsInTime(7, () -> node.tokens().revoke("123", token.stored().id(), Instant.now(), List.of()));
            proxy.silence(false);
            isAllowedAgain(node, token);
        }
    }

    /** It goes on when the server is back: nobody counts on it then. */
    @Test
    void what_was_not_waited_for_any_more_changes_nothing() throws Exception {
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder);
                TcpProxy proxy = new TcpProxy(server.database().port());
                Node node = Node.of(server.database().through(proxy))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore limits = node.storage.exactLimits();
            assertThat(limits.take(key, limit).remaining()).isEqualTo(99);
            proxy.silence(true);
            failsInTime(1, () -> limits.take(key, limit));
            proxy.silence(false);
            Thread.sleep(500);
            assertThat(limits.take(key, limit).remaining()).isEqualTo(98);
        }
    }

    private static void failsInTime(int seconds, ThrowingCallable call) {
        long start = System.nanoTime();
        assertThatThrownBy(call).isInstanceOf(StorageException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(seconds));
    }

    /** Each answer comes in time, and all that a permit takes together do not. */
    @ParameterizedTest
    @MethodSource("servers")
    void a_permit_that_takes_many_slow_answers_is_not_waited_for(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore limits = node.storage.exactLimits();
            limits.take(key, limit);
            proxy.delay(200);
            assertThatThrownBy(() -> limits.take(key, limit)).isInstanceOf(StorageException.class);
            proxy.delay(0);
        }
    }

    /** More permits of the window that lasts, and then those of a row that another one has changed meanwhile. */
    @ParameterizedTest
    @MethodSource("servers")
    void permits_that_are_asked_for_twice_are_not_waited_for_twice(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy), Duration.ofSeconds(1))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore shared = node.storage.limits();
            shared.take(key, limit);
            node.storage.exactLimits().take(key, limit);
            proxy.delay(700);
            long start = System.nanoTime();
            assertThatThrownBy(() -> shared.take(key, limit)).isInstanceOf(StorageException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofMillis(1_500));
            proxy.delay(0);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void an_audit_row_is_waited_for_no_longer_than_anything_else(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy), DEADLINE)) {
            proxy.silence(true);
            long start = System.nanoTime();
            assertThatThrownBy(() -> node.storage.audit().append(AuditBurst.event()))
                    .isInstanceOf(StorageException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(DEADLINE, DEADLINE.plus(SLACK));
            proxy.silence(false);
        }
    }

    /** For its token, its permit and its audit row, each in time. */
    @ParameterizedTest
    @MethodSource("servers")
    void a_server_that_is_slow_is_waited_for_three_times_at_most(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        Random random = new Random();
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy), DEADLINE)) {
            List<IssuedToken> tokens = List.of(node.issue(), node.issue(), node.issue());
            List<Duration> times = new ArrayList<>();
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
            while (System.nanoTime() < end) {
                proxy.delay(random.nextLong(DEADLINE.toMillis() * 3 / 4));
                long start = System.nanoTime();
                node.decide(tokens.get(random.nextInt(tokens.size())));
                times.add(Duration.ofNanos(System.nanoTime() - start));
            }
            assertThat(times)
                    .allMatch(time -> time.compareTo(DEADLINE.multipliedBy(3).plus(SLACK)) < 0);
            assertThat(times).as("some wait for several").anyMatch(time -> time.compareTo(DEADLINE) > 0);
            proxy.delay(0);
        }
    }

    private void areRefusedInTime(Node node, IssuedToken token) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
        List<Future<List<Decided>>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(threads.submit(() -> decideUntil(end, node, token)));
        }
        List<Decided> all = new ArrayList<>();
        for (Future<List<Decided>> caller : callers) {
            all.addAll(caller.get());
        }
        threads.shutdown();
        assertThat(all)
                .hasSizeGreaterThan(CALLERS)
                .allSatisfy(decided ->
                        assertThat(((Denied) decided.decision()).error().kind()).isEqualTo(AuthError.Kind.UNAVAILABLE));
        List<Long> times = all.stream().map(Decided::millis).sorted().toList();
        assertThat(times.get(times.size() * 99 / 100))
                .as("99th of a hundred")
                .isLessThanOrEqualTo(Rounds.of(2_000, 1_000));
    }

    private static List<Decided> decideUntil(long end, Node node, IssuedToken token) {
        List<Decided> decisions = new ArrayList<>();
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            Decision decision = node.decide(token);
            decisions.add(new Decided(decision, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)));
        }
        return decisions;
    }

    private static void isAllowedAgain(Node node, IssuedToken token) throws InterruptedException {
        long start = System.nanoTime();
        while (!(node.decide(token) instanceof Allowed)) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            Thread.sleep(50);
        }
    }
}
