package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.Presented;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.time.Moment;

class SecretVerifierTest {

    private static final String ZEROS = "00".repeat(32);

    private final TokenHasher hasher = new TokenHasher();
    private final TokenFormat twoParts = TokenFormat.builder()
            .publicKey("tapub_", TokenBody.of(TokenBody.BASE62, 20), ".")
            .prefix("tasec_")
            .body(TokenBody.of(TokenBody.BASE62, 43))
            .build();
    private final PresentedToken token =
            twoParts.generate(TokenEnvironment.LIVE, new SecureRandom()).token();
    private final SecretVerifier probe = hasher.verifierFor(token);
    private final TokenHasher.HashedSecret stored = hasher.store(token);
    private final StoredToken right = row("right", stored.selector(), stored.hash(), TokenEnvironment.LIVE);
    private final StoredToken wrong =
            row("wrong", stored.selector(), TokenHash.of("sha256", ZEROS), TokenEnvironment.LIVE);

    private static StoredToken row(String id, String selector, TokenHash hash, TokenEnvironment environment) {
        return StoredToken.builder(id, "t", environment, "name", Instant.EPOCH)
                .secret(selector, hash)
                .build();
    }

    private static Optional<VerifiedToken> verify(SecretVerifier probe, List<StoredToken> found) {
        return Optional.ofNullable(probe.verify(found, null, new Moment(0, 0)));
    }

    private StoredToken named(String algorithm, String hex) {
        return row("broken", stored.selector(), TokenHash.of(algorithm, hex), TokenEnvironment.LIVE);
    }

    @Test
    void the_right_row_is_found_at_any_position() {
        assertThat(verify(probe, List.of(right))).map(VerifiedToken::id).contains("right");
        assertThat(verify(probe, List.of(wrong, right))).map(VerifiedToken::id).contains("right");
        assertThat(verify(probe, List.of(right, wrong))).map(VerifiedToken::id).contains("right");
        assertThat(verify(probe, List.of(wrong, wrong, right, wrong)))
                .map(VerifiedToken::id)
                .contains("right");
    }

    @Test
    void no_row_and_wrong_rows_prove_nothing() {
        assertThat(verify(probe, List.of())).isEmpty();
        assertThat(verify(probe, List.of(wrong))).isEmpty();
        assertThat(verify(probe, List.of(wrong, wrong))).isEmpty();
    }

    @Test
    void a_selector_that_is_only_nearly_the_one_asked_for_never_proves() {
        String selector = stored.selector();
        for (String near : List.of(
                selector.toUpperCase(Locale.ROOT),
                selector.toLowerCase(Locale.ROOT),
                selector + " ",
                " " + selector,
                selector + "\0",
                selector.replace('p', '\u1e57'),
                "")) {
            StoredToken row = row("near", near, stored.hash(), TokenEnvironment.LIVE);
            assertThat(verify(probe, List.of(row))).as(near).isEmpty();
            assertThat(verify(probe, List.of(row, right)))
                    .map(VerifiedToken::id)
                    .contains("right");
            assertThat(verify(probe, List.of(right, row)))
                    .map(VerifiedToken::id)
                    .contains("right");
        }
    }

    @Test
    void a_named_row_that_cannot_be_compared_is_an_error_unless_another_proves_the_secret() {
        for (StoredToken broken : List.of(
                named("md5", "00".repeat(16)),
                named("sha512", ZEROS),
                named("SHA256", stored.hash().expose()),
                named("sha256", "00"),
                named("sha256", stored.hash().expose() + "00"),
                named("sha256", stored.hash().expose().substring(2)))) {
            for (List<StoredToken> rows : List.of(List.of(broken), List.of(broken, wrong), List.of(wrong, broken))) {
                assertThatExceptionOfType(UnreadableTokenException.class).isThrownBy(() -> verify(probe, rows));
            }
            for (List<StoredToken> rows : List.of(List.of(broken, right), List.of(right, broken))) {
                assertThat(verify(probe, rows)).map(VerifiedToken::id).contains("right");
            }
        }
    }

    @Test
    void two_tokens_with_one_secret_are_an_error() {
        StoredToken twin = row("twin", stored.selector(), stored.hash(), TokenEnvironment.LIVE);
        assertThatExceptionOfType(UnreadableTokenException.class).isThrownBy(() -> verify(probe, List.of(right, twin)));
        assertThat(verify(probe, List.of(right, right))).map(VerifiedToken::id).contains("right");
    }

    @Test
    void a_row_that_was_not_asked_for_may_be_of_any_algorithm() {
        StoredToken other = row("other", "another", TokenHash.of("md5", "00"), TokenEnvironment.LIVE);
        assertThat(verify(probe, List.of(other))).isEmpty();
        assertThat(verify(probe, List.of(other, right))).map(VerifiedToken::id).contains("right");
    }

    @Test
    void a_row_without_a_hash_is_an_error_and_proves_nothing() {
        assertThatThrownBy(() -> verify(probe, Collections.singletonList(null))).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> StoredToken.builder("a", "t", TokenEnvironment.LIVE, "n", Instant.EPOCH)
                        .build())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_key_of_one_token_with_the_secret_of_another_proves_nothing() {
        PresentedToken other =
                twoParts.generate(TokenEnvironment.LIVE, new SecureRandom()).token();
        SecretVerifier mixed = hasher.verifierFor(Presented.token(other.secret().expose(), token.publicKey(), 0));

        assertThat(mixed.selectors()).containsExactly(stored.selector());
        assertThat(verify(mixed, List.of(right))).isEmpty();
    }

    @Test
    void a_test_row_relabelled_live_is_refused() {
        TokenFormat format = Lectern.DIALECT.format();
        PresentedToken live =
                format.generate(TokenEnvironment.LIVE, new SecureRandom()).token();
        TokenHasher.HashedSecret kept = hasher.store(live);
        StoredToken relabelled = row("r", kept.selector(), kept.hash(), TokenEnvironment.TEST);
        StoredToken own = row("r", kept.selector(), kept.hash(), TokenEnvironment.LIVE);

        assertThat(verify(hasher.verifierFor(live), List.of(relabelled))).isEmpty();
        assertThat(verify(hasher.verifierFor(live), List.of(own))).isPresent();
    }

    @Test
    void a_token_relabelled_by_its_holder_is_another_token() {
        TokenFormat format = Lectern.DIALECT.format();
        PresentedToken test =
                format.generate(TokenEnvironment.TEST, new SecureRandom()).token();
        Secret relabelled = Secret.of(test.secret().expose().replace("sk_test", "sk_live"));
        TokenHasher.HashedSecret kept = hasher.store(test);
        StoredToken row = row("r", kept.selector(), kept.hash(), TokenEnvironment.TEST);

        SecretVerifier live = hasher.verifierFor((PresentedToken) format.parse(relabelled));
        assertThat(live.selectors()).doesNotContain(kept.selector());
        assertThat(verify(live, List.of(row))).isEmpty();
    }

    @Test
    void a_token_of_one_part_is_found_by_half_of_its_digest() {
        PresentedToken one = Lectern.DIALECT
                .format()
                .generate(TokenEnvironment.LIVE, new SecureRandom())
                .token();
        TokenHasher.HashedSecret kept = hasher.store(one);

        assertThat(kept.selector()).hasSize(32).isEqualTo(kept.hash().expose().substring(0, 32));
        assertThat(kept.hash().length()).isEqualTo(32);
        assertThat(hasher.verifierFor(one).selectors()).containsExactly(kept.selector());

        StoredToken halfRight = row(
                "half",
                kept.selector(),
                TokenHash.of("sha256", kept.selector() + "00".repeat(16)),
                TokenEnvironment.LIVE);
        assertThat(verify(hasher.verifierFor(one), List.of(halfRight))).isEmpty();
    }
}
