package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** Which events the application's listener receives. */
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
}
