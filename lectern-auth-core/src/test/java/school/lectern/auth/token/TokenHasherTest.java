package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.format.Presented;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.format.TokenFormatBuilder;
import school.lectern.auth.preset.Lectern;

/** How a hasher is built, and its results for an importer. */
class TokenHasherTest {

    private static final byte[] KEY = "a key of thirty-two bytes, or so".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER_KEY = "another key of thirty-two bytes.".getBytes(StandardCharsets.US_ASCII);
    private static final String BCRYPT = "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
    private static final String HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private final PresentedToken token = (PresentedToken)
            Lectern.DIALECT.format().parse(Secret.of("sk_live_lectern_0123456789abcdefghijABCDEFGHIJ01"));

    @Test
    void the_current_algorithm_is_sha256_unless_a_pepper_is_named() {
        assertThat(new TokenHasher().store(token).hash().algorithm()).isEqualTo("sha256");
        assertThat(TokenHasher.builder().build().store(token)).isEqualTo(new TokenHasher().store(token));
        assertThat(TokenHasher.builder()
                        .pepper(1, KEY)
                        .build()
                        .store(token)
                        .hash()
                        .algorithm())
                .isEqualTo("sha256");
        assertThat(TokenHasher.builder()
                        .pepper(1, KEY)
                        .pepper(20, OTHER_KEY)
                        .currentPepper(20)
                        .build()
                        .store(token)
                        .hash()
                        .algorithm())
                .isEqualTo("hmac-sha256:20");
    }

    @Test
    void a_token_is_looked_for_by_each_algorithm_that_is_accepted_the_current_one_first() {
        TokenHasher all = TokenHasher.builder()
                .pepper(1, KEY)
                .pepper(2, OTHER_KEY)
                .currentPepper(2)
                .accept(HashAlgorithm.SHA256)
                .accept(HashAlgorithm.SHA512)
                .accept(HashAlgorithm.ARGON2ID)
                .build();

        List<String> selectors = all.verifierFor(token).selectors();

        assertThat(selectors).doesNotHaveDuplicates().hasSize(8);
        assertThat(selectors.get(0)).isEqualTo(all.store(token).selector());
        assertThat(selectors)
                .contains(new TokenHasher().store(token).selector())
                .endsWith(
                        "sk_live_lectern_0123~1",
                        "sk_live_lectern_0123~2",
                        "sk_live_lectern_0123~3",
                        "sk_live_lectern_0123~4");
        assertThat(new TokenHasher().verifierFor(token).selectors())
                .containsExactly(new TokenHasher().store(token).selector());
    }

    @Test
    void an_algorithm_that_is_accepted_and_current_is_looked_for_once() {
        assertThat(TokenHasher.builder()
                        .accept(HashAlgorithm.SHA256)
                        .accept(HashAlgorithm.SHA256)
                        .build()
                        .verifierFor(token)
                        .selectors())
                .hasSize(1);
    }

    @Test
    void a_public_key_is_the_selector_whatever_the_algorithm() {
        TokenHasher all = TokenHasher.builder()
                .accept(HashAlgorithm.SHA512)
                .accept(HashAlgorithm.BCRYPT)
                .build();
        PresentedToken twoParts = Presented.token("secret", "public", 0);

        assertThat(all.verifierFor(twoParts).selectors()).containsExactly("public");
    }

    @Test
    void the_selectors_of_an_imported_token_are_returned() {
        TokenHasher all = TokenHasher.builder()
                .pepper(1, KEY)
                .accept(HashAlgorithm.SHA512)
                .accept(HashAlgorithm.BCRYPT)
                .build();
        List<String> half = List.of(HEX.substring(0, 32));

        assertThat(all.selectorsFor(TokenHash.sha256(HEX), "sk_0123", false)).isEqualTo(half);
        assertThat(all.selectorsFor(TokenHash.sha512(HEX + HEX), "sk_0123", false))
                .isEqualTo(half);
        assertThat(all.selectorsFor(TokenHash.hmacSha256(1, HEX), "sk_0123", false))
                .isEqualTo(half);
        assertThat(all.selectorsFor(TokenHash.bcrypt(BCRYPT), "sk_0123", false))
                .containsExactly("sk_0123~1", "sk_0123~2", "sk_0123~3", "sk_0123~4");
        for (TokenHash hash : List.of(TokenHash.sha256(HEX), TokenHash.bcrypt(BCRYPT))) {
            assertThat(all.selectorsFor(hash, "pub", true)).containsExactly("pub");
        }
    }

    @Test
    void hashes_that_can_never_be_verified_are_reported() {
        TokenHasher all = TokenHasher.builder()
                .pepper(1, KEY)
                .accept(HashAlgorithm.BCRYPT)
                .build();
        for (TokenHash hash : List.of(
                TokenHash.sha512(HEX + HEX),
                TokenHash.hmacSha256(2, HEX),
                TokenHash.of("md5", HEX),
                TokenHash.of("sha256", HEX + "00"),
                TokenHash.of("bcrypt", BCRYPT.replace("$06$", "$13$")),
                TokenHash.argon2id(
                        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"))) {
            assertThat(all.rejectionReason(hash, Lectern.DIALECT.format()))
                    .as(hash.toString())
                    .hasValueSatisfying(why -> assertThat(why).doesNotContain(HEX, BCRYPT.substring(7), "nf65"));
        }
        for (TokenHash hash : List.of(TokenHash.sha256(HEX), TokenHash.hmacSha256(1, HEX), TokenHash.bcrypt(BCRYPT))) {
            assertThat(all.rejectionReason(hash, Lectern.DIALECT.format())).isEmpty();
        }
    }

    @Test
    void tokens_that_are_too_long_for_their_algorithm_are_reported() {
        TokenHasher bcrypt = TokenHasher.builder().accept(HashAlgorithm.BCRYPT).build();
        TokenHash hash = TokenHash.bcrypt(BCRYPT);
        assertThat(bcrypt.rejectionReason(hash, format(69))).isEmpty();
        assertThat(bcrypt.rejectionReason(hash, format(70))).isPresent();
    }

    @Test
    void formats_with_a_display_prefix_too_short_for_salted_hashes_are_reported() {
        TokenHasher bcrypt = TokenHasher.builder().accept(HashAlgorithm.BCRYPT).build();
        Supplier<TokenFormatBuilder> format =
                () -> TokenFormat.builder().prefix("sk_").body(TokenBody.of(TokenBody.HEX, 60));
        assertThat(bcrypt.rejectionReason(
                        TokenHash.bcrypt(BCRYPT),
                        format.get().visibleCharacters(4).build()))
                .isPresent();
        assertThat(bcrypt.rejectionReason(
                        TokenHash.bcrypt(BCRYPT),
                        format.get().visibleCharacters(5).build()))
                .isEmpty();
        assertThat(bcrypt.rejectionReason(
                        TokenHash.sha256(HEX), format.get().visibleCharacters(0).build()))
                .isEmpty();
    }

    private static TokenFormat format(int length) {
        return TokenFormat.builder()
                .prefix("sk_")
                .body(TokenBody.of(TokenBody.BASE62, length))
                .visibleCharacters(4)
                .build();
    }

    @Test
    void a_pepper_has_a_number_and_enough_bytes_and_is_given_once() {
        refused("pepper", () -> TokenHasher.builder().pepper(0, KEY));
        refused("pepper", () -> TokenHasher.builder().pepper(-1, KEY));
        refused("pepper", () -> TokenHasher.builder().pepper(1, Arrays.copyOf(KEY, 31)));
        refused("pepper", () -> TokenHasher.builder().pepper(1, new byte[0]));
        refused("pepper", () -> TokenHasher.builder().pepper(1, KEY).pepper(1, OTHER_KEY));
        refused("pepper", () -> TokenHasher.builder().pepper(1, KEY).pepper(2, KEY));
        refused(
                "currentPepper",
                () -> TokenHasher.builder().pepper(1, KEY).currentPepper(2).build());
        refused("maxWait", () -> TokenHasher.builder().maxWait(Duration.ofMillis(-1)));
        assertThatCode(() -> TokenHasher.builder().pepper(1, new byte[200]).maxWait(Duration.ZERO))
                .doesNotThrowAnyException();
    }

    private static void refused(String setting, Runnable building) {
        assertThatIllegalArgumentException()
                .isThrownBy(building::run)
                .withMessageStartingWith(setting + " ")
                .withMessageNotContaining("a key of");
    }

    @Test
    void a_pepper_is_copied() {
        byte[] key = KEY.clone();
        TokenHasher hasher =
                TokenHasher.builder().pepper(1, key).currentPepper(1).build();
        TokenHasher.HashedSecret before = hasher.store(token);
        Arrays.fill(key, (byte) 0);

        assertThat(hasher.store(token)).isEqualTo(before);
    }

    @Test
    void no_print_holds_a_pepper() {
        TokenHasher.Builder builder = TokenHasher.builder().pepper(1, KEY).currentPepper(1);

        assertThat(builder.build()).hasToString("TokenHasher[hmac-sha256:1]");
        assertThat(new HmacSha256(1, KEY)).hasToString("hmac-sha256:1[redacted]");
        assertThat(builder.toString()).doesNotContain("a key of").doesNotContain(Arrays.toString(KEY));
    }

    @ParameterizedTest
    @EnumSource(names = {"BCRYPT", "ARGON2ID"})
    void without_BouncyCastle_a_hasher_that_needs_it_is_not_built_and_all_else_works(HashAlgorithm algorithm)
            throws Exception {
        try (URLClassLoader bare =
                new URLClassLoader(classPathWithoutBouncyCastle(), ClassLoader.getPlatformClassLoader())) {
            assertThat(build(bare, "SHA512")).isNull();
            assertThat(build(bare, algorithm.name()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("org.bouncycastle:bcprov-jdk18on");
            bare.loadClass(TokenHash.class.getName())
                    .getMethod("bcrypt", String.class)
                    .invoke(null, BCRYPT);
            bare.loadClass(TokenHasher.class.getName()).getConstructor().newInstance();
        }
        assertThatCode(() -> TokenHasher.builder().accept(algorithm).build()).doesNotThrowAnyException();
    }

    private static URL[] classPathWithoutBouncyCastle() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("bcprov"))
                .map(TokenHasherTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(String entry) {
        try {
            return new File(entry).toURI().toURL();
        } catch (MalformedURLException broken) {
            throw new AssertionError(broken);
        }
    }

    /** Returns the exception that building the hasher threw, or null if it threw none. */
    private static Throwable build(ClassLoader loader, String algorithm) throws ReflectiveOperationException {
        Class<?> algorithms = loader.loadClass(HashAlgorithm.class.getName());
        Object builder = loader.loadClass(TokenHasher.class.getName())
                .getMethod("builder")
                .invoke(null);
        builder.getClass()
                .getMethod("accept", algorithms)
                .invoke(builder, algorithms.getMethod("valueOf", String.class).invoke(null, algorithm));
        try {
            builder.getClass().getMethod("build").invoke(builder);
            return null;
        } catch (InvocationTargetException thrown) {
            return thrown.getCause();
        }
    }
}
