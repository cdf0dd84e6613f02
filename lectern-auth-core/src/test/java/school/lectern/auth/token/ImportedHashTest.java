package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.format.Presented;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.time.Moment;

/** Tokens whose hashes come from an old system, verified by a hasher that accepts those hashes. */
class ImportedHashTest {

    private static final byte[] KEY = "a key of thirty-two bytes, or so".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW_KEY = "another key of thirty-two bytes.".getBytes(StandardCharsets.US_ASCII);
    private static final String TEXT = "sk_live_lectern_0123456789abcdefghijABCDEFGHIJ01";
    private static final String WRONG = "sk_live_lectern_0123456789abcdefghijABCDEFGHIJ02";

    private final TokenHasher hasher = TokenHasher.builder()
            .pepper(1, KEY)
            .pepper(2, NEW_KEY)
            .currentPepper(2)
            .accept(HashAlgorithm.SHA256)
            .accept(HashAlgorithm.SHA512)
            .accept(HashAlgorithm.BCRYPT)
            .accept(HashAlgorithm.ARGON2ID)
            .build();

    private enum Kind {
        SHA256(secret -> TokenHash.sha256(Sha2.SHA256.hash(Secret.of(secret)).expose())),
        SHA512(secret -> TokenHash.sha512(Sha2.SHA512.hash(Secret.of(secret)).expose())),
        HMAC(secret -> TokenHash.hmacSha256(
                1, new HmacSha256(1, KEY).hash(Secret.of(secret)).expose())),
        BCRYPT(secret -> TokenHash.bcrypt(OpenBSDBCrypt.generate("2y", utf8(secret), new byte[16], 4))),
        ARGON2ID(secret -> TokenHash.argon2id(argon2id(secret)));

        private final Function<String, TokenHash> hash;

        Kind(Function<String, TokenHash> hash) {
            this.hash = hash;
        }

        TokenHash of(String secret) {
            return hash.apply(secret);
        }
    }

    private static byte[] utf8(String secret) {
        return secret.getBytes(StandardCharsets.UTF_8);
    }

    private static String argon2id(String secret) {
        byte[] digest = new byte[32];
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withMemoryAsKB(8)
                .withIterations(1)
                .withParallelism(1)
                .withSalt(new byte[16])
                .build());
        generator.generateBytes(utf8(secret), digest);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=8,t=1,p=1$" + base64.encodeToString(new byte[16]) + "$"
                + base64.encodeToString(digest);
    }

    private static PresentedToken onePart(String text) {
        return (PresentedToken) Lectern.DIALECT.format().parse(Secret.of(text));
    }

    private static PresentedToken twoParts(String secret) {
        return Presented.token(secret, "tapub_1", 0);
    }

    private static StoredToken row(String selector, TokenHash hash) {
        return row(selector, hash, TokenEnvironment.LIVE);
    }

    private static StoredToken row(String selector, TokenHash hash, TokenEnvironment environment) {
        return StoredToken.builder("id of " + selector, "t", environment, "name", Instant.EPOCH)
                .secret(selector, hash)
                .build();
    }

    private StoredToken imported(Kind kind, String text) {
        TokenHash hash = kind.of(text);
        return row(hasher.selectorsFor(hash, "sk_live_lectern_0123", false).get(0), hash);
    }

    private Optional<VerifiedToken> verify(PresentedToken token, StoredToken... rows) {
        return verify(hasher.verifierFor(token), rows);
    }

    private static Optional<VerifiedToken> verify(SecretVerifier probe, StoredToken... rows) {
        return Optional.ofNullable(probe.verify(List.of(rows), null, new Moment(0, 0)));
    }

    private void unreadable(PresentedToken token, StoredToken broken) {
        for (StoredToken[] rows : new StoredToken[][] {
            {broken},
            {broken, row("another", hasher.store(token).hash())},
            {row("another", hasher.store(token).hash()), broken}
        }) {
            assertThatExceptionOfType(UnreadableTokenException.class)
                    .as(broken.hash().toString())
                    .isThrownBy(() -> verify(token, rows))
                    .withNoCause()
                    .withMessageNotContainingAny(TEXT, broken.hash().expose());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void the_right_secret_of_a_token_of_one_part_is_proven_and_a_wrong_one_is_not(Kind kind) {
        StoredToken row = imported(kind, TEXT);

        assertThat(hasher.verifierFor(onePart(TEXT)).selectors()).contains(row.selector());
        assertThat(verify(onePart(TEXT), row)).map(VerifiedToken::stored).containsSame(row);
        assertThat(verify(onePart(WRONG), row)).isEmpty();
        assertThat(verify(
                        onePart(WRONG),
                        row(
                                hasher.store(onePart(WRONG)).selector(),
                                hasher.store(onePart(TEXT)).hash())))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void the_right_secret_of_a_token_of_two_parts_is_proven_and_a_wrong_one_is_not(Kind kind) {
        StoredToken row = row("tapub_1", kind.of("tasec_x"));

        assertThat(verify(twoParts("tasec_x"), row)).map(VerifiedToken::stored).containsSame(row);
        assertThat(verify(twoParts("tasec_y"), row)).isEmpty();
        assertThat(verify(twoParts("tasec_x"), row("tapub_2", kind.of("tasec_x"))))
                .isEmpty();
        assertThat(verify(twoParts("tasec_x"), row("TAPUB_1", kind.of("tasec_x"))))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_proven_hash_that_is_not_of_the_current_algorithm_can_be_replaced(Kind kind) {
        SecretVerifier one = hasher.verifierFor(onePart(TEXT));
        TokenHasher.HashedSecret replacement =
                one.rehash(verify(one, imported(kind, TEXT)).orElseThrow()).orElseThrow();
        assertThat(replacement).isEqualTo(hasher.store(onePart(TEXT)));
        assertThat(replacement.hash().algorithm()).isEqualTo("hmac-sha256:2");

        SecretVerifier again = hasher.verifierFor(onePart(TEXT));
        VerifiedToken replaced =
                verify(again, row(replacement.selector(), replacement.hash())).orElseThrow();
        assertThat(again.rehash(replaced)).isEmpty();

        SecretVerifier two = hasher.verifierFor(twoParts("tasec_x"));
        TokenHasher.HashedSecret keyed = two.rehash(
                        verify(two, row("tapub_1", kind.of("tasec_x"))).orElseThrow())
                .orElseThrow();
        assertThat(keyed.selector()).isEqualTo("tapub_1");
        assertThat(keyed.hash()).isEqualTo(hasher.store(twoParts("tasec_x")).hash());
    }

    @Test
    void a_token_that_another_probe_has_proven_is_not_rehashed() {
        SecretVerifier mine = hasher.verifierFor(onePart(TEXT));
        SecretVerifier other = hasher.verifierFor(onePart(WRONG));
        VerifiedToken token = verify(mine, imported(Kind.SHA256, TEXT)).orElseThrow();
        VerifiedToken another = verify(other, imported(Kind.SHA256, WRONG)).orElseThrow();

        assertThatIllegalArgumentException().isThrownBy(() -> mine.rehash(another));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hasher.verifierFor(onePart(TEXT)).rehash(token));
        assertThat(mine.rehash(token)).isPresent();
        assertThat(verify(mine)).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> mine.rehash(token));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_hash_that_was_tampered_with_proves_nothing(Kind kind) {
        TokenHash hash = kind.of("tasec_x");
        String text = hash.expose();
        // The second to last character: the very last character of base64 may contain only padding bits.
        int at = text.length() - 2;
        String tampered = text.substring(0, at) + (text.charAt(at) == '0' ? '1' : '0') + text.substring(at + 1);

        assertThat(verify(twoParts("tasec_x"), row("tapub_1", TokenHash.of(hash.algorithm(), tampered))))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_hash_under_the_name_of_another_algorithm_is_never_a_proof(Kind kind) {
        TokenHash hash = kind.of("tasec_x");
        for (Kind other : Kind.values()) {
            String name = other.of("tasec_x").algorithm();
            if (other != kind) {
                assertThat(proves(() -> row("tapub_1", TokenHash.of(name, hash.expose()))))
                        .as(name)
                        .isFalse();
            }
        }
    }

    private boolean proves(Supplier<StoredToken> row) {
        try {
            return verify(twoParts("tasec_x"), row.get()).isPresent();
        } catch (UnreadableTokenException unreadable) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_hash_that_this_hasher_does_not_accept_is_unreadable(Kind kind) {
        TokenHasher strict =
                TokenHasher.builder().pepper(2, NEW_KEY).currentPepper(2).build();
        StoredToken row = row("tapub_1", kind.of("tasec_x"));

        assertThatExceptionOfType(UnreadableTokenException.class)
                .isThrownBy(() -> verify(strict.verifierFor(twoParts("tasec_x")), row));
        assertThatExceptionOfType(UnreadableTokenException.class)
                .isThrownBy(() -> verify(strict.verifierFor(twoParts("tasec_y")), row));
    }

    @Test
    void a_hash_that_is_broken_or_beyond_the_caps_is_unreadable() {
        String bcrypt = Kind.BCRYPT.of("tasec_x").expose();
        String argon2id = Kind.ARGON2ID.of("tasec_x").expose();
        String hex = Kind.SHA256.of("tasec_x").expose();
        for (TokenHash hash : List.of(
                TokenHash.of("bcrypt", bcrypt.replace("$2y$", "$2x$")),
                TokenHash.of("bcrypt", bcrypt.replace("$04$", "$13$")),
                TokenHash.of("bcrypt", bcrypt.replace("$04$", "$03$")),
                TokenHash.of("bcrypt", bcrypt.substring(1)),
                TokenHash.of("bcrypt", hex),
                TokenHash.of("argon2id", argon2id.replace("m=8,", "m=65537,")),
                TokenHash.of("argon2id", argon2id.replace("t=1,", "t=11,")),
                TokenHash.of("argon2id", argon2id.replace("argon2id", "argon2i")),
                TokenHash.of("argon2id", bcrypt),
                TokenHash.of("BCRYPT", bcrypt),
                TokenHash.of("sha512", hex),
                TokenHash.of("sha256", hex + hex),
                TokenHash.of("hmac-sha256:1", hex.substring(2)),
                TokenHash.of("hmac-sha256:3", hex),
                TokenHash.of("hmac-sha256:01", hex),
                TokenHash.of("md5", hex))) {
            unreadable(twoParts("tasec_x"), row("tapub_1", hash));
        }
    }

    @Test
    void a_row_under_a_selector_that_its_algorithm_does_not_give_is_unreadable() {
        PresentedToken token = onePart(TEXT);
        String sha256 = imported(Kind.SHA256, TEXT).selector();

        unreadable(token, row(sha256, Kind.BCRYPT.of(TEXT)));
        unreadable(token, row(sha256, Kind.SHA512.of(TEXT)));
        unreadable(
                token,
                row(sha256, TokenHash.of("hmac-sha256:1", Kind.SHA256.of(TEXT).expose())));
        unreadable(token, row("sk_live_lectern_0123~1", Kind.SHA256.of(TEXT)));
    }

    @Test
    void tokens_that_look_alike_do_not_depend_on_each_other() {
        TokenHash broken = TokenHash.of("bcrypt", "$2x$04$");
        StoredToken right = imported(Kind.SHA256, TEXT);
        StoredToken salted = row("sk_live_lectern_0123~2", Kind.BCRYPT.of(TEXT));
        for (StoredToken proving : List.of(right, salted)) {
            assertThat(verify(onePart(TEXT), row("sk_live_lectern_0123~1", broken), proving))
                    .isPresent();
        }
    }

    @Test
    void a_salted_hash_counts_under_its_visible_prefix_and_a_number_up_to_four_alone() {
        TokenHash hash = Kind.BCRYPT.of(TEXT);
        for (int slot = 1; slot <= 4; slot++) {
            assertThat(verify(onePart(TEXT), row("sk_live_lectern_0123~" + slot, hash)))
                    .isPresent();
        }
        for (String other : List.of(
                "sk_live_lectern_0123~0",
                "sk_live_lectern_0123~5",
                "sk_live_lectern_0123",
                "sk_live_lectern_0124~1",
                "sk_live_lectern_0123~1 ",
                "sk_live_lectern_0123~1".toUpperCase(Locale.ROOT))) {
            assertThat(verify(onePart(TEXT), row(other, hash))).as(other).isEmpty();
        }
    }

    @Test
    void similar_tokens_are_distinguished() {
        StoredToken first = row("sk_live_lectern_0123~1", Kind.BCRYPT.of(WRONG));
        StoredToken second = row("sk_live_lectern_0123~2", Kind.ARGON2ID.of(TEXT));

        assertThat(verify(onePart(TEXT), first, second))
                .map(VerifiedToken::stored)
                .containsSame(second);
        assertThat(verify(onePart(WRONG), second, first))
                .map(VerifiedToken::stored)
                .containsSame(first);
    }

    @Test
    void a_salted_row_of_the_other_environment_is_refused() {
        TokenHash hash = Kind.BCRYPT.of(TEXT);

        assertThat(verify(onePart(TEXT), row("sk_live_lectern_0123~1", hash, TokenEnvironment.TEST)))
                .isEmpty();
        assertThat(verify(onePart(TEXT), row("sk_live_lectern_0123~1", hash, TokenEnvironment.LIVE)))
                .isPresent();
    }

    @Test
    void a_secret_that_bcrypt_would_cut_off_is_wrong_however_often_it_comes() {
        String longest = "x".repeat(72);
        StoredToken row = row("tapub_1", Kind.BCRYPT.of(longest));

        for (int i = 0; i < 10; i++) {
            assertThat(verify(twoParts(longest + "y"), row)).isEmpty();
        }
        assertThat(verify(twoParts(longest), row)).isPresent();
    }
}
