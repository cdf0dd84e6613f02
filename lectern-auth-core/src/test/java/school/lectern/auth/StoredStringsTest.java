package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitState;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.PermitResult;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;

/**
 * Every string that the library stores, exports or uses as the name of a counter. Databases and log archives contain them, so
 * they stay the same when classes, constants and methods are renamed.
 */
class StoredStringsTest {

    private final Fixture f = new Fixture(AuditMode.DURABLE);

    @AfterEach
    void close() {
        f.close();
    }

    /** New kinds are added at the end of this list. */
    @Test
    void the_codes_of_errors() {
        assertThat(Stream.of(Kind.values()).map(Kind::code))
                .containsExactlyInAnyOrder(
                        "MISSING_CREDENTIAL",
                        "OTHER_SCHEME",
                        "MALFORMED_CREDENTIAL",
                        "MALFORMED_TOKEN",
                        "UNKNOWN_TOKEN",
                        "REVOKED",
                        "SUSPENDED",
                        "TENANT_GONE",
                        "EXPIRED",
                        "ADDRESS_NOT_ALLOWED",
                        "ENVIRONMENT_MISMATCH",
                        "TENANT_MISMATCH",
                        "UNSUPPORTED_VERSION",
                        "INSUFFICIENT_SCOPE",
                        "FORBIDDEN",
                        "TOKENS_MANAGE_NOTHING",
                        "NOT_FOUND",
                        "TOKEN_NOT_FOUND",
                        "TENANT_NOT_FOUND",
                        "METHOD_NOT_ALLOWED",
                        "INVALID_REQUEST",
                        "UNSUPPORTED_MEDIA_TYPE",
                        "CONFLICT",
                        "NAME_TAKEN",
                        "TOO_MANY_TOKENS",
                        "RATE_LIMITED",
                        "CREATION_LIMITED",
                        "UNAVAILABLE",
                        "PENDING",
                        "DISABLED",
                        "NOT_YET_VALID",
                        "IDLE",
                        "INSECURE_TRANSPORT");
    }

    @Test
    void the_events_of_changes_with_their_details() {
        Token first = f.issue().token();
        f.auth.acrossTenants().actingAs(APP).importToken(imported()).orElseThrow();
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .update(first.id(), Fixture.asUpdate(allFields()))
                .orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate(first.id()).orElseThrow();
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .rotate(first.id(), GracePeriod.none())
                .orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(APP).disable(first.id()).orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(APP).enable(first.id()).orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(first.id()).orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(APP).revokeAll().orElseThrow();
        f.auth.tenant(TENANT).actingAs(APP).suspend().orElseThrow();
        f.auth.tenant(TENANT).actingAs(APP).resume().orElseThrow();
        f.auth.tenant(TENANT).actingAs(APP).markGone().orElseThrow();

        assertThat(changes(TENANT))
                .containsExactly(
                        "token.issued done {}",
                        "token.imported done {algorithm=sha256}",
                        "token.updated done {changed=description,expires_at,ip_allowlist,metadata,name,not_before,rate_limits,scopes}",
                        "token.regenerated done {}",
                        "token.rotated done {successor}",
                        "token.issued done {predecessor}",
                        "token.disabled done {}",
                        "token.enabled done {}",
                        "token.revoked done {}",
                        "token.revoked done {together=true}",
                        "token.revoked done {together=true}",
                        "tenant.suspended done {}",
                        "tenant.resumed done {}",
                        "tenant.gone done {}");
        f.auth.tenant(TENANT).actingAs(APP).erase().orElseThrow();
        assertThat(changes(null)).containsExactly("tenant.erased done {tenant=" + TENANT + "}");
    }

    /** Returns each event with its outcome and details, without randomly generated ids. */
    private List<String> changes(String tenantId) {
        return f.changes.readWritten(tenantId, CursorPage.START, f.changes.settled(), 100).items().stream()
                .map(event -> event.event() + " " + event.outcome() + " "
                        + event.details().toString().replaceAll("=apitoken_[0-9a-f-]+", ""))
                .toList();
    }

    private static ImportedToken imported() {
        TokenHash hash = TokenHash.of("sha256", "ab".repeat(32));
        Instant created = Instant.parse("2020-01-01T00:00:00Z");
        return ImportedToken.of(TENANT, TokenEnvironment.LIVE, hash, "sk_live_lectern_abcd", created)
                .name("CI")
                .scopes("read:learners");
    }

    private static TokenSettings<?> allFields() {
        return Fixture.settings()
                .name("other")
                .description("said")
                .scopes(ScopeSet.parse("read:courses"))
                .expiresAt(Instant.parse("2999-01-01T00:00:00Z"))
                .noNotBefore()
                .allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8"))))
                .rateLimits(Map.of("read", 5L))
                .metadata(Map.of("k", "v"));
    }

    @Test
    void the_outcomes_of_calls_and_the_names_of_counters() {
        InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
        for (PermitResult result : PermitResult.values()) {
            counters.permitRequested("read", result);
        }
        f.allowed(Ask.with(f.issue()));
        f.refusal(Ask.with(f.issue()).needing(Requirement.scope("write:courses")));

        assertThat(f.calls.all().stream().map(event -> event.event() + " " + event.outcome()))
                .containsExactly("call allowed", "call denied:INSUFFICIENT_SCOPE");
        assertThat(new TreeSet<>(counters.snapshot().keySet()))
                .contains(
                        "allowed",
                        "denied:EXPIRED",
                        "decisions:none",
                        "decisions:cache",
                        "decisions:store",
                        "decisionNanos",
                        "permits:read:granted",
                        "permits:read:refused",
                        "permits:read:uncounted",
                        "tokens:token.issued",
                        "tokens:token.imported",
                        "tokens:token.updated",
                        "tokens:token.regenerated",
                        "tokens:token.rotated",
                        "tokens:token.revoked",
                        "tokens:token.rehashed",
                        "cacheSize",
                        "auditPending",
                        "auditDropped",
                        "hits",
                        "misses",
                        "readThroughs",
                        "invalidated",
                        "polls",
                        "failedPolls",
                        "leaseAgeMillis",
                        "clockSkewMillis");
        assertThat(AuditEvent.CALL).isEqualTo("call");
    }

    @Test
    void the_algorithms_and_forms_of_hashes() {
        assertThat(Stream.of(HashAlgorithm.values()).map(HashAlgorithm::text))
                .containsExactly("sha256", "sha512", "bcrypt", "argon2id");
        assertThat(TokenHash.hmacSha256(7, "ab".repeat(32)).algorithm()).isEqualTo("hmac-sha256:7");
        StoredToken token = f.stored(f.issue());
        assertThat(token.hash().algorithm()).isEqualTo("sha256");
        assertThat(token.selector()).matches("[0-9a-f]{32}");
        assertThat(token.hash().expose()).matches("[0-9a-f]{64}");
    }

    @Test
    void the_texts_of_values() {
        assertThat(TokenEnvironment.LIVE.name()).isEqualTo("live");
        assertThat(TokenEnvironment.TEST.name()).isEqualTo("test");
        assertThat(ScopeSet.parse("write:courses read:learners").toString()).isEqualTo("write:courses read:learners");
        assertThat(Fixture.allowlist("2001:db8::/32").blocks()).contains(List.of("2001:db8::/32"));
        assertThat(Lectern.DIALECT.limits().limits().keySet()).containsExactlyInAnyOrder("read", "write", "bulk");
    }

    /** The shape is part of a counter's key, and the count is a column. */
    @Test
    void the_shapes_of_limits_and_the_forms_of_counts() {
        Duration minute = Duration.ofMinutes(1);
        assertThat(Stream.of(RateLimit.fixed(5, minute), RateLimit.sliding(5, minute), RateLimit.gcra(5, minute))
                        .flatMap(limit -> encodings(limit).stream()))
                .containsExactly(
                        "fixed/60000",
                        "fixed:0:1778160180000,1",
                        "fixed:1:1778160180000,1;1778156670000;1778156580000,2",
                        "sliding/60000",
                        "sliding:0:296360035,1,0,0,0,0,0,0,0,0,0,0",
                        "sliding:1:296360035,1,0,0,0,0,0,0,0,0,0,0;1778156670000;296359435,2,0,0,0,0,0,0,0,0,0,0",
                        "gcra/60000",
                        "gcra:0:1778160210000,60000,5",
                        "gcra:1:1778160210000,60000,5;1778156670000;1778156610000,120000,5");
    }

    /** Returns the shape, the count after a take, and the count after the clock was set back by an hour. */
    private static List<String> encodings(RateLimit limit) {
        long now = Instant.parse("2026-05-07T13:23:30Z").toEpochMilli();
        LimitState count = limit.take(null, now).count();
        LimitState setBack = limit.take(count, now - 3_600_000).count();
        return List.of(limit.shape(), count.toString(), setBack.toString());
    }
}
