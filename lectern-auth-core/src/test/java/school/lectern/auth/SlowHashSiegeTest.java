package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/**
 * An attacker who has the public keys of a hundred imported tokens, but none of their secrets, and the owners of the tokens.
 */
class SlowHashSiegeTest {

    private static final int TOKENS = 100;
    private static final String SECRET = "tasec_" + "s".repeat(43);
    private static final String WRONG = "tasec_" + "x".repeat(43);

    /** On a busy machine a slot may take long to become free. This test checks who gets the slots. */
    private final Fixture f = new Fixture(
            Fixture.TWO_PARTS,
            settings -> settings.hasher(TokenHasher.builder()
                    .accept(HashAlgorithm.BCRYPT)
                    .maxWait(Duration.ofMinutes(1))
                    .build()));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    SlowHashSiegeTest() {
        List<ImportedToken> imports = IntStream.range(0, TOKENS)
                .mapToObj(i -> Fixture.imported(
                        ImportedToken.of(Fixture.TENANT, TokenEnvironment.LIVE, hash(), key(i), Instant.EPOCH),
                        Fixture.settings()))
                .toList();
        f.auth.acrossTenants().actingAs(Fixture.APP).importTokens(imports).forEach(Outcome::orElseThrow);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        f.close();
    }

    private static String key(int number) {
        return "tapub_" + "p".repeat(17) + "%03d".formatted(number);
    }

    private static TokenHash hash() {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        return TokenHash.bcrypt(OpenBSDBCrypt.generate(SECRET.toCharArray(), salt, 4));
    }

    private Kind guess(int number, String from) {
        return f.refusal(Ask.with(Secret.of(key(number % TOKENS) + "." + WRONG)).from(from));
    }

    /** Counts the guesses against all tokens that ran a hash. The other guesses are not reported as wrong. */
    private long run(int guesses, IntFunction<String> from) {
        return IntStream.range(0, guesses)
                .filter(i -> guess(i, from.apply(i)) == Kind.UNKNOWN_TOKEN)
                .count();
    }

    @Test
    void one_address_runs_at_most_twenty_failed_hashes_per_minute_over_all_tokens() {
        assertThat(run(3 * TOKENS, i -> "203.0.113.9")).isEqualTo(20);
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(run(3 * TOKENS, i -> "203.0.113.9")).isEqualTo(20);
    }

    @Test
    void one_network_of_64_bits_runs_at_most_twenty_failed_hashes_per_minute() {
        assertThat(run(3 * TOKENS, i -> "2001:db8:1:2::" + Integer.toHexString(i + 1)))
                .isEqualTo(20);
    }

    @Test
    void a_site_of_48_bits_runs_forty_however_many_networks_it_has() {
        assertThat(run(3 * TOKENS, i -> "2001:db8:1:" + Integer.toHexString(i) + "::1"))
                .isEqualTo(40);
        assertThat(guess(0, "2001:db8:2::1")).as("another site").isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void the_owners_get_in_while_one_address_attacks_all_tokens() throws Exception {
        besiege(i -> "203.0.113.9");
    }

    @Test
    void the_owners_get_in_while_one_site_attacks_all_tokens() throws Exception {
        besiege(i -> "2001:db8:1:" + Integer.toHexString(i % 0x10000) + "::1");
    }

    private void besiege(IntFunction<String> from) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger guesses = new AtomicInteger();
        List<Future<?>> attackers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            attackers.add(threads.submit(() -> {
                while (!over.get()) {
                    int number = guesses.incrementAndGet();
                    guess(number, from.apply(number));
                }
            }));
        }
        for (int i = 0; i < TOKENS; i++) {
            int before = guesses.get();
            f.allowed(Ask.with(Secret.of(key(i) + "." + SECRET)).from("198.51.100." + (1 + i)));
            while (guesses.get() == before) {
                Thread.onSpinWait();
            }
        }
        over.set(true);
        for (Future<?> attacker : attackers) {
            attacker.get(1, TimeUnit.MINUTES);
        }
    }
}
