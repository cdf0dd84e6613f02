package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/** Lists of tokens by conditions. */
class TokenSearchTest {

    private final Fixture f = new Fixture();
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();
    private final Instant now = f.clock.instant();

    @AfterEach
    void close() {
        f.close();
    }

    private List<String> found(TokenSearch search) {
        return found(f.auth, search);
    }

    private static List<String> found(LecternAuth auth, TokenSearch search) {
        CursorPage<Token> page = auth.tenant(TENANT).tokens().list(search, CursorPage.START, 100);
        assertThat(page.isLast()).isTrue();
        return page.items().stream().map(Token::id).toList();
    }

    @Test
    void a_token_has_one_state() {
        IssuedToken active = f.issue();
        IssuedToken expired = f.issue(settings().expiresAt(now.plusMillis(1)));
        IssuedToken later = f.issue(settings().notBefore(now.plusSeconds(1)));
        IssuedToken disabled = f.issue(settings().notBefore(now.plusSeconds(1)));
        tokens.disable(disabled.id()).orElseThrow();
        IssuedToken revoked = f.issue();
        tokens.disable(revoked.id()).orElseThrow();
        tokens.revoke(revoked.id()).orElseThrow();
        f.clock.advance(Duration.ofMillis(1));

        assertThat(found(TokenSearch.all().state(TokenState.ACTIVE))).containsExactly(active.id());
        assertThat(found(TokenSearch.all().state(TokenState.EXPIRED))).containsExactly(expired.id());
        assertThat(found(TokenSearch.all().state(TokenState.NOT_YET_VALID))).containsExactly(later.id());
        assertThat(found(TokenSearch.all().state(TokenState.DISABLED))).containsExactly(disabled.id());
        assertThat(found(TokenSearch.all().state(TokenState.REVOKED))).containsExactly(revoked.id());
        assertThat(found(TokenSearch.all())).hasSize(5);
        assertThat(tokens.get(disabled.id()).orElseThrow().state(f.clock.instant()))
                .isEqualTo(TokenState.DISABLED);
    }

    @Test
    void a_token_beyond_the_maximum_lifetime_is_expired() {
        IssuedToken token = f.issue();
        try (LecternAuth strict = LecternAuth.builder(Lectern.DIALECT)
                .tokens(f.tokens)
                .clock(f.clock)
                .limits(f.limits)
                .maxLifetime(Duration.ofSeconds(1))
                .open()) {
            f.clock.advance(Duration.ofSeconds(1));
            assertThat(found(strict, TokenSearch.all().state(TokenState.EXPIRED)))
                    .containsExactly(token.id());
            assertThat(found(strict, TokenSearch.all().state(TokenState.ACTIVE)))
                    .isEmpty();
            Instant now = f.clock.instant();
            assertThat(found(strict, TokenSearch.all().expiresBefore(now))).isEmpty();
            assertThat(found(strict, TokenSearch.all().expiresBefore(now.plusMillis(1))))
                    .containsExactly(token.id());
            IssuedToken next = f.issue();
            assertThat(strict.acrossTenants()
                            .expiringBefore(now.plusSeconds(2), CursorPage.START, 10)
                            .items())
                    .extracting(Token::id)
                    .containsExactly(next.id());
            tokens.revoke(next.id()).orElseThrow();
        }
        assertThat(found(TokenSearch.all().state(TokenState.ACTIVE))).containsExactly(token.id());
    }

    @Test
    void every_condition_selects() {
        IssuedToken old = f.issue(settings().name("old"));
        f.clock.advance(Duration.ofDays(1));
        Instant day = f.clock.instant();
        IssuedToken test = f.issue(settings().environment(TokenEnvironment.TEST));
        IssuedToken writer = f.issue(settings().scopes("read:learners", "write:learners"));
        IssuedToken adas = tokens.actingAs(Actor.user("ada", Grant.everything()))
                .issue(settings().expiresAt(day.plusSeconds(9)))
                .orElseThrow();

        assertThat(found(TokenSearch.all().name("old"))).containsExactly(old.id());
        assertThat(found(TokenSearch.all().name("OLD"))).isEmpty();
        assertThat(found(TokenSearch.all().environment(TokenEnvironment.TEST))).containsExactly(test.id());
        assertThat(found(TokenSearch.all().scope("write:learners"))).containsExactly(writer.id());
        assertThat(found(TokenSearch.all().scope("read:learners"))).hasSize(4);
        assertThat(found(TokenSearch.all().createdBy("ada"))).containsExactly(adas.id());
        assertThat(found(TokenSearch.all().createdBefore(day))).containsExactly(old.id());
        assertThat(found(TokenSearch.all().createdBefore(day.minus(Duration.ofDays(1)))))
                .isEmpty();
        assertThat(found(TokenSearch.all().lastUsedBefore(day))).containsExactly(old.id());
        assertThat(found(TokenSearch.all().expiresBefore(day.plusSeconds(10)))).containsExactly(adas.id());
        assertThat(found(TokenSearch.all().expiresBefore(day.plusSeconds(9)))).isEmpty();
        assertThat(found(TokenSearch.all().expiresBefore(Instant.MAX).lastUsedBefore(Instant.MAX)))
                .containsExactly(adas.id());
        assertThat(found(TokenSearch.all().expiresBefore(Instant.MIN))).isEmpty();
        assertThat(found(TokenSearch.all().createdBy("ada").name("old"))).isEmpty();
        assertThatThrownBy(() -> TokenSearch.all().scope("a b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_id_that_no_user_can_have_finds_nothing() {
        f.issue();
        assertThat(found(TokenSearch.all().createdBy("a\u0000b"))).isEmpty();
    }

    @Test
    void a_page_scans_a_bounded_number_of_rows_and_the_list_goes_on() {
        IssuedToken first = f.issue(settings().name("needle"));
        for (int i = 0; i < 2_100; i++) {
            f.clock.advance(Duration.ofSeconds(1));
            f.issue();
        }
        f.issue(settings().name("needle"));
        TokenSearch search = TokenSearch.all().name("needle");
        List<Integer> sizes = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        CursorPage<Token> page = f.auth.acrossTenants().list(search, CursorPage.START, 10);
        while (true) {
            sizes.add(page.items().size());
            page.items().forEach(token -> ids.add(token.id()));
            if (page.isLast()) {
                break;
            }
            page = f.auth.acrossTenants().list(search, page.next(), 10);
        }
        assertThat(sizes).containsExactly(1, 0, 1);
        assertThat(ids).hasSize(2).endsWith(first.id());
    }

    @Test
    void a_page_has_at_most_the_limit_and_no_token_twice() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            all.add(0, f.issue(settings().name(i % 2 == 0 ? "even" : "odd")).id());
        }
        List<String> even = List.of(all.get(0), all.get(2), all.get(4), all.get(6));
        CursorPage<Token> one = tokens.list(TokenSearch.all().name("even"), CursorPage.START, 3);
        CursorPage<Token> two = tokens.list(TokenSearch.all().name("even"), one.next(), 3);
        assertThat(one.items().stream().map(Token::id).toList()).isEqualTo(even.subList(0, 3));
        assertThat(one.isLast()).isFalse();
        assertThat(two.items().stream().map(Token::id).toList()).isEqualTo(even.subList(3, 4));
        assertThat(two.isLast()).isTrue();
    }
}
