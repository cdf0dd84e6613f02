package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** A tenant that is marked as gone and then erased. */
class GoneTenantTest {

    private static final Actor ADA = Actor.user("ada", Grant.everything());
    private static final String TENANT = Fixture.TENANT;
    private static final String OTHER = "school-2";

    private final Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    private IssuedToken issue(String tenantId) {
        return f.auth.tenant(tenantId)
                .tokens()
                .actingAs(ADA)
                .issue(Fixture.settings())
                .orElseThrow();
    }

    @Test
    void every_token_of_a_tenant_that_is_gone_is_denied() {
        IssuedToken token = f.issue();
        IssuedToken others = issue(OTHER);
        assertThat(f.auth.tenant(TENANT).actingAs(ADA).markGone().orElseThrow()).isTrue();

        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        f.allowed(Ask.with(others));
        assertThat(f.limits.taken)
                .as("permits taken, none for the denied token")
                .hasSize(1);
        assertThat(f.auth.tenant(TENANT).actingAs(ADA).markGone().orElseThrow()).isFalse();
        assertThat(f.changeNames()).containsExactly("token.issued", "tenant.gone");
    }

    @Test
    void a_gone_tenant_is_visible_only_with_the_secret_of_a_token_that_is_not_revoked() {
        IssuedToken token = f.issue();
        f.auth.tenant(TENANT).actingAs(ADA).suspend();
        f.auth.tenant(TENANT).actingAs(ADA).markGone();
        assertThat(f.refusal(Ask.with(Fixture.wrong(token)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        f.auth.tenant(TENANT).tokens().actingAs(ADA).revoke(token.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void nothing_makes_a_secret_for_it_or_takes_its_end_back() {
        String id = f.issue().id();
        f.auth.tenant(TENANT).actingAs(ADA).markGone();
        ImportedToken imported = f.imported(TENANT);
        List<Outcome<?>> outcomes = List.of(
                f.auth.tenant(TENANT).tokens().actingAs(ADA).issue(Fixture.settings()),
                f.auth.acrossTenants().actingAs(ADA).importToken(imported),
                f.auth.tenant(TENANT).tokens().actingAs(ADA).update(id, new TokenUpdate().name("late")),
                f.auth.tenant(TENANT).tokens().actingAs(ADA).regenerate(id),
                f.auth.tenant(TENANT).tokens().actingAs(ADA).rotate(id, GracePeriod.untilRevoked()),
                f.auth.tenant(TENANT).actingAs(ADA).resume());

        assertThat(outcomes)
                .allSatisfy(
                        outcome -> assertThat(Fixture.refused(outcome).kind()).isEqualTo(Kind.TENANT_NOT_FOUND));
        assertThat(f.auth.tenant(TENANT).actingAs(ADA).suspend().orElseThrow())
                .as("the tenant's tokens are denied already")
                .isFalse();
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(1);
        assertThat(f.changeNames()).containsExactly("token.issued", "tenant.gone");
    }

    @Test
    void a_creation_for_it_spends_no_permit() {
        try (Fixture house = new Fixture(LearnHouse.DIALECT)) {
            house.auth.tenant(TENANT).actingAs(ADA).markGone();
            Outcome<IssuedToken> outcome =
                    house.auth.tenant(TENANT).tokens().actingAs(ADA).issue(NewToken.named("CI"));
            assertThat(Fixture.refused(outcome).kind()).isEqualTo(Kind.TENANT_NOT_FOUND);
            assertThat(house.limits.taken).isEmpty();
        }
    }

    @Test
    void its_tokens_can_still_be_read_and_revoked() {
        IssuedToken one = f.issue();
        IssuedToken two = f.issue();
        f.auth.tenant(TENANT).actingAs(ADA).markGone();
        f.auth.tenant(TENANT).tokens().actingAs(ADA).revoke(one.id()).orElseThrow();
        assertThat(f.auth.tenant(TENANT).tokens().actingAs(ADA).revokeAll().orElseThrow())
                .isEqualTo(1);
        assertThat(f.auth.tenant(TENANT).tokens().get(two.id()).orElseThrow().tenantGone())
                .isTrue();
    }

    @Test
    void an_erased_tenant_leaves_nothing_but_the_mark_that_blocks_its_id() {
        for (int i = 0; i < 250; i++) {
            f.issue();
        }
        IssuedToken token = f.issue();
        IssuedToken others = issue(OTHER);
        long deleted = f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow();

        assertThat(deleted)
                .as("251 tokens, 251 events of their creation, and one event of the tenant")
                .isEqualTo(503);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .isEmpty();
        assertThat(f.changes()).isEmpty();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.allowed(Ask.with(others));
        assertThat(Fixture.refused(f.auth.tenant(TENANT).tokens().actingAs(ADA).issue(Fixture.settings()))
                        .kind())
                .isEqualTo(Kind.TENANT_NOT_FOUND);
        assertThat(f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow()).isZero();
        assertThat(f.changes()).isEmpty();
    }

    @Test
    void an_erasure_is_recorded_once_and_with_no_tenant() {
        f.issue();
        f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow();
        f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow();
        assertThat(f.tokens.erasures).singleElement().satisfies(event -> {
            assertThat(event.event()).isEqualTo("tenant.erased");
            assertThat(event.tenantId()).isNull();
            assertThat(event.actor()).isEqualTo("ada");
            assertThat(event.details()).isEqualTo(Map.of("tenant", TENANT));
        });
    }

    @Test
    void an_erasure_that_broke_off_goes_on_where_it_is_called_again() {
        for (int i = 0; i < 250; i++) {
            f.issue();
        }
        f.tokens.deletionsUntilFailure = 1;
        assertThatThrownBy(() -> f.auth.tenant(TENANT).actingAs(ADA).erase()).isInstanceOf(StorageException.class);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 300).items())
                .hasSize(50);

        f.tokens.deletionsUntilFailure = Integer.MAX_VALUE;
        assertThat(f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow()).isEqualTo(50 + 251);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 300).items())
                .isEmpty();
        assertThat(f.changes()).isEmpty();
    }

    @Test
    void nothing_is_deleted_before_the_end_holds_everywhere() {
        f.issue();
        f.tokens.feed = (ChangeFeed) Proxy.newProxyInstance(
                ChangeFeed.class.getClassLoader(), new Class<?>[] {ChangeFeed.class}, (proxy, method, arguments) -> {
                    throw new StorageException("cut off");
                });
        try (LecternAuth cutOff =
                LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens).open()) {
            TenantOperations tenant = cutOff.tenant(TENANT).actingAs(ADA);
            assertThatThrownBy(tenant::erase).isInstanceOf(PropagationException.class);
        }
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(1);
    }

    @Test
    void a_call_that_is_recorded_late_brings_no_row_back() {
        IssuedToken token = f.issue();
        f.auth.tenant(TENANT).actingAs(ADA).erase().orElseThrow();
        AuditEvent late = f.eventOf(token);
        f.changes.append(late);
        f.changes.offer(late);
        f.changes.complete(late.withStatus(200));
        assertThat(f.changes()).isEmpty();
    }
}
