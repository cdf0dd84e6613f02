package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeEach;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/** The feed under test, and the fixtures that all subjects of {@link ChangeFeedContract} share. */
abstract class ChangeFeedFixture {

    static final Instant NOW = Instant.parse("2026-03-29T01:30:00Z");

    static final Duration SECOND = Duration.ofSeconds(1);

    final String tenant = "tenant-" + UUID.randomUUID();
    TokenStore tokens;
    ChangeFeed feed;

    /** Returns the contract that this subject is nested in. */
    abstract ChangeFeedContract contract();

    @BeforeEach
    void useStore() {
        tokens = contract().tokens();
        feed = contract().feed();
    }

    /** Returns how often to run each race. */
    int rounds() {
        return contract().rounds();
    }

    Position newest() {
        return feed.since(Position.NONE).newest();
    }

    long number() {
        return newest().number();
    }

    List<Change> changesSince(Position known) {
        return feed.since(known).changes().orElseThrow();
    }

    static void done(WriteResult outcome) {
        assertEquals(WriteResult.APPLIED, outcome);
    }

    void revoke(StoredToken token) {
        done(tokens.revoke(SingleRevocation.of(tenant, token.id(), NOW, List.of())));
    }

    StoredToken current(StoredToken token) {
        return tokens.get(tenant, token.id()).orElseThrow();
    }

    StoredTokenBuilder draftOf(StoredToken token) {
        return current(token).toBuilder();
    }

    StoredToken insert() {
        return insert(draft());
    }

    StoredToken insert(StoredTokenBuilder draft) {
        Optional<StoredToken> inserted =
                tokens.insert(draft.build(), TokenConstraints.none(), List.of()).stored();
        assertFalse(inserted.isEmpty(), "inserted");
        return inserted.orElseThrow();
    }

    StoredTokenBuilder draft() {
        return StoredToken.builder("apitoken_" + UUID.randomUUID(), tenant, TokenEnvironment.LIVE, "CI", NOW)
                .secret(newHex(), newHash());
    }

    static String newHex() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    static TokenHash newHash() {
        return TokenHash.of("sha256", newHex() + newHex());
    }

    long revokeAll(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        return tokens.revokeAll(new GroupRevocation(group, at, event));
    }

    static AuditEvent event(String tenantId, String tokenId) {
        return AuditEvent.builder(UUID.randomUUID().toString(), NOW, "token.revoked", "done")
                .tenantId(tenantId)
                .tokenId(tokenId)
                .build();
    }
}
