package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

class LastUsedTest {

    private final Fixture f = new Fixture();
    private final LastUsed lastUsed = newNode();

    @AfterEach
    void close() {
        f.close();
    }

    private LastUsed newNode() {
        return new LastUsed(f.tokens, new ListenerNotifier(null, Runnable::run), f.clock, null);
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
    void a_use_that_cannot_be_recorded_is_recorded_by_the_next_use() {
        IssuedToken token = f.issue();
        StoredToken read = f.stored(token);
        f.tokens.noteInstead = () -> {
            throw new IllegalStateException("the database is not available");
        };
        use(lastUsed, read);
        assertThat(f.stored(token).lastUsedAt()).isNull();

        f.tokens.noteInstead = null;
        f.clock.advance(Duration.ofSeconds(1));
        use(lastUsed, read);
        assertThat(f.stored(token).lastUsedAt()).isEqualTo(f.clock.instant());
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
