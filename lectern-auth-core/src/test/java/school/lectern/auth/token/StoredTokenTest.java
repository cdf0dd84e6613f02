package school.lectern.auth.token;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

class StoredTokenTest {

    private static final Instant END = Instant.parse("2026-05-07T12:00:00Z");
    private static final TokenHash HASH = TokenHash.of("sha256", "00".repeat(32));

    private final StoredToken token = StoredToken.builder("a", "t", TokenEnvironment.LIVE, "name", Instant.EPOCH)
            .secret("selector", HASH)
            .build();

    private StoredToken with(UnaryOperator<StoredTokenBuilder> edit) {
        return edit.apply(token.toBuilder()).build();
    }

    @Test
    void an_end_is_half_open() {
        StoredToken ending = with(b -> b.expiresAt(END));

        assertThat(ending.isExpired(END.minusNanos(1))).isFalse();
        assertThat(ending.isExpired(END)).isTrue();
        assertThat(ending.isExpired(END.plusNanos(1))).isTrue();
        assertThat(token.isExpired(Instant.MAX)).isFalse();
    }

    @Test
    void the_end_is_the_earlier_of_expiry_and_overlap() {
        assertThat(with(b -> b.expiresAt(END)).effectiveExpiry()).isEqualTo(END);
        assertThat(with(b -> b.gracePeriodEndsAt(END)).effectiveExpiry()).isEqualTo(END);
        assertThat(with(b -> b.expiresAt(END).gracePeriodEndsAt(END.plusMillis(1)))
                        .effectiveExpiry())
                .isEqualTo(END);
        assertThat(with(b -> b.expiresAt(END.plusMillis(1)).gracePeriodEndsAt(END))
                        .effectiveExpiry())
                .isEqualTo(END);
        assertThat(token.effectiveExpiry()).isNull();
    }

    @Test
    void a_token_is_active_until_it_is_revoked_or_ends() {
        assertThat(with(b -> b.expiresAt(END)).isActive(END.minusMillis(1))).isTrue();
        assertThat(with(b -> b.expiresAt(END)).isActive(END)).isFalse();
        assertThat(with(b -> b.revokedAt(END)).isActive(Instant.EPOCH)).isFalse();
    }

    /** The fields by which requests are decided: a change of one of them takes a sequence number. */
    private static final Map<String, UnaryOperator<StoredTokenBuilder>> NUMBERED = Map.ofEntries(
            entry("key", b -> b.secret("other", HASH)),
            entry("hash", b -> b.secret("selector", TokenHash.of("sha512", "00".repeat(32)))),
            entry("scopes", b -> b.scopes(ScopeSet.parse("read:learners"))),
            entry("rateLimits", b -> b.rateLimits(Map.of("read", 1L))),
            entry("allowlist", b -> b.allowlist(IpAllowlist.unreadable())),
            entry("expiresAt", b -> b.expiresAt(END)),
            entry("gracePeriodEndsAt", b -> b.gracePeriodEndsAt(END)),
            entry("notBefore", b -> b.notBefore(END)),
            entry("disabledAt", b -> b.disabledAt(END)),
            entry("enabledAt", b -> b.enabledAt(END)),
            entry("lifetimeStartedAt", b -> b.lifetimeStartedAt(END)),
            entry("selfRotatedAt", b -> b.selfRotatedAt(END)),
            entry("revokedAt", b -> b.revokedAt(END)));

    /** The fields that decide nothing. */
    private static final Map<String, UnaryOperator<StoredTokenBuilder>> NOT_NUMBERED = Map.ofEntries(
            entry("number", b -> b.number(7)),
            entry("name", b -> b.name("new")),
            entry("description", b -> b.description("d")),
            entry("prefix", b -> b.prefix("p")),
            entry("displayPrefix", b -> b.displayPrefix("p")),
            entry("metadata", b -> b.metadata(Map.of("k", "v"))),
            entry("createdBy", b -> b.createdBy("ada")),
            entry("secretShownTo", b -> b.secretShownTo("ada")),
            entry("revocationReason", b -> b.revocationReason("leaked")),
            entry("lastUsedAt", b -> b.lastUsedAt(END)),
            entry("expiryNotice", b -> b.expiryNotice(new ExpiryNotice(END, Duration.ofDays(1)))),
            entry("lineId", b -> b.lineId("first")),
            entry("predecessorId", b -> b.predecessorId("c")),
            entry("successorId", b -> b.successorId("b")),
            entry("revision", b -> b.revision(7)));

    /** The fields of a token's identity, which no change of a row can change, and the state of its tenant's row. */
    private static final Set<String> OF_NO_CHANGE =
            Set.of("id", "tenantId", "environment", "createdAt", "tenantSuspended", "tenantGone");

    /** The fields that contain the other ones in a form that is faster to read, and those that are not part of the value. */
    private static final Set<String> FOR_SPEED = Set.of(
            "digest1",
            "digest2",
            "digest3",
            "digest4",
            "algorithm",
            "otherHash",
            "otherKey",
            "endMillis",
            "startMillis",
            "marks",
            "readNanos",
            "take",
            "useNotedAt");

    private static Stream<String> fieldsOf(Class<?> type) {
        return Stream.of(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName);
    }

    @Test
    void every_field_is_numbered_or_not() {
        Set<String> known = new TreeSet<>(OF_NO_CHANGE);
        known.addAll(NUMBERED.keySet());
        known.addAll(NOT_NUMBERED.keySet());
        assertThat(fieldsOf(StoredTokenBuilder.class))
                .as("the values of a token, each in exactly one of the lists")
                .containsExactlyInAnyOrderElementsOf(known);
        Set<String> fields = new TreeSet<>(known);
        fields.removeAll(Set.of("key", "hash", "tenantSuspended", "tenantGone"));
        fields.addAll(FOR_SPEED);
        assertThat(Stream.concat(
                        fieldsOf(StoredToken.class).filter(name -> !name.equals("rare")),
                        Stream.of(StoredToken.class.getDeclaredClasses())
                                .filter(Class::isRecord)
                                .flatMap(StoredTokenTest::fieldsOf)))
                .as("the fields of a token, each in exactly one of the lists")
                .containsExactlyInAnyOrderElementsOf(fields);
        assertThat(NUMBERED.size() + NOT_NUMBERED.size() + OF_NO_CHANGE.size()).isEqualTo(known.size());
    }

    @Test
    void a_field_by_which_requests_are_decided_is_a_change_that_decides() {
        NUMBERED.forEach((field, edit) -> {
            assertThat(token.hasSameAuthorization(with(edit))).as(field).isFalse();
            assertThat(with(edit).hasSameAuthorization(token)).as(field).isFalse();
        });
        UnaryOperator<StoredTokenBuilder> otherHash =
                b -> b.secret("selector", TokenHash.of("sha256", "01".repeat(32)));
        assertThat(token.hasSameAuthorization(with(otherHash))).isFalse();
    }

    @Test
    void other_fields_decide_nothing() {
        NOT_NUMBERED.forEach((field, edit) -> {
            assertThat(with(edit)).as(field).isNotEqualTo(token);
            assertThat(token.hasSameAuthorization(with(edit))).as(field).isTrue();
        });
    }

    @Test
    void a_start_is_half_open() {
        StoredToken starting = with(b -> b.notBefore(END));
        assertThat(starting.isNotYetValid(END.minusNanos(1))).isTrue();
        assertThat(starting.isNotYetValid(END)).isFalse();
        assertThat(token.isNotYetValid(Instant.MIN)).isFalse();
    }

    @Test
    void a_token_that_was_not_rotated_from_another_begins_a_line() {
        assertThat(token.lineId()).isEqualTo("a");
        assertThat(with(b -> b.lineId("first")).lineId()).isEqualTo("first");
    }

    @Test
    void collections_are_copied_on_construction() {
        Map<String, String> notes = new HashMap<>(Map.of("k", "v"));
        StoredToken kept = with(b -> b.metadata(notes));
        notes.put("k", "changed");

        assertThat(kept.metadata()).containsExactly(Map.entry("k", "v"));
    }
}
