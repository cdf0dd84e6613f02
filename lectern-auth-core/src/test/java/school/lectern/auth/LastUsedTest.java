package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.Noted;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

class LastUsedTest {

    private final Fixture f = new Fixture();
    private final LastUsed lastUsed = newNode();

    @AfterEach
    void close() {
        f.close();
    }

    private LastUsed newNode() {
        return new LastUsed(f.tokens, new ListenerNotifier(null, Runnable::run), null);
    }

    private void use(LastUsed node, StoredToken asRead) {
        // Does what the background thread does once a second.
        node.flush();
        node.note(asRead, f.now());
        node.flush();
    }

    @Test
    void however_many_requests_there_are_a_token_is_written_once_a_minute() {
        IssuedToken token = f.issue();
        // A cached row: read once, before the first use.
        StoredToken read = f.stored(token);
        Instant first = f.clock.instant();
        for (int second = 0; second < 60; second++) {
            for (int request = 0; request < 100; request++) {
                lastUsed.note(read, f.now());
            }
            lastUsed.flush();
            f.clock.advance(Duration.ofSeconds(1));
        }
        assertThat(f.tokens.notes).hasValue(1);
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(first);

        use(lastUsed, read);
        assertThat(f.tokens.notes).hasValue(2);
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(first.plusSeconds(60));
    }

    @Test
    void two_nodes_together_write_once_a_minute_too() {
        IssuedToken token = f.issue();
        StoredToken read = f.stored(token);
        Instant first = f.clock.instant();
        use(lastUsed, read);
        f.clock.advance(Duration.ofSeconds(30));
        use(newNode(), read);
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(first);
    }

    @Test
    void a_use_that_cannot_be_recorded_is_tried_again() {
        IssuedToken token = f.issue();
        StoredToken read = f.stored(token);
        Instant first = f.clock.instant();
        f.tokens.noteInstead = () -> {
            throw new IllegalStateException("the database is not available");
        };
        use(lastUsed, read);
        assertThat(f.stored(token).lastUsedAt()).isNull();

        f.tokens.noteInstead = null;
        f.clock.advance(Duration.ofSeconds(1));
        lastUsed.flush();
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(first);
    }

    @Test
    void after_a_minute_a_later_use_is_recorded_in_place_of_the_one_that_waits() {
        IssuedToken token = f.issue();
        StoredToken read = f.stored(token);
        f.tokens.noteInstead = () -> new Noted(Set.of(), Set.of(token.id()));
        use(lastUsed, read);
        f.clock.advance(Duration.ofMinutes(1));
        use(lastUsed, read);
        assertThat(f.stored(token).lastUsedAt()).isNull();
        f.tokens.noteInstead = null;
        lastUsed.flush();
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(f.clock.instant());
    }

    @Test
    void a_use_on_which_an_idle_token_may_depend_is_written_first_and_always_finds_room() {
        Duration timeout = Duration.ofHours(2);
        StoredToken half = row("half", f.clock.instant());
        StoredToken enabled = row("enabled", f.clock.instant().minus(timeout)).toBuilder()
                .enabledAt(f.clock.instant())
                .build();
        StoredToken old = row("old", f.clock.instant().minusMillis(1));
        f.clock.advance(timeout.dividedBy(2));
        List<Set<?>> written = new ArrayList<>();
        InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog());
        TokenStore spy = (TokenStore) Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, arguments) -> {
                    written.add(Set.copyOf(((Map<?, ?>) arguments[0]).keySet()));
                    return method.invoke(store, arguments);
                });
        LastUsed node = new LastUsed(spy, new ListenerNotifier(null, Runnable::run), timeout);
        for (int i = 0; i < 100_000; i++) {
            node.note(row("other-" + i, f.clock.instant()), f.now());
        }
        node.note(half, f.now());
        node.note(enabled, f.now());
        node.note(old, f.now());
        node.flush();
        assertThat(written).hasSize(2);
        assertThat(written.get(0)).isEqualTo(Set.of("old"));
        assertThat(written.get(1)).hasSize(100_000);
    }

    private static StoredToken row(String id, Instant createdAt) {
        return StoredToken.builder(id, Fixture.TENANT, TokenEnvironment.LIVE, id, createdAt)
                .secret("ab".repeat(16), TokenHash.of("sha256", "ab".repeat(32)))
                .prefix("sk_live_lectern_")
                .displayPrefix("sk_live_lectern_abcd")
                .build();
    }

    @Test
    void a_clock_that_is_set_back_does_not_make_every_use_one_to_be_written() {
        IssuedToken token = f.issue();
        StoredToken read = f.stored(token);
        use(lastUsed, read);
        f.clock.advance(Duration.ofSeconds(-30));
        use(lastUsed, read);
        assertThat(f.tokens.notes).hasValue(1);
    }
}
