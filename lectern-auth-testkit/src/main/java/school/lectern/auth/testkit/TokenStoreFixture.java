package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/** The storage under test, and the fixtures that all subjects of {@link TokenStoreContract} share. */
abstract class TokenStoreFixture {

    /** A time that some local clocks skip: a store that keeps local time would return another time. */
    static final Instant CREATED = Instant.parse("2026-03-29T01:30:00.123Z");

    static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59.999Z");

    /** One character to a reader, two {@code char}s in Java, four bytes in a database. */
    static final String EMOJI = "\uD83D\uDE00";

    TokenStore tokens;
    AuditLog audit;
    String tenant = newTenant();

    /** Returns the contract that this subject is nested in. */
    abstract TokenStoreContract contract();

    @BeforeEach
    void useStorage() {
        tokens = contract().storage().tokens();
        audit = contract().storage().audit();
    }

    /** Returns how often to run each race. */
    int rounds() {
        return contract().rounds();
    }

    TokenInsert newToken(StoredToken token, TokenConstraints rule) {
        return new TokenInsert(
                token, List.of(token.selector()), rule, event(token.tenantId(), "token.imported", token.id()));
    }

    TokenInsert newToken(StoredToken token) {
        return newToken(token, TokenConstraints.none());
    }

    AuditEvent ending(StoredToken token) {
        return ending(token.tenantId(), token.id());
    }

    AuditEvent ending(String tenantId, String tokenId) {
        return event(tenantId, "token.revoked", tokenId);
    }

    /** Revokes the group and returns the tokens that the observer received; their count must be that of the revoked tokens. */
    List<StoredToken> revokeAll(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        List<StoredToken> observed = new ArrayList<>();
        long revoked = tokens.revokeAll(new GroupRevocation(group, at, event).observedBy(observed::add));
        assertEquals(revoked, observed.size(), "count of observed tokens");
        return observed;
    }

    static Set<String> ids(List<StoredToken> rows) {
        return rows.stream().map(StoredToken::id).collect(Collectors.toSet());
    }

    static int onlyOneDone(List<WriteResult> outcomes) {
        assertEquals(1, outcomes.stream().filter(o -> o == WriteResult.APPLIED).count(), "changes made of " + outcomes);
        return outcomes.indexOf(WriteResult.APPLIED);
    }

    StoredTokenBuilder draft() {
        return draftOf(tenant);
    }

    static StoredTokenBuilder draftOf(String tenantId) {
        return draftOf(tenantId, newId());
    }

    static StoredTokenBuilder draftOf(String tenantId, String id) {
        return StoredToken.builder(id, tenantId, TokenEnvironment.LIVE, "CI", CREATED)
                .secret(newSelector(), newHash())
                .prefix("sk_live_lectern_")
                .displayPrefix("sk_live_lectern_ab12");
    }

    static StoredToken renamed(StoredToken token, String name) {
        return token.toBuilder().name(name).build();
    }

    static StoredToken successorOf(StoredToken token) {
        return draftOf(token.tenantId())
                .predecessorId(token.id())
                .lineId(token.lineId())
                .build();
    }

    /** Returns the token as it must be after the rotation to the successor. */
    static StoredToken rotated(StoredToken token, StoredToken successor) {
        return token.toBuilder()
                .successorId(successor.id())
                .gracePeriodEndsAt(CREATED.plus(Duration.ofDays(1)))
                .build();
    }

    List<AuditEvent> rotation(StoredToken token, StoredToken successor) {
        return List.of(event("token.rotated", token.id()), event("token.issued", successor.id()));
    }

    StoredToken insert(StoredToken token) {
        return tokens.insert(token, TokenConstraints.none(), List.of()).stored().orElseThrow();
    }

    void revoke(StoredToken token) {
        assertEquals(
                WriteResult.APPLIED,
                tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED.plusSeconds(1), List.of())));
    }

    void noteUse(StoredToken token, Instant at) {
        tokens.recordLastUsed(Map.of(token.id(), at), Duration.ZERO);
    }

    StoredToken stored(StoredToken token) {
        return tokens.get(tenant, token.id()).orElseGet(() -> fail("token " + token.id() + " does not exist"));
    }

    List<String> idsFound(String selector) {
        return Lookups.rows(tokens, selector).stream().map(StoredToken::id).toList();
    }

    List<String> idsListed(long before, int limit) {
        return tokens.list(TokenFilter.ofTenant(tenant).before(before).limit(limit)).stream()
                .map(StoredToken::id)
                .toList();
    }

    /** Asserts that the change is refused as stale: the token is as before, and there is no new event. */
    void isStale(Callable<WriteResult> change, StoredToken token) {
        StoredToken before = stored(token);
        List<AuditEvent> eventsBefore = events(tenant);
        try {
            assertEquals(WriteResult.STALE, change.call());
        } catch (Exception thrown) {
            fail("a stale change must not throw", thrown);
        }
        assertFields(before, stored(token));
        assertEquals(List.of(token.id()), idsFound(stored(token).selector()));
        assertEquals(eventsBefore, events(tenant), "a change that was not applied writes no event");
    }

    /** Compares field by field, because the text of a token has only its id. */
    static void assertFields(StoredToken expected, StoredToken actual) {
        for (Method accessor : StoredToken.class.getDeclaredMethods()) {
            if (isAccessor(accessor)) {
                assertEquals(value(accessor, expected), value(accessor, actual), "the token's " + accessor.getName());
            }
        }
        assertEquals(expected, actual, "the token");
        // Two spellings of a block are equal; the one that was written is to be kept.
        assertEquals(String.valueOf(expected.allowlist()), String.valueOf(actual.allowlist()), "the token's blocks");
    }

    private static boolean isAccessor(Method method) {
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && method.getParameterCount() == 0
                && !List.of("toBuilder", "toString", "hashCode").contains(method.getName());
    }

    private static @Nullable Object value(Method accessor, StoredToken token) {
        try {
            return accessor.invoke(token);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    AuditEvent event(String what, String tokenId) {
        return event(tenant, what, tokenId);
    }

    static AuditEvent event(String tenantId, String what, String tokenId) {
        return event(tenantId, what, tokenId, "user-7");
    }

    static AuditEvent event(String tenantId, String what, String tokenId, String actor) {
        return AuditEvent.builder(UUID.randomUUID().toString(), CREATED, what, "done")
                .requestId("req_" + UUID.randomUUID())
                .tenantId(tenantId)
                .tokenId(tokenId)
                .method("POST")
                .endpoint("/tokens/\u5b66")
                .actor(actor)
                .details(Map.of("note", "a=b&c\n" + EMOJI))
                .build();
    }

    /** Asserts that exactly these events of the tenant are visible, in any order. */
    void assertEvents(List<AuditEvent> expected) {
        List<AuditEvent> visible = events(tenant);
        assertEquals(expected.size(), visible.size(), "events");
        assertEquals(new HashSet<>(expected), new HashSet<>(visible));
    }

    List<AuditEvent> events(String tenantId) {
        return audit.read(tenantId, null, null, CursorPage.START, 100).items();
    }

    static String newTenant() {
        return "tenant-" + UUID.randomUUID();
    }

    static String newId() {
        return "apitoken_" + UUID.randomUUID();
    }

    static String newSelector() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    static TokenHash newHash() {
        return TokenHash.of("sha256", newSelector() + newSelector());
    }

    static IpAllowlist allowlist(List<String> blocks) {
        return IpAllowlist.of(blocks.stream().map(IpRange::parse).toList());
    }

    /** Returns texts that the collation of some database takes for the given text. */
    static List<String> lookAlikes(String text) {
        return List.of(
                text.toUpperCase(Locale.ROOT),
                text.replaceFirst("e", "E"),
                text.replaceFirst("e", "\u00e9"),
                text.replaceFirst("e", "e\u0301"),
                text + " ",
                " " + text,
                text + "\u200b",
                text.substring(0, text.length() - 1) + "_",
                text.substring(0, text.length() - 1) + "%");
    }
}
