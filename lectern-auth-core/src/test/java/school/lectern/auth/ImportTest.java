package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/** Imports of tokens from another system that has only their hashes, and the rotation of a pepper. */
class ImportTest {

    private static final Instant MADE = Instant.parse("2019-03-04T05:06:07.008Z");
    private static final byte[] KEY_1 = key(1);
    private static final byte[] KEY_2 = key(2);

    private final Fixture f = new Fixture(
            Lectern.DIALECT,
            settings -> settings.hasher(TokenHasher.builder()
                    .pepper(1, KEY_1)
                    .accept(HashAlgorithm.SHA512)
                    .accept(HashAlgorithm.BCRYPT)
                    .accept(HashAlgorithm.ARGON2ID)
                    .build()));

    @AfterEach
    void close() {
        f.close();
    }

    private static byte[] key(int fill) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }

    /** The hash algorithm of the old system. */
    private enum Old {
        SHA256 {
            @Override
            TokenHash hash(String token) {
                return TokenHash.sha256(digest("SHA-256", token));
            }
        },
        SHA512 {
            @Override
            TokenHash hash(String token) {
                return TokenHash.sha512(digest("SHA-512", token));
            }
        },
        HMAC {
            @Override
            TokenHash hash(String token) {
                return TokenHash.hmacSha256(1, mac(KEY_1, token));
            }
        },
        BCRYPT {
            @Override
            TokenHash hash(String token) {
                byte[] salt = new byte[16];
                new SecureRandom().nextBytes(salt);
                return TokenHash.bcrypt(OpenBSDBCrypt.generate(token.toCharArray(), salt, 4));
            }
        };

        abstract TokenHash hash(String token);

        static String digest(String algorithm, String token) {
            try {
                return HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance(algorithm).digest(token.getBytes(StandardCharsets.US_ASCII)));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        static String mac(byte[] key, String token) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return HexFormat.of().formatHex(mac.doFinal(token.getBytes(StandardCharsets.US_ASCII)));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /**
     * Returns a well-formed token that this library did not generate. All such tokens start with the same visible characters.
     */
    private static Secret token(int number) {
        return Secret.of("sk_live_lectern_Abcd%028d".formatted(number));
    }

    private static ImportedToken imported(Secret token, TokenHash hash) {
        return Fixture.imported(bare(token, hash), Fixture.settings());
    }

    private static ImportedToken bare(Secret token, TokenHash hash) {
        return ImportedToken.of(
                Fixture.TENANT, TokenEnvironment.LIVE, hash, token.expose().substring(0, 20), MADE);
    }

    private Outcome<StoredToken> importing(Secret token, TokenHash hash) {
        return f.auth.acrossTenants()
                .actingAs(Fixture.APP)
                .importToken(imported(token, hash))
                .map(done -> f.tokens.get(Fixture.TENANT, done.id()).orElseThrow());
    }

    private StoredToken current(StoredToken token) {
        return f.tokens.get(token.tenantId(), token.id()).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void a_token_of_an_old_system_works_and_is_rehashed_by_its_first_use(Old old) {
        Secret token = token(1);
        StoredToken stored = importing(token, old.hash(token.expose())).orElseThrow();
        assertThat(stored.createdAt()).isEqualTo(MADE);
        assertThat(stored.displayPrefix()).isEqualTo("sk_live_lectern_Abcd");
        assertThat(f.refusal(Ask.with(token(2)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(current(stored).hash()).as("a wrong secret changes nothing").isEqualTo(stored.hash());

        assertThat(f.allowed(Ask.with(token)).token().id()).isEqualTo(stored.id());
        StoredToken rehashed = current(stored);
        // A hash that was computed with a pepper is not replaced by one without.
        assertThat(rehashed.hash()).isEqualTo(old == Old.HMAC ? stored.hash() : Old.SHA256.hash(token.expose()));
        assertThat(rehashed.toBuilder()
                        .secret(stored.selector(), stored.hash())
                        .revision(stored.revision())
                        .build())
                .as("nothing else has changed")
                .isEqualTo(stored);
        assertThat(f.changeNames().stream().filter("token.rehashed"::equals))
                .hasSize(old == Old.SHA256 || old == Old.HMAC ? 0 : 1);

        f.allowed(Ask.with(token));
        assertThat(current(stored).revision()).as("rehashed once").isEqualTo(rehashed.revision());
        assertThat(f.refusal(Ask.with(token(2)))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void an_import_is_written_down_without_its_hash() {
        Secret token = token(1);
        importing(token, Old.SHA512.hash(token.expose())).orElseThrow();
        AuditEvent event = f.changes().get(0);
        assertThat(event.event()).isEqualTo("token.imported");
        assertThat(event.details()).isEqualTo(Map.of("algorithm", "sha512"));
    }

    @Test
    void a_use_that_is_denied_rehashes_nothing() {
        Secret token = token(1);
        StoredToken stored = importing(token, Old.SHA512.hash(token.expose())).orElseThrow();
        assertThat(f.refusal(Ask.with(token).needing("write:finance"))).isEqualTo(Kind.INSUFFICIENT_SCOPE);
        assertThat(current(stored)).isEqualTo(stored);
    }

    @Test
    void a_rehash_that_cannot_be_written_denies_no_request() {
        Secret token = token(1);
        StoredToken stored = importing(token, Old.SHA512.hash(token.expose())).orElseThrow();
        f.tokens.beforeChange = () -> {
            throw new StorageException("the database is not available");
        };
        f.allowed(Ask.with(token));
        assertThat(current(stored)).isEqualTo(stored);
        f.tokens.beforeChange = () -> {};
        f.allowed(Ask.with(token));
        assertThat(current(stored).hash().algorithm()).isEqualTo("sha256");
    }

    @Test
    void a_rehash_does_not_undo_a_revocation_after_the_verification() {
        Secret token = token(1);
        StoredToken stored = importing(token, Old.SHA512.hash(token.expose())).orElseThrow();
        f.tokens.beforeChange = () -> f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(stored.id())
                .orElseThrow();
        f.allowed(Ask.with(token));
        assertThat(current(stored).isRevoked()).isTrue();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void four_tokens_with_a_salted_hash_may_look_alike_and_a_fifth_is_refused() {
        for (int i = 1; i <= 4; i++) {
            importing(token(i), Old.BCRYPT.hash(token(i).expose())).orElseThrow();
        }
        assertThat(Fixture.refused(importing(token(5), Old.BCRYPT.hash(token(5).expose())))
                        .kind())
                .isEqualTo(Kind.CONFLICT);
        for (int i = 1; i <= 4; i++) {
            f.allowed(Ask.with(token(i)).from("10.0.0." + i));
        }
        importing(token(5), Old.BCRYPT.hash(token(5).expose())).orElseThrow();
    }

    /** Otherwise a repeated import would restore tokens that were revoked in between. */
    @ParameterizedTest
    @EnumSource
    void a_token_is_imported_once_also_after_it_was_used_and_revoked(Old old) {
        Secret token = token(1);
        TokenHash hash = old.hash(token.expose());
        StoredToken stored = importing(token, hash).orElseThrow();
        assertThat(Fixture.refused(importing(token, hash)).kind()).isEqualTo(Kind.CONFLICT);
        f.allowed(Ask.with(token));
        assertThat(Fixture.refused(importing(token, hash)).kind()).isEqualTo(Kind.CONFLICT);
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(stored.id())
                .orElseThrow();
        assertThat(Fixture.refused(importing(token, hash)).kind()).isEqualTo(Kind.CONFLICT);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void imports_of_tokens_that_look_alike_at_the_same_time_each_find_a_place() throws InterruptedException {
        List<Callable<Outcome<StoredToken>>> imports = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            Secret token = token(i);
            TokenHash hash = Old.BCRYPT.hash(token.expose());
            imports.add(() -> importing(token, hash));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<Outcome<StoredToken>> done : threads.invokeAll(imports)) {
                assertThat(done).succeedsWithin(Duration.ofSeconds(5)).isInstanceOf(Outcome.Done.class);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_revoked_token_that_only_a_slow_hash_proves_costs_no_more_than_a_wrong_one() {
        Secret token = token(1);
        StoredToken stored = importing(token, Old.BCRYPT.hash(token.expose())).orElseThrow();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(stored.id())
                .orElseThrow();
        for (int i = 0; i < 5; i++) {
            assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
        }
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void a_secret_that_cannot_be_verified_now_cannot_revoke_its_token_now() {
        importing(token(1), Old.BCRYPT.hash(token(1).expose())).orElseThrow();
        for (int i = 0; i < 5; i++) {
            assertThat(Fixture.refused(
                                    f.auth.acrossTenants().actingAs(Fixture.APP).revokePresented(token(2)))
                            .kind())
                    .isEqualTo(Kind.UNKNOWN_TOKEN);
        }
        AuthError busy =
                Fixture.refused(f.auth.acrossTenants().actingAs(Fixture.APP).revokePresented(token(1)));
        assertThat(busy.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(busy.retryAfter()).isPresent();
    }

    @Test
    void a_token_that_could_never_be_verified_is_refused() {
        Secret token = token(1);
        TokenHash good = Old.SHA256.hash(token.expose());
        for (TokenHash hash : new TokenHash[] {
            TokenHash.hmacSha256(2, Old.mac(KEY_2, token.expose())),
            TokenHash.of("md5", "00"),
            TokenHash.of("bcrypt", "$2b$15$" + "a".repeat(53))
        }) {
            assertThat(Fixture.refused(importing(token, hash)).fields())
                    .singleElement()
                    .satisfies(error -> assertThat(error.field()).isEqualTo("hash"));
        }
        for (String visible : new String[] {
            "", "sk_live_lectern_", "sk_test_lectern_Abcd", "sk_live_lectern_Abcde", "sk_live_lectern_Abc-"
        }) {
            ImportedToken odd = Fixture.imported(
                    ImportedToken.of(Fixture.TENANT, TokenEnvironment.LIVE, good, visible, MADE), Fixture.settings());
            assertThat(Fixture.refused(
                                    f.auth.acrossTenants().actingAs(Fixture.APP).importToken(odd))
                            .fields())
                    .singleElement()
                    .satisfies(error -> assertThat(error.field()).isEqualTo("visible"));
        }
        assertThat(f.changes()).isEmpty();
    }

    @Test
    void an_import_is_bounded_by_the_actors_grant() {
        Secret token = token(1);
        Actor ada = Actor.user("ada", Grant.of(ScopeSet.parse("read:finance")));
        assertThat(Fixture.refused(f.auth.acrossTenants()
                                .actingAs(ada)
                                .importToken(imported(token, Old.SHA256.hash(token.expose()))))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
    }

    /** The importer had only the hash and never saw the secret. */
    @Test
    void an_imported_token_is_of_no_users_group_until_it_is_regenerated() {
        Secret token = token(1);
        Actor ada = Actor.user("ada", Grant.everything());
        Token imported = f.auth.acrossTenants()
                .actingAs(ada)
                .importToken(imported(token, Old.SHA256.hash(token.expose())))
                .orElseThrow();
        assertThat(imported.createdBy()).hasValue("ada");
        assertThat(imported.secretShownTo()).isEmpty();
        assertThat(f.auth.acrossTenants().revokeAllOf("ada").orElseThrow()).isZero();
        f.allowed(Ask.with(token));

        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(ada)
                .regenerate(imported.id())
                .orElseThrow();
        assertThat(f.auth.acrossTenants().revokeAllOf("ada").orElseThrow()).isEqualTo(1);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    // ---- many tokens in one call

    @Test
    void many_are_imported_together_and_one_that_is_refused_loses_no_other_one() {
        List<ImportedToken> imports = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            imports.add(imported(token(i), Old.SHA256.hash(token(i).expose())));
        }
        ImportedToken future = ImportedToken.of(
                        Fixture.TENANT,
                        TokenEnvironment.LIVE,
                        Old.SHA256.hash(token(7).expose()),
                        "sk_live_lectern_Abcd",
                        f.clock.instant().plusSeconds(1))
                .name("CI")
                .scopes("read:learners");
        imports.add(1, future);
        imports.add(3, imported(token(0), Old.SHA256.hash(token(0).expose())));
        imports.add(5, bare(token(3), Old.SHA256.hash(token(3).expose())).name("without scopes"));

        List<Outcome<Token>> outcomes =
                f.auth.acrossTenants().actingAs(Fixture.APP).importTokens(imports);

        assertThat(outcomes).hasSize(9);
        assertThat(Fixture.refused(outcomes.get(1)).kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(Fixture.refused(outcomes.get(3)).kind()).isEqualTo(Kind.CONFLICT);
        assertThat(Fixture.refused(outcomes.get(5)).kind()).isEqualTo(Kind.INVALID_REQUEST);
        for (int i = 0; i < 6; i++) {
            f.allowed(Ask.with(token(i)));
        }
        assertThat(f.changeNames().stream().filter("token.imported"::equals)).hasSize(6);
        assertThat(f.auth.acrossTenants().actingAs(Fixture.APP).importTokens(imports))
                .as("imported again")
                .noneMatch(Outcome.Done.class::isInstance);
    }

    @Test
    void tokens_that_look_alike_find_their_places_among_each_other_too() {
        List<ImportedToken> alike = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            alike.add(imported(token(i), Old.BCRYPT.hash(token(i).expose())));
        }
        List<Outcome<Token>> outcomes =
                f.auth.acrossTenants().actingAs(Fixture.APP).importTokens(alike);
        assertThat(Fixture.refused(outcomes.get(4)).kind()).isEqualTo(Kind.CONFLICT);
        for (int i = 0; i < 4; i++) {
            f.allowed(Ask.with(token(i)));
        }
    }

    @Test
    void more_than_a_thousand_at_once_are_a_mistake() {
        ImportedToken one = imported(token(1), Old.SHA256.hash(token(1).expose()));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        f.auth.acrossTenants().actingAs(Fixture.APP).importTokens(Collections.nCopies(1_001, one)))
                .withMessage("imports must hold at most 1000 tokens, were 1001");
        assertThat(f.changes()).isEmpty();
    }

    @Test
    void in_a_format_of_two_parts_the_public_key_finds_the_salted_hash() {
        TokenHasher hasher = TokenHasher.builder().accept(HashAlgorithm.BCRYPT).build();
        try (Fixture two = new Fixture(Fixture.TWO_PARTS, settings -> settings.hasher(hasher))) {
            String secret = "tasec_" + "s".repeat(43);
            String key = "tapub_" + "p".repeat(20);
            ImportedToken imported = ImportedToken.of(
                            Fixture.TENANT, TokenEnvironment.LIVE, Old.BCRYPT.hash(secret), key, MADE)
                    .name("CI")
                    .scopes("read:learners");
            Token stored = two.auth
                    .acrossTenants()
                    .actingAs(Fixture.APP)
                    .importToken(imported)
                    .orElseThrow();
            two.allowed(Ask.with(Secret.of(key + "." + secret)));
            StoredToken rehashed = two.tokens.get(Fixture.TENANT, stored.id()).orElseThrow();
            assertThat(rehashed.selector()).isEqualTo(key);
            assertThat(rehashed.hash()).isEqualTo(Old.SHA256.hash(secret));
        }
    }

    /**
     * The steps of docs/importing.md: accept the new pepper on all nodes, then make it current on all nodes, then remove the
     * old one.
     */
    @Test
    void a_pepper_is_rotated_without_a_token_that_fails() {
        TokenHasher first =
                TokenHasher.builder().pepper(1, KEY_1).currentPepper(1).build();
        TokenHasher bothAccepted = TokenHasher.builder()
                .pepper(1, KEY_1)
                .pepper(2, KEY_2)
                .currentPepper(1)
                .build();
        TokenHasher bothNewCurrent = TokenHasher.builder()
                .pepper(1, KEY_1)
                .pepper(2, KEY_2)
                .currentPepper(2)
                .build();
        TokenHasher second =
                TokenHasher.builder().pepper(2, KEY_2).currentPepper(2).build();

        IssuedToken used = node(first)
                .tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .issue(Fixture.settings())
                .orElseThrow();
        IssuedToken unused = node(first)
                .tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .issue(Fixture.settings())
                .orElseThrow();
        assertThat(f.stored(used).hash().algorithm()).isEqualTo("hmac-sha256:1");

        assertThat(allows(node(bothAccepted), used)).isTrue();
        assertThat(f.stored(used).hash().algorithm()).as("not yet").isEqualTo("hmac-sha256:1");
        assertThat(allows(node(bothNewCurrent), used)).isTrue();
        assertThat(f.stored(used).hash().algorithm()).isEqualTo("hmac-sha256:2");
        assertThat(allows(node(bothAccepted), used))
                .as("a node that is one step behind")
                .isTrue();
        assertThat(f.stored(used).hash().algorithm())
                .as("that node does not restore the old hash")
                .isEqualTo("hmac-sha256:2");
        assertThat(allows(node(second), used)).isTrue();
        assertThat(allows(node(second), unused))
                .as("not used during the rotation")
                .isFalse();
    }

    private LecternAuth node(TokenHasher hasher) {
        return LecternAuth.builder(Lectern.DIALECT)
                .tokens(f.tokens)
                .clock(f.clock)
                .hasher(hasher)
                .open();
    }

    private static boolean allows(LecternAuth node, IssuedToken token) {
        try (node) {
            return node.authenticate(Ask.with(token).request(), Requirement.anyToken()) instanceof Allowed;
        }
    }
}
