package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** Groups of tokens that are revoked, suspended or listed together, and a token that is revoked by its secret. */
class TokenGroupsTest {

    private static final Actor ADA = Actor.user("ada", Grant.everything());
    private static final Actor BOB = Actor.user("bob", Grant.everything());

    private final Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    private IssuedToken issue(String tenantId, Actor actor) {
        return f.auth.tenant(tenantId)
                .tokens()
                .actingAs(actor)
                .issue(Fixture.settings())
                .orElseThrow();
    }

    // ---- suspension

    @Test
    void every_token_of_a_suspended_tenant_is_denied_until_it_is_resumed() {
        IssuedToken token = f.issue();
        IssuedToken others = issue("school-2", ADA);
        assertThat(f.auth.tenant(Fixture.TENANT).actingAs(ADA).suspend().orElseThrow())
                .isTrue();
        IssuedToken later = f.issue();

        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.SUSPENDED);
        assertThat(f.refusal(Ask.with(later))).isEqualTo(Kind.SUSPENDED);
        f.allowed(Ask.with(others));

        assertThat(f.auth.tenant(Fixture.TENANT).actingAs(ADA).resume().orElseThrow())
                .isTrue();
        f.allowed(Ask.with(token));
        f.allowed(Ask.with(later));
    }

    @Test
    void a_suspension_is_visible_only_with_the_secret_and_consumes_no_permit() {
        IssuedToken token = f.issue();
        f.auth.tenant(Fixture.TENANT).actingAs(ADA).suspend();
        assertThat(f.refusal(Ask.with(Fixture.wrong(token)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.denied(Ask.with(token));
        assertThat(f.limits.taken).isEmpty();
    }

    @Test
    void a_revoked_token_of_a_suspended_tenant_is_a_revoked_one() {
        IssuedToken token = f.issue();
        f.auth.tenant(Fixture.TENANT).tokens().actingAs(ADA).revoke(token.id()).orElseThrow();
        f.auth.tenant(Fixture.TENANT).actingAs(ADA).suspend();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void a_suspension_and_its_end_are_written_down_once() {
        f.auth.tenant(Fixture.TENANT).actingAs(ADA).suspend();
        assertThat(f.auth.tenant(Fixture.TENANT).actingAs(ADA).suspend().orElseThrow())
                .isFalse();
        f.auth.tenant(Fixture.TENANT).actingAs(ADA).resume();
        assertThat(f.auth.tenant(Fixture.TENANT).actingAs(ADA).resume().orElseThrow())
                .isFalse();
        assertThat(f.changeNames()).containsExactly("tenant.suspended", "tenant.resumed");
        assertThat(f.changes()).allSatisfy(event -> {
            assertThat(event.actor()).isEqualTo("ada");
            assertThat(event.tokenId()).isNull();
        });
    }

    // ---- all at the same time

    @Test
    void all_tokens_of_a_tenant_are_revoked_and_each_is_written_down() {
        IssuedToken one = f.issue();
        IssuedToken two = issue(Fixture.TENANT, ADA);
        IssuedToken others = issue("school-2", ADA);
        assertThat(f.auth.tenant(Fixture.TENANT)
                        .tokens()
                        .actingAs(ADA)
                        .revokeAll()
                        .orElseThrow())
                .isEqualTo(2);
        assertThat(f.refusal(Ask.with(one))).isEqualTo(Kind.REVOKED);
        assertThat(f.refusal(Ask.with(two))).isEqualTo(Kind.REVOKED);
        f.allowed(Ask.with(others));
        assertThat(f.changes().stream().filter(event -> event.event().equals("token.revoked")))
                .extracting(AuditEvent::tokenId)
                .containsExactlyInAnyOrder(one.id(), two.id());
    }

    @Test
    void all_tokens_of_a_user_are_revoked_wherever_they_are() {
        IssuedToken here = issue(Fixture.TENANT, ADA);
        IssuedToken there = issue("school-2", ADA);
        IssuedToken bobs = issue(Fixture.TENANT, BOB);
        IssuedToken applications = f.issue();
        f.auth.acrossTenants().actingAs(Fixture.APP).revokeAllOf("ada");
        assertThat(f.refusal(Ask.with(here))).isEqualTo(Kind.REVOKED);
        assertThat(f.refusal(Ask.with(there))).isEqualTo(Kind.REVOKED);
        f.allowed(Ask.with(bobs));
        f.allowed(Ask.with(applications));
    }

    @Test
    void a_token_that_a_user_regenerated_is_of_that_users_group_and_of_no_others() {
        IssuedToken bobs = issue(Fixture.TENANT, BOB);
        IssuedToken again = regenerate(bobs, ADA);
        assertThat(f.stored(again).createdBy()).isEqualTo("bob");
        assertThat(f.stored(again).secretShownTo()).isEqualTo("ada");

        assertThat(revokeAllOf("bob")).isEmpty();
        f.allowed(Ask.with(again));
        assertThat(revokeAllOf("ada")).containsExactly(bobs.id());
        assertThat(f.refusal(Ask.with(again))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void a_rotation_leaves_the_predecessor_to_the_user_who_holds_its_secret() {
        IssuedToken bobs = issue(Fixture.TENANT, BOB);
        IssuedToken successor = f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(ADA)
                .rotate(bobs.id(), GracePeriod.of(Duration.ofDays(1)))
                .orElseThrow();
        assertThat(f.stored(bobs).secretShownTo()).isEqualTo("bob");
        assertThat(f.stored(successor).secretShownTo()).isEqualTo("ada");

        assertThat(revokeAllOf("ada")).containsExactly(successor.id());
        f.allowed(Ask.with(bobs));
        assertThat(revokeAllOf("bob")).containsExactly(bobs.id());
    }

    @Test
    void a_secret_that_the_application_generated_is_of_no_users_group() {
        IssuedToken bobs = issue(Fixture.TENANT, BOB);
        IssuedToken again = regenerate(bobs, Fixture.APP);
        assertThat(f.stored(again).secretShownTo()).isNull();
        assertThat(revokeAllOf("bob")).isEmpty();
        f.allowed(Ask.with(again));
    }

    @Test
    void a_change_that_shows_no_secret_moves_a_token_to_no_other_group() {
        IssuedToken bobs = issue(Fixture.TENANT, BOB);
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(ADA)
                .update(bobs.id(), new TokenUpdate().name("Ada's"))
                .orElseThrow();
        assertThat(f.stored(bobs).secretShownTo()).isEqualTo("bob");
    }

    private IssuedToken regenerate(IssuedToken token, Actor actor) {
        return f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(actor)
                .regenerate(token.id())
                .orElseThrow();
    }

    private List<String> revokeAllOf(String userId) {
        List<String> revoked = new ArrayList<>();
        long count = f.auth.acrossTenants()
                .actingAs(Fixture.APP)
                .revokeAllOf(userId, token -> revoked.add(token.id()))
                .orElseThrow();
        assertThat(count).isEqualTo(revoked.size());
        return revoked;
    }

    // ---- by secret

    @Test
    void a_leaked_token_can_be_revoked_by_its_secret() {
        IssuedToken token = f.issue();
        assertThat(f.auth.acrossTenants().actingAs(ADA).revokePresented(token.secret()))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.REVOKED));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
        assertThat(f.auth.acrossTenants().actingAs(ADA).revokePresented(token.secret()))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.ALREADY_REVOKED));
        assertThat(f.changeNames()).containsExactly("token.issued", "token.revoked");
    }

    @Test
    void a_text_that_only_resembles_a_token_revokes_nothing() {
        IssuedToken token = f.issue();
        assertThat(Fixture.refused(f.auth.acrossTenants().actingAs(ADA).revokePresented(Fixture.wrong(token)))
                        .kind())
                .isEqualTo(Kind.UNKNOWN_TOKEN);
        f.allowed(Ask.with(token));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sk_live_lectern_", "Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKpAbCd"})
    void a_malformed_token_is_refused_without_a_query(String text) {
        assertThat(Fixture.refused(f.auth.acrossTenants().actingAs(ADA).revokePresented(Secret.of(text)))
                        .kind())
                .isEqualTo(Kind.MALFORMED_TOKEN);
        assertThat(f.tokens.finds).hasValue(0);
    }

    @Test
    void in_a_format_of_two_parts_the_public_key_alone_revokes_nothing() {
        try (Fixture two = new Fixture(Fixture.TWO_PARTS)) {
            IssuedToken token = two.issue();
            IssuedToken other = two.issue();
            String mixed = token.secret().expose().split("\\.")[0] + "."
                    + other.secret().expose().split("\\.")[1];
            assertThat(Fixture.refused(two.auth.acrossTenants().actingAs(ADA).revokePresented(Secret.of(mixed)))
                            .kind())
                    .isEqualTo(Kind.UNKNOWN_TOKEN);
            assertThat(two.auth.acrossTenants().actingAs(ADA).revokePresented(token.secret()))
                    .isInstanceOfSatisfying(
                            Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.REVOKED));
        }
    }

    // ---- by family

    @Test
    void a_token_has_the_prefix_that_was_asked_for_and_so_have_those_that_follow_it() {
        try (Fixture of = new Fixture(family(4, "sk_live_", "rk_live_"))) {
            assertThat(of.issue().secret().expose()).startsWith("sk_live_");
            IssuedToken restricted = of.auth
                    .tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(ADA)
                    .issue(Fixture.settings().prefix("rk_live_"))
                    .orElseThrow();
            String id = restricted.id();
            IssuedToken again = of.auth
                    .tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(ADA)
                    .regenerate(id)
                    .orElseThrow();
            IssuedToken successor = of.auth
                    .tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(ADA)
                    .rotate(id, GracePeriod.untilRevoked())
                    .orElseThrow();
            for (IssuedToken token : List.of(restricted, again, successor)) {
                assertThat(token.secret().expose()).startsWith("rk_live_");
            }
            of.allowed(Ask.with(successor));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> of.auth
                            .tenant(Fixture.TENANT)
                            .tokens()
                            .actingAs(ADA)
                            .issue(Fixture.settings().prefix("rk_test_")));
        }
    }

    @Test
    void a_token_keeps_its_prefix_when_the_format_changes_and_gets_the_first_one_when_that_is_of_older_tokens_only() {
        try (Fixture of = new Fixture(family(4, "sk_live_", "rk_live_"))) {
            String id = of.auth
                    .tenant(Fixture.TENANT)
                    .tokens()
                    .issue(Fixture.settings().prefix("rk_live_"))
                    .orElseThrow()
                    .id();

            assertThat(regenerated(of, id, family(6, "rk_live_abc_", "sk_live_", "rk_live_")))
                    .matches("rk_live_[0-9A-Za-z]{32}");
            Dialect without = family(6, "sk_live_", "pk_live_");
            assertThatThrownBy(() -> regenerated(of, id, without)).hasMessageContaining("CONFLICT");
            Dialect older = without.toBuilder()
                    .legacyFormat(TokenFormat.builder()
                            .prefix(TokenEnvironment.LIVE, "rk_live_")
                            .body(TokenBody.of(TokenBody.BASE62, 32))
                            .build())
                    .build();
            assertThat(regenerated(of, id, older)).startsWith("sk_live_");
        }
    }

    private static Dialect family(int visible, String first, String... more) {
        return Lectern.DIALECT.toBuilder()
                .format(TokenFormat.builder()
                        .prefix(TokenEnvironment.LIVE, first, more)
                        .prefix(TokenEnvironment.TEST, "sk_test_", "rk_test_")
                        .body(TokenBody.of(TokenBody.BASE62, 32))
                        .visibleCharacters(visible)
                        .build())
                .build();
    }

    /** A regeneration by an application whose dialect has changed. */
    private static String regenerated(Fixture of, String id, Dialect changed) {
        try (LecternAuth auth = LecternAuth.builder(changed)
                .tokens(of.tokens)
                .clock(of.clock)
                .limits(of.limits)
                .open()) {
            IssuedToken fresh =
                    auth.tenant(Fixture.TENANT).tokens().regenerate(id).orElseThrow();
            return fresh.secret().expose();
        }
    }

    // ---- by expiry

    @Test
    void tokens_that_expire_before_a_date_are_found_page_by_page() {
        Instant now = f.clock.instant();
        Instant date = now.plus(Duration.ofDays(7));
        IssuedToken first = f.issue(Fixture.settings().expiresAt(now.plusSeconds(1)));
        IssuedToken second = f.issue(Fixture.settings().expiresAt(date.minusMillis(1)));
        f.issue(Fixture.settings().expiresAt(date));
        f.issue();
        IssuedToken rotated = f.issue();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .rotate(rotated.id(), GracePeriod.of(Duration.ofDays(1)))
                .orElseThrow();
        CursorPage<Token> all = f.auth.acrossTenants().expiringBefore(date, CursorPage.START, 10);
        assertThat(all.items()).extracting(Token::id).containsExactly(rotated.id(), second.id(), first.id());
        assertThat(f.auth.acrossTenants().expiringBefore(date, all.next(), 10).items())
                .isEmpty();
        CursorPage<Token> newest = f.auth.acrossTenants().expiringBefore(date, CursorPage.START, 1);
        assertThat(newest.items()).extracting(Token::id).containsExactly(rotated.id());
        assertThat(f.auth.acrossTenants().expiringBefore(date, newest.next(), 1).items())
                .extracting(Token::id)
                .containsExactly(second.id());

        f.clock.advance(Duration.ofSeconds(1));
        assertThat(f.auth.acrossTenants()
                        .expiringBefore(date, CursorPage.START, 10)
                        .items())
                .as("one that has ended does not end before a date any more")
                .extracting(Token::id)
                .containsExactly(rotated.id(), second.id());
    }
}
