package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.MutableClock;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.Presented;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.time.Clocks;

/** When a slow hash is run, and when it is not. The test algorithm counts its runs and can be blocked. */
class SlowHashingTest {

    private static final IpAddress OWNER = IpAddress.parse("10.0.0.1").orElseThrow();
    private static final IpAddress GUESSER = IpAddress.parse("203.0.113.9").orElseThrow();

    private final MutableClock clock = new MutableClock("2026-05-07T13:23:30Z");
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger runs = new AtomicInteger();
    private volatile Runnable whileRunning = () -> {};

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** A hash that is the secret itself. */
    private final class Plain implements SaltedHash {
        private final String text;

        Plain(String text) {
            this.text = text;
        }

        @Override
        public int maxSecretBytes() {
            return 19;
        }

        @Override
        public boolean matches(Secret secret) {
            runs.incrementAndGet();
            whileRunning.run();
            return secret.expose().equals(text);
        }
    }

    private TokenHasher hasher(int atOnce, Duration maxWait) {
        return new TokenHasher(
                Sha2.SHA256, List.of(), Map.of("plain", Plain::new), new SlowHashing(new Bulkhead(atOnce, maxWait)));
    }

    private final TokenHasher hasher = hasher(20, Duration.ofSeconds(10));

    private static StoredToken row(int slot, String secret) {
        return StoredToken.builder("id-" + slot, "t", TokenEnvironment.LIVE, "name", Instant.EPOCH)
                .secret("sk_01~" + slot, TokenHash.of("plain", secret))
                .build();
    }

    private static final StoredToken A = row(1, "sk_01_a");
    private static final StoredToken B = row(2, "sk_01_b");

    private Optional<String> verify(TokenHasher by, String secret, IpAddress address, StoredToken... rows) {
        PresentedToken token = Presented.token(secret, null, 5);
        VerifiedToken verified = by.verifierFor(token)
                .verify(List.of(rows), address, Clocks.of(clock).now());
        return Optional.ofNullable(verified).map(VerifiedToken::id);
    }

    private Optional<String> verify(String secret, IpAddress address, StoredToken... rows) {
        return verify(hasher, secret, address, rows);
    }

    private void guess(int times, IpAddress address) {
        for (int i = 0; i < times; i++) {
            assertThat(verify("sk_01_x", address, A)).isEmpty();
        }
    }

    private void notRun(String secret, IpAddress address, long retryAfter, StoredToken... rows) {
        int before = runs.get();
        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> verify(secret, address, rows))
                .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(retryAfter)))
                .satisfies(busy -> assertThat(busy.toString()).doesNotContain("sk_01"));
        assertThat(runs.get()).isEqualTo(before);
    }

    private static void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void the_sixth_guess_within_a_minute_is_not_run_and_not_called_wrong() {
        guess(5, GUESSER);
        clock.advance(Duration.ofSeconds(20));

        notRun("sk_01_x", GUESSER, 40, A);
        notRun("sk_01_a", GUESSER, 40, A);
        clock.advance(Duration.ofSeconds(40));
        guess(5, GUESSER);
        notRun("sk_01_x", GUESSER, 60, A);
    }

    @Test
    void guesses_from_one_address_do_not_lock_out_other_addresses() {
        guess(5, GUESSER);

        assertThat(verify("sk_01_a", OWNER, A)).contains("id-1");
        guess(5, null);
        notRun("sk_01_a", null, 60, A);
        assertThat(verify("sk_01_a", OWNER, A)).contains("id-1");
    }

    @Test
    void the_right_secret_may_come_as_often_as_it_will() {
        guess(4, OWNER);
        for (int i = 0; i < 50; i++) {
            assertThat(verify("sk_01_a", OWNER, A)).contains("id-1");
        }
        guess(1, OWNER);
        notRun("sk_01_a", OWNER, 60, A);
    }

    @Test
    void a_valid_token_does_not_count_as_a_guess_at_similar_tokens() {
        for (int i = 0; i < 50; i++) {
            assertThat(verify("sk_01_b", OWNER, A, B)).contains("id-2");
            assertThat(verify("sk_01_a", OWNER, A, B)).contains("id-1");
        }
        guess(5, OWNER);
        notRun("sk_01_b", OWNER, 60, A, B);
    }

    @Test
    void a_guess_counts_for_each_row_that_it_was_tried_against() {
        for (int i = 0; i < 5; i++) {
            assertThat(verify("sk_01_x", GUESSER, A, B)).isEmpty();
        }
        assertThat(runs).hasValue(10);
        notRun("sk_01_x", GUESSER, 60, A);
        notRun("sk_01_x", GUESSER, 60, B);
    }

    @Test
    void twenty_guesses_at_once_run_the_hash_five_times() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        whileRunning = () -> until(() -> refused.get() == 15);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<String>> guesses = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            guesses.add(threads.submit(() -> {
                start.await();
                try {
                    return verify("sk_01_x", GUESSER, A).orElse("wrong");
                } catch (HashingOverloadedException busy) {
                    refused.incrementAndGet();
                    return "not run";
                }
            }));
        }
        start.countDown();

        List<String> answers = new ArrayList<>();
        for (Future<String> guess : guesses) {
            answers.add(guess.get(20, TimeUnit.SECONDS));
        }

        assertThat(runs).hasValue(5);
        assertThat(answers).filteredOn("wrong"::equals).hasSize(5);
        assertThat(answers).filteredOn("not run"::equals).hasSize(15);
        notRun("sk_01_x", GUESSER, 60, A);
    }

    @Test
    void without_a_free_slot_no_hash_is_run_and_no_failure_is_counted() throws Exception {
        TokenHasher one = hasher(1, Duration.ofMillis(10));
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        whileRunning = () -> {
            inside.countDown();
            until(() -> goOn.getCount() == 0);
        };
        Future<Optional<String>> first = threads.submit(() -> verify(one, "sk_01_a", GUESSER, A));
        assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();

        for (int i = 0; i < 6; i++) {
            assertThatExceptionOfType(HashingOverloadedException.class)
                    .isThrownBy(() -> verify(one, "sk_01_a", OWNER, A))
                    .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(1)));
        }
        assertThat(runs).hasValue(1);
        goOn.countDown();

        assertThat(first.get(10, TimeUnit.SECONDS)).contains("id-1");
        for (int i = 0; i < 5; i++) {
            assertThat(verify(one, "sk_01_x", OWNER, A)).isEmpty();
        }
    }

    @Test
    void a_locked_out_caller_does_not_wait_for_a_slot() throws Exception {
        TokenHasher one = hasher(1, Duration.ofDays(1));
        for (int i = 0; i < 5; i++) {
            assertThat(verify(one, "sk_01_x", GUESSER, A)).isEmpty();
        }
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        whileRunning = () -> {
            inside.countDown();
            until(() -> goOn.getCount() == 0);
        };
        Future<Optional<String>> owner = threads.submit(() -> verify(one, "sk_01_a", OWNER, A));
        assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();

        Future<Object> guess = threads.submit(() -> {
            try {
                return verify(one, "sk_01_x", GUESSER, A);
            } catch (HashingOverloadedException busy) {
                return busy.retryAfter();
            }
        });
        assertThat(guess.get(10, TimeUnit.SECONDS)).isEqualTo(Duration.ofMinutes(1));
        goOn.countDown();
        assertThat(owner.get(10, TimeUnit.SECONDS)).contains("id-1");
    }

    @Test
    void a_slow_hash_is_not_run_where_a_fast_one_proves_the_secret() {
        PresentedToken token = Presented.token("sk_01_x", null, 5);
        TokenHasher.HashedSecret stored = hasher.store(token);
        StoredToken fast =
                A.toBuilder().secret(stored.selector(), stored.hash()).build();

        for (int i = 0; i < 10; i++) {
            assertThat(verify("sk_01_x", OWNER, A, fast)).contains("id-1");
            assertThat(verify("sk_01_x", OWNER, fast, A)).contains("id-1");
        }
        assertThat(runs).hasValue(0);
    }

    @Test
    void a_slow_hash_is_not_run_on_a_row_that_was_not_asked_for_or_a_secret_it_does_not_take() {
        StoredToken other = A.toBuilder().secret("sk_02~1", A.hash()).build();
        for (int i = 0; i < 10; i++) {
            assertThat(verify("sk_01_a", OWNER, other)).isEmpty();
            assertThat(verify("sk_01" + "_".repeat(20), OWNER, A)).isEmpty();
        }
        assertThat(runs).hasValue(0);
    }

    @Test
    void a_hash_that_breaks_counts_as_tried_and_leaves_its_turn() {
        TokenHasher one = hasher(1, Duration.ZERO);
        whileRunning = () -> {
            throw new OutOfMemoryError("as if");
        };
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> verify(one, "sk_01_a", OWNER, A)).isInstanceOf(OutOfMemoryError.class);
        }
        assertThatExceptionOfType(HashingOverloadedException.class).isThrownBy(() -> verify(one, "sk_01_a", OWNER, A));
        whileRunning = () -> {};
        assertThat(verify(one, "sk_01_a", GUESSER, A)).contains("id-1");
    }

    @Test
    void hashes_run_on_at_most_half_of_the_processors() throws Exception {
        int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        TokenHasher real = new TokenHasher(
                Sha2.SHA256, List.of(), Map.of("plain", Plain::new), new SlowHashing(Duration.ofMillis(10)));
        CountDownLatch inside = new CountDownLatch(half);
        CountDownLatch goOn = new CountDownLatch(1);
        whileRunning = () -> {
            inside.countDown();
            until(() -> goOn.getCount() == 0);
        };
        List<Future<Optional<String>>> running = new ArrayList<>();
        for (int i = 0; i < half; i++) {
            IpAddress address = IpAddress.parse("10.0.1." + i).orElseThrow();
            running.add(threads.submit(() -> verify(real, "sk_01_a", address, A)));
        }
        assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();

        assertThatExceptionOfType(HashingOverloadedException.class).isThrownBy(() -> verify(real, "sk_01_a", OWNER, A));
        goOn.countDown();
        for (Future<Optional<String>> each : running) {
            assertThat(each.get(10, TimeUnit.SECONDS)).contains("id-1");
        }
    }
}
