package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.background.ExpiryWatch;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** Which events the application's listener receives, and when it is notified of tokens that expire soon. */
class ListenerNotifierTest {

    private final Heard heard = new Heard();
    private final Fixture f = new Fixture(Lectern.DIALECT, settings -> settings.listener(heard));
    private final ListenerNotifier lifecycle = new ListenerNotifier(heard, Runnable::run);

    @AfterEach
    void close() {
        f.close();
    }

    private static final class Heard implements AuthListener {
        final List<String> events = new CopyOnWriteArrayList<>();
        boolean throwing;

        private void hear(String event) {
            events.add(event);
            if (throwing) {
                throw new IllegalStateException("the listener is broken");
            }
        }

        @Override
        public void issued(Token token) {
            hear("issued " + token.id());
        }

        @Override
        public void firstUsed(Token token, Instant at) {
            hear("first used " + token.id() + " at " + at);
        }

        @Override
        public void rotated(Token predecessor, Token successor) {
            hear("rotated " + predecessor.id() + " to " + successor.id());
        }

        @Override
        public void revoked(Token token) {
            hear("revoked " + token.id() + " " + token.isRevoked());
        }

        @Override
        public void expiring(Token token) {
            hear("expiring " + token.id() + " " + token.effectiveExpiry().orElseThrow());
        }
    }

    @Test
    void the_listener_is_notified_after_changes_are_made() {
        IssuedToken token = f.issue();
        IssuedToken successor = f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .rotate(token.id(), GracePeriod.untilRevoked())
                .orElseThrow();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(token.id())
                .orElseThrow();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(token.id())
                .orElseThrow();
        f.auth.tenant(Fixture.TENANT).tokens().actingAs(Fixture.APP).rotate(token.id(), GracePeriod.untilRevoked());
        f.auth.tenant(Fixture.TENANT).tokens().actingAs(Fixture.APP).issue(NewToken.named(""));

        assertThat(heard.events)
                .containsExactly(
                        "issued " + token.id(),
                        "rotated " + token.id() + " to " + successor.id(),
                        "revoked " + token.id() + " true");
    }

    @Test
    void the_listener_is_notified_of_each_token_of_a_group_revocation() {
        IssuedToken one = f.issue();
        IssuedToken two = f.issue();
        heard.events.clear();
        f.auth.tenant(Fixture.TENANT).tokens().actingAs(Fixture.APP).revokeAll();
        assertThat(heard.events)
                .containsExactlyInAnyOrder("revoked " + one.id() + " true", "revoked " + two.id() + " true");
    }

    @Test
    void a_listener_that_fails_keeps_nothing_from_being_done() {
        heard.throwing = true;
        IssuedToken token = f.issue();
        f.allowed(Ask.with(token));
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(token.id())
                .orElseThrow();
        assertThat(f.stored(token).isRevoked()).isTrue();
        assertThat(heard.events).hasSize(2);
    }

    @Test
    void the_listener_is_notified_of_the_first_use_once() {
        IssuedToken token = f.issue();
        LastUsed lastUsed = new LastUsed(f.tokens, lifecycle, null);
        Instant first = f.clock.instant();
        for (int minutes = 0; minutes < 3; minutes++) {
            lastUsed.note(f.stored(token), f.now());
            lastUsed.flush();
            f.clock.advance(Duration.ofMinutes(2));
        }
        assertThat(heard.events.stream().filter(event -> event.startsWith("first")))
                .containsExactly("first used " + token.id() + " at " + first);
    }

    @Test
    void the_listener_is_notified_of_expiring_tokens_once_and_again_when_their_expiry_changes() {
        Instant now = f.clock.instant();
        IssuedToken soon = f.issue(Fixture.settings().expiresAt(now.plus(Duration.ofHours(23))));
        IssuedToken later = f.issue(Fixture.settings().expiresAt(now.plus(Duration.ofHours(25))));
        f.issue();
        heard.events.clear();
        ExpiryWatch watch = new ExpiryWatch(f.tokens, lifecycle, f.clock, Duration.ofDays(1));
        watch.look();
        watch.look();
        String first = "expiring " + soon.id() + " " + soon.token().expiresAt().orElseThrow();
        assertThat(heard.events).containsExactly(first);

        f.clock.advance(Duration.ofHours(2));
        Instant moved = now.plus(Duration.ofHours(3));
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .update(soon.id(), new TokenUpdate().expiresAt(moved))
                .orElseThrow();
        watch.look();
        assertThat(heard.events)
                .containsExactly(
                        first,
                        "expiring " + later.id() + " "
                                + later.token().expiresAt().orElseThrow(),
                        "expiring " + soon.id() + " " + moved);
    }

    private void issueEndingSoon(int many) {
        Instant end = f.clock.instant().plus(Duration.ofHours(1));
        for (int i = 0; i < many; i++) {
            f.issue(Fixture.settings().expiresAt(end));
        }
        heard.events.clear();
    }

    @Test
    void the_listener_is_notified_of_every_one_of_many_expiring_tokens() {
        issueEndingSoon(1_001);
        new ExpiryWatch(f.tokens, lifecycle, f.clock, Duration.ofDays(1)).look();
        assertThat(heard.events).hasSize(1_001).doesNotHaveDuplicates();
    }

    /** The queue of a slow listener is bounded. */
    @Test
    void expiring_tokens_that_do_not_fit_into_the_queue_are_reported_later() {
        issueEndingSoon(10);
        AtomicInteger room = new AtomicInteger(4);
        ListenerNotifier narrow = new ListenerNotifier(heard, telling -> {
            if (room.getAndDecrement() <= 0) {
                throw new RejectedExecutionException("full");
            }
            telling.run();
        });
        ExpiryWatch watch = new ExpiryWatch(f.tokens, narrow, f.clock, Duration.ofDays(1));
        watch.look();
        assertThat(heard.events).hasSize(4);
        room.set(100);
        watch.look();
        assertThat(heard.events).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void a_notice_needs_a_positive_time() {
        LecternAuthBuilder builder = LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens);
        assertThatThrownBy(() -> builder.expiryNotice(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expiryNotice");
    }
}
