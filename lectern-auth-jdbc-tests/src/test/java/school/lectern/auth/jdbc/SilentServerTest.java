package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** A hundred callers, and a server that stops answering or answers after seconds. */
class SilentServerTest {

    private static final int CALLERS = 100;
    private static final int CALLS = Rounds.of(3, 30);

    private static final Duration DEADLINE = Duration.ofMillis(200);

    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);

    @TempDir
    Path folder;

    static List<Kind> servers() {
        return Kind.servers();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void a_server_that_is_silent_makes_every_decision_a_server_error_in_time(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            IssuedToken token = node.issue();
            isAllowed(node, token);
            proxy.silence(true);
            areRefused(node, token);
            proxy.silence(false);
            isAllowed(node, token);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void calls_do_not_wait_for_a_server_that_answers_after_three_seconds(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            IssuedToken token = node.issue();
            isAllowed(node, token);
            // A caller that waited for the answer would be allowed.
            proxy.delay(3_000);
            areRefused(node, token);
            proxy.delay(0);
            isAllowed(node, token);
        }
    }

    /** This driver waits indefinitely, whatever its settings are. Changes and polls also return in time. */
    @Test
    void calls_do_not_wait_for_a_silent_h2_server() throws Exception {
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder);
                TcpProxy proxy = new TcpProxy(server.database().port());
                Node node = Node.of(server.database().through(proxy))) {
            IssuedToken token = node.issue();
            isAllowed(node, token);
            proxy.silence(true);
            areRefused(node, token);
            fails(() -> node.storage.tokens().changes().orElseThrow().since(Position.NONE));
            fails(() -> node.tokens().revoke(SingleRevocation.of("123", token.id(), Instant.now(), List.of())));
            proxy.silence(false);
            isAllowed(node, token);
        }
    }

    /** An abandoned call continues when the server answers again, but must have no effect. */
    @Test
    void an_abandoned_call_has_no_effect() throws Exception {
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder);
                TcpProxy proxy = new TcpProxy(server.database().port());
                Node node = Node.of(server.database().through(proxy))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore limits = node.storage.exactLimits();
            Taken first = take(limits, key, limit);
            assertThat(first.remaining()).isBetween(99L - first.failures(), 99L);
            proxy.silence(true);
            fails(() -> limits.take(LimitTake.of(key, limit), Clocks.system().now()));
            proxy.silence(false);
            // An abandoned connection comes back when its answer arrives, and its work has been rolled back by then.
            Patience.await().until(() -> node.pool.getHikariPoolMXBean().getActiveConnections() == 0);
            Taken second = take(limits, key, limit);
            assertThat(second.remaining()).isBetween(first.remaining() - 1 - second.failures(), first.remaining() - 1);
        }
    }

    /**
     * A permit that was taken.
     *
     * @param remaining the permits that are left
     * @param failures how many previous attempts timed out on a busy machine. Each may have consumed a permit
     */
    private record Taken(long remaining, int failures) {}

    private static Taken take(LimitStore limits, LimitKey key, RateLimit limit) {
        AtomicInteger failures = new AtomicInteger();
        LimitStatus status = Patience.await()
                .until(
                        () -> {
                            try {
                                return limits.take(
                                        LimitTake.of(key, limit),
                                        Clocks.system().now());
                            } catch (StorageException late) {
                                failures.incrementAndGet();
                                return null;
                            }
                        },
                        taken -> taken != null && taken.admitted());
        return new Taken(status.remaining(), failures.get());
    }

    /** While the server is silent: a call that waited for its answer would never return. */
    private static void fails(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(StorageException.class);
    }

    /** Each answer arrives in time, but the sum of all answers for one permit does not. */
    @ParameterizedTest
    @MethodSource("servers")
    void calls_do_not_wait_for_a_permit_that_needs_many_slow_answers(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore limits = node.storage.exactLimits();
            take(limits, key, limit);
            proxy.delay(200);
            assertThatThrownBy(() -> limits.take(
                            LimitTake.of(key, limit), Clocks.system().now()))
                    .isInstanceOf(StorageException.class);
            proxy.delay(0);
        }
    }

    /** Further permits of a window that has not ended, and then permits of a row that another node has changed in between. */
    @ParameterizedTest
    @MethodSource("servers")
    void a_second_query_for_permits_does_not_extend_the_deadline(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy), Duration.ofSeconds(1))) {
            LimitKey key = new LimitKey("tok", "read");
            RateLimit limit = RateLimit.fixed(100, Duration.ofHours(1));
            LimitStore shared = node.storage.limits();
            take(shared, key, limit);
            take(node.storage.exactLimits(), key, limit);
            // Each answer alone is in time: a deadline per answer would admit the call.
            proxy.delay(700);
            assertThatThrownBy(() -> shared.take(
                            LimitTake.of(key, limit), Clocks.system().now()))
                    .isInstanceOf(StorageException.class);
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
            fails(() -> node.storage.audit().append(AuditBurst.event()));
            proxy.silence(false);
        }
    }

    /** A decision waits for its token, its permit and its audit row. Each arrives in time, or the answer is a server error. */
    @ParameterizedTest
    @MethodSource("servers")
    void a_slow_server_causes_no_denial(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        Random random = new Random();
        try (TcpProxy proxy = new TcpProxy(database.port());
                Node node = Node.of(database.through(proxy), DEADLINE)) {
            List<IssuedToken> tokens = List.of(node.issue(), node.issue(), node.issue());
            Map<Boolean, Integer> allowed = new HashMap<>();
            // Both outcomes must occur on a machine of any speed: answers are late and in time alternately.
            while (allowed.size() < 2 || allowed.get(true) + allowed.get(false) < 10 * CALLS) {
                proxy.delay(random.nextBoolean() ? 0 : random.nextLong(DEADLINE.toMillis() * 2));
                Decision decision = node.decide(tokens.get(random.nextInt(tokens.size())));
                if (decision instanceof Denied denied) {
                    assertThat(denied.error().kind()).isEqualTo(AuthError.Kind.UNAVAILABLE);
                }
                allowed.merge(decision instanceof Allowed, 1, Integer::sum);
            }
            proxy.delay(0);
        }
    }

    /** A hundred callers make several calls each. The calls return while the server does not answer. */
    private void areRefused(Node node, IssuedToken token) throws Exception {
        List<Future<List<Decision>>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(threads.submit(
                    () -> Stream.generate(() -> node.decide(token)).limit(CALLS).toList()));
        }
        for (Future<List<Decision>> caller : callers) {
            assertThat(caller.get())
                    .hasSize(CALLS)
                    .allSatisfy(decision ->
                            assertThat(((Denied) decision).error().kind()).isEqualTo(AuthError.Kind.UNAVAILABLE));
        }
        threads.shutdown();
    }

    private static void isAllowed(Node node, IssuedToken token) {
        Patience.await().until(() -> node.decide(token) instanceof Allowed);
    }
}
