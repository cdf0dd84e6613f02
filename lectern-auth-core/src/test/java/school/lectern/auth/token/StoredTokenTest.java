package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
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

    @Test
    void whatever_a_request_is_judged_by_is_a_change_that_decides() {
        for (UnaryOperator<StoredTokenBuilder> edit : List.<UnaryOperator<StoredTokenBuilder>>of(
                b -> b.secret("other", HASH),
                b -> b.secret("selector", TokenHash.of("sha256", "01".repeat(32))),
                b -> b.secret("selector", TokenHash.of("sha512", "00".repeat(32))),
                b -> b.scopes(ScopeSet.parse("read:learners")),
                b -> b.rateLimits(Map.of("read", 1L)),
                b -> b.allowlist(IpAllowlist.unreadable()),
                b -> b.expiresAt(END),
                b -> b.gracePeriodEndsAt(END),
                b -> b.revokedAt(END))) {
            assertThat(token.hasSameAuthorization(with(edit))).isFalse();
            assertThat(with(edit).hasSameAuthorization(token)).isFalse();
        }
    }

    @Test
    void names_and_notes_decide_nothing() {
        StoredToken renamed = with(b -> b.name("new")
                .description("d")
                .metadata(Map.of("k", "v"))
                .lastUsedAt(END)
                .successorId("b")
                .predecessorId("c")
                .revision(7));

        assertThat(token.hasSameAuthorization(renamed)).isTrue();
    }

    @Test
    void collections_are_copied_on_construction() {
        Map<String, String> notes = new HashMap<>(Map.of("k", "v"));
        StoredToken kept = with(b -> b.metadata(notes));
        notes.put("k", "changed");

        assertThat(kept.metadata()).containsExactly(Map.entry("k", "v"));
    }
}
