package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: the store returns every field of a token as it was written. */
abstract class TokenFieldsContract extends TokenStoreFixture {

    /** The limits of text and number formats, hours that local clocks skip or have twice, and the number zero. */
    private static final List<Instant> ODD_TIMES = List.of(
            LAST_INSTANT,
            Instant.parse("2038-01-19T03:14:08.001Z"),
            Instant.parse("2026-03-29T02:30:00.999Z"),
            Instant.parse("2026-10-25T00:30:00.010Z"),
            Instant.parse("2026-10-25T01:30:00.010Z"),
            Instant.parse("1970-01-01T00:00:01Z"),
            Instant.EPOCH);

    @Test
    void keeps_every_field() {
        keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.TEST, "CI, nightly", CREATED)
                .description("Reads learners.\nWrites nothing.")
                .secret(newSelector(), newHash())
                .prefix("sk_test_lectern_")
                .displayPrefix("sk_test_lectern_ab12")
                .scopes(ScopeSet.parse("read:learners write:learners admin:tenant"))
                .allowlist(allowlist(List.of("10.0.0.0/8", "2001:db8::/32")))
                .rateLimits(Map.of("read", 1_000_000_000L, "write", 1L))
                .metadata(Map.of("team", "platform"))
                .createdBy("user-7")
                .secretShownTo("user-8")
                .expiresAt(CREATED.plusMillis(1))
                .gracePeriodEndsAt(CREATED.plusMillis(2))
                .notBefore(CREATED.plusMillis(5))
                .disabledAt(CREATED.plusMillis(6))
                .enabledAt(CREATED.plusMillis(7))
                .revokedAt(CREATED.plusMillis(3))
                .revocationReason("Leaked, says " + EMOJI)
                .lastUsedAt(CREATED.plusMillis(4))
                .expiryNotice(new ExpiryNotice(CREATED.plusMillis(8), Duration.ofDays(30)))
                .lineId(newId())
                .predecessorId(newId())
                .successorId(newId())
                .lifetimeStartedAt(CREATED.minusMillis(8))
                .selfRotatedAt(CREATED.plusMillis(9))
                .revision(7)
                .build());
    }

    @Test
    void absent_values_stay_absent() {
        keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.LIVE, "x", CREATED)
                .secret(newSelector(), newHash())
                .build());
    }

    @Test
    void an_empty_text_is_distinguished_from_no_text() {
        keeps(draft().description("").metadata(Map.of("empty", "")).build());
        keeps(draft().description(null).metadata(Map.of()).build());
    }

    @Test
    void keeps_texts_at_their_limits() {
        keeps(draft().name(EMOJI.repeat(100)).description(EMOJI.repeat(500)).build());
        keeps(draft().name("n".repeat(100)).description("\u5b66".repeat(500)).build());
    }

    @Test
    void keeps_texts_character_by_character() {
        for (String text : oddTexts()) {
            keeps(draft().description(text).build());
        }
        keeps(draft().name(" \u00c9cole \u2018cafe\u0301\u2019 \"%_\\' ").build());
    }

    @Test
    void keeps_ids_at_their_limits() {
        for (String character : List.of("x", EMOJI, "\u5b66")) {
            // Unused ids of the maximum length.
            tenant = newTenant() + character.repeat(255 - newTenant().length());
            String user = "user-" + UUID.randomUUID();
            user += character.repeat(255 - user.length());
            StoredToken token = draft().createdBy(user).secretShownTo(user).build();
            AuditEvent issued = event(tenant, "token.issued", token.id(), user);
            assertTrue(tokens.insert(token, TokenConstraints.uniqueName(CREATED), List.of(issued))
                    .stored()
                    .isPresent());
            assertEquals(user, stored(token).createdBy());
            assertEquals(user, stored(token).secretShownTo());
            assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, CREATED, List.of()));
            assertEquals(
                    List.of(token.id()),
                    revokeAll(new TokenGroup.OfUser(user), CREATED, this::ending).stream()
                            .map(StoredToken::id)
                            .toList());
            assertEquals(WriteResult.APPLIED, tokens.setGone(tenant, CREATED, List.of()));
            assertTrue(stored(token).tenantGone());
            assertEquals(2, events(tenant).size(), "events");
        }
    }

    /** An actor's id that is too long for a column, or has a character that a database refuses, must not keep a token alive. */
    @Test
    void no_actors_id_prevents_a_revocation() {
        for (String actor : List.of(
                "u".repeat(256), EMOJI.repeat(256), "x".repeat(100_000), "", "a\u0000b", "\ud83d", "two\nlines")) {
            StoredToken token = insert(draft().build());
            AuditEvent event = event(tenant, "token.revoked", token.id(), actor);
            assertEquals(
                    WriteResult.APPLIED,
                    tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED, List.of(event))));
            assertTrue(stored(token).isRevoked());
            assertTrue(events(tenant).contains(event), "the event of an actor of " + actor.length() + " characters");
        }
    }

    @Test
    void keeps_the_maximum_number_of_scopes() {
        List<Scope> scopes = IntStream.range(0, 200)
                .mapToObj(i -> Scope.of("action_delete:r" + i + "_".repeat(60)))
                .toList();
        keeps(draft().scopes(ScopeSet.of(scopes)).build());
    }

    @Test
    void keeps_resources_that_are_named_without_an_action() {
        keeps(draft().scopes(ScopeSet.ofRights(Map.of("courses", Set.of(), "learners", Set.of("action_read"))))
                .build());
        keeps(draft().scopes(ScopeSet.ofRights(Map.of("courses", Set.of()))).build());
    }

    @Test
    void keeps_the_maximum_number_of_blocks() {
        keeps(draft().allowlist(allowlist(IntStream.range(0, 100)
                        .mapToObj(i -> String.format(Locale.ROOT, "2001:db8:1111:2222:3333:4444:5555:%04x/128", i))
                        .toList()))
                .build());
    }

    /** A block can be written in several ways, and its owner must see the way that was chosen. */
    @Test
    void keeps_blocks_as_they_were_written_and_in_their_order() {
        keeps(draft().allowlist(allowlist(List.of(
                        "203.0.113.9", "203.0.113.9/32", "2001:DB8:0:0::/64", "::ffff:10.0.0.0/104", "10.0.0.0/8")))
                .build());
    }

    @Test
    void keeps_the_maximum_size_of_metadata() {
        Map<String, String> metadata = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            String number = String.format(Locale.ROOT, "%02d", i);
            metadata.put(number + EMOJI.repeat(62), number + EMOJI.repeat(498));
        }
        keeps(draft().metadata(metadata).build());
    }

    @Test
    void keeps_metadata_character_by_character() {
        Map<String, String> metadata = new HashMap<>();
        for (String text : oddTexts()) {
            metadata.put(text, text);
        }
        metadata.put("team", "lower");
        metadata.put("Team", "upper");
        metadata.put("team ", "blank");
        metadata.put("null", "null");
        keeps(draft().metadata(metadata).build());
    }

    @Test
    void keeps_times_to_the_millisecond() {
        for (Instant time : ODD_TIMES) {
            keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.LIVE, "CI", time)
                    .secret(newSelector(), newHash())
                    .expiresAt(time)
                    .gracePeriodEndsAt(time)
                    .notBefore(time)
                    .disabledAt(time)
                    .enabledAt(time)
                    .lifetimeStartedAt(time)
                    .selfRotatedAt(time)
                    .revokedAt(time)
                    .lastUsedAt(time)
                    .build());
        }
    }

    @Test
    void keeps_the_times_of_changes_to_the_millisecond() {
        for (Instant time : ODD_TIMES) {
            StoredToken token = insert(draft().build());
            // A store does not record a use later than its clock.
            Instant use = time.isAfter(Instant.now()) ? CREATED : time;
            noteUse(token, use);
            assertEquals(use, stored(token).lastUsedAt());
            StoredToken ended = stored(token).toBuilder()
                    .expiresAt(time)
                    .gracePeriodEndsAt(time)
                    .notBefore(time)
                    .disabledAt(time)
                    .enabledAt(time)
                    .selfRotatedAt(time)
                    .build();
            assertEquals(WriteResult.APPLIED, tokens.update(ended, TokenConstraints.none(), List.of()));
            assertEquals(time, stored(token).expiresAt());
            assertEquals(time, stored(token).gracePeriodEndsAt());
            assertEquals(time, stored(token).notBefore());
            assertEquals(time, stored(token).disabledAt());
            assertEquals(time, stored(token).enabledAt());
            assertEquals(time, stored(token).selfRotatedAt());
            assertEquals(WriteResult.APPLIED, tokens.revoke(SingleRevocation.of(tenant, token.id(), time, List.of())));
            assertEquals(time, stored(token).revokedAt());
        }
    }

    @Test
    void a_tenant_can_be_suspended_at_any_time() {
        StoredToken token = insert(draft().build());
        for (Instant time : ODD_TIMES) {
            assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, time, List.of()));
            assertTrue(stored(token).tenantSuspended(), "suspended at " + time);
            assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, null, List.of()));
            assertFalse(stored(token).tenantSuspended());
        }
    }

    private void keeps(StoredToken token) {
        StoredToken inserted = insert(token);
        StoredToken expected = token.toBuilder().number(inserted.number()).build();
        assertFields(expected, inserted);
        assertFields(expected, stored(token));
        List<StoredToken> found = Lookups.rows(tokens, token.selector());
        assertEquals(1, found.size(), "tokens found by the selector");
        assertFields(expected, found.get(0));
    }

    /** Returns texts of at most 64 characters that code which joins, escapes, trims or encodes carelessly would change. */
    private static List<String> oddTexts() {
        return List.of(
                "a=b&c=d%20e+f;g,h",
                "two\nlines\r\nand\ta tab",
                "\"quoted\" 'quoted' \\back\\slash\\n",
                " blanks around ",
                EMOJI + " \u5b66\u6821 \u0634 \u00e9 e\u0301 \u2028",
                "%_?:{}[]$1",
                "'; DROP TABLE tokens; --",
                "NULL");
    }
}
