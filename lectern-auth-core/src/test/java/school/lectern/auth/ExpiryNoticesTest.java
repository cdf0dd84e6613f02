package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.background.ExpiryWatch;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** One process notifies its listener of each upcoming end, for each of several times before it, also after a restart. */
class ExpiryNoticesTest {

    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration DAY = Duration.ofDays(1);

    private final Fixture f = new Fixture();
    private final List<String> heard = new ArrayList<>();

    @AfterEach
    void close() {
        f.close();
    }

    /** Notes each notice in a list that all processes share. */
    private final AuthListener listener = new AuthListener() {
        @Override
        public void expiring(Token token, ExpiryNotice notice) {
            synchronized (heard) {
                heard.add(text(token.id(), notice.end(), notice.ahead()));
            }
        }
    };

    private static String text(String tokenId, Instant end, Duration ahead) {
        return tokenId + " at " + end + " " + ahead;
    }

    /** Returns the search of a process that has just started. */
    private ExpiryWatch process(@Nullable Duration maxLifetime) {
        return process(f.tokens, Runnable::run, maxLifetime);
    }

    private ExpiryWatch process(TokenStore tokens, Executor queue, @Nullable Duration maxLifetime) {
        return new ExpiryWatch(tokens, new ListenerNotifier(listener, queue), f.clock, List.of(DAY, WEEK), maxLifetime);
    }

    private List<String> take() {
        List<String> taken = List.copyOf(heard);
        heard.clear();
        return taken;
    }

    private IssuedToken issueEndingIn(Duration time) {
        return f.issue(settings().expiresAt(f.clock.instant().plus(time)));
    }

    @Test
    void one_of_two_processes_gives_each_notice_also_after_a_restart() {
        ExpiryWatch one = process(null);
        ExpiryWatch two = process(null);
        IssuedToken token = issueEndingIn(WEEK);
        Instant end = token.token().expiresAt().orElseThrow();
        f.issue();
        one.look();
        assertThat(take()).as("at the threshold itself").isEmpty();

        f.clock.advance(Duration.ofMillis(1));
        one.look();
        two.look();
        one.look();
        process(null).look();
        assertThat(take()).containsExactly(text(token.id(), end, WEEK));

        f.clock.advance(Duration.ofDays(6));
        two.look();
        one.look();
        process(null).look();
        assertThat(take()).containsExactly(text(token.id(), end, DAY));

        f.clock.advance(DAY);
        one.look();
        assertThat(take()).as("after the end").isEmpty();
    }

    @Test
    void if_several_times_have_passed_the_shortest_one_is_notified() {
        IssuedToken token = issueEndingIn(Duration.ofHours(23));
        process(null).look();
        process(null).look();
        assertThat(take())
                .containsExactly(text(token.id(), token.token().expiresAt().orElseThrow(), DAY));
    }

    @Test
    void after_the_end_was_moved_the_notices_begin_again() {
        IssuedToken token = issueEndingIn(Duration.ofHours(23));
        process(null).look();
        heard.clear();
        for (Duration moved : List.of(Duration.ofDays(5), Duration.ofHours(22))) {
            Instant end = f.clock.instant().plus(moved);
            f.auth.tenant(TENANT)
                    .tokens()
                    .update(token.id(), new TokenUpdate().expiresAt(end))
                    .orElseThrow();
            process(null).look();
            process(null).look();
            assertThat(take()).containsExactly(text(token.id(), end, moved.compareTo(DAY) < 0 ? DAY : WEEK));
        }
    }

    @Test
    void a_grace_period_and_the_maximum_lifetime_are_ends() {
        IssuedToken endless = f.issue();
        Instant last = f.clock.instant().plus(Duration.ofDays(3));
        process(Duration.ofDays(3)).look();
        assertThat(take()).containsExactly(text(endless.id(), last, WEEK));

        f.auth.tenant(TENANT)
                .tokens()
                .rotate(endless.id(), GracePeriod.of(Duration.ofHours(1)))
                .orElseThrow();
        process(null).look();
        assertThat(take()).containsExactly(text(endless.id(), f.clock.instant().plus(Duration.ofHours(1)), DAY));
    }

    @Test
    void revoked_tokens_and_tokens_of_tenants_that_are_gone_get_no_notice() {
        IssuedToken revoked = issueEndingIn(DAY);
        f.auth.tenant(TENANT).tokens().revoke(revoked.id()).orElseThrow();
        f.auth.tenant("gone")
                .tokens()
                .issue(settings().expiresAt(f.clock.instant().plus(DAY)))
                .orElseThrow();
        f.auth.tenant("gone").markGone().orElseThrow();
        process(null).look();
        assertThat(heard).isEmpty();
    }

    /** The queue of a slow listener is bounded. */
    @Test
    void a_notice_that_does_not_fit_into_the_queue_is_not_claimed_and_another_process_gives_it() {
        issueEndingSoon(10);
        AtomicInteger room = new AtomicInteger(4);
        ExpiryWatch narrow = process(
                f.tokens,
                task -> {
                    if (room.getAndDecrement() <= 0) {
                        throw new RejectedExecutionException("full");
                    }
                    task.run();
                },
                null);
        narrow.look();
        assertThat(heard).hasSize(4);
        process(null).look();
        room.set(100);
        narrow.look();
        assertThat(heard).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void a_notice_that_waits_in_the_queue_is_claimed_when_the_listener_is_called() {
        IssuedToken token = issueEndingIn(Duration.ofHours(1));
        List<Runnable> queue = new ArrayList<>();
        ExpiryWatch slow = process(f.tokens, queue::add, null);
        slow.look();
        slow.look();
        assertThat(queue).hasSize(1);
        assertThat(f.stored(token).expiryNotice()).isNull();
        process(null).look();
        assertThat(heard).hasSize(1);
        queue.get(0).run();
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_notice_that_cannot_be_claimed_is_given_later() {
        IssuedToken token = issueEndingIn(Duration.ofHours(1));
        ExpiryWatch watch = process(null);
        f.tokens.claimInstead = () -> {
            throw new StorageException("the database is away");
        };
        watch.look();
        assertThat(heard).isEmpty();
        f.tokens.claimInstead = null;
        watch.look();
        assertThat(heard).hasSize(1);
        assertThat(f.stored(token).expiryNotice())
                .isEqualTo(new ExpiryNotice(token.token().expiresAt().orElseThrow(), DAY));
    }

    @Test
    void of_many_tokens_and_several_processes_at_once_each_notice_is_given_once() throws Exception {
        Set<String> ids = issueEndingSoon(1_001);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        CyclicBarrier together = new CyclicBarrier(3);
        List<Future<?>> looks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ExpiryWatch watch = process(null);
            looks.add(threads.submit((Callable<Object>) () -> {
                together.await();
                watch.look();
                return true;
            }));
        }
        for (Future<?> each : looks) {
            each.get();
        }
        threads.shutdown();
        assertThat(heard).hasSize(ids.size()).doesNotHaveDuplicates();
    }

    private Set<String> issueEndingSoon(int many) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < many; i++) {
            ids.add(issueEndingIn(Duration.ofHours(1)).id());
        }
        return ids;
    }

    @Test
    void the_times_are_within_a_range() {
        LecternAuthBuilder builder = LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens);
        assertThatThrownBy(builder::expiryNotices).hasMessageStartingWith("expiryNotices must name at least one time");
        assertThatThrownBy(() -> builder.expiryNotices(DAY, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expiryNotices must be at least 1 ms, in whole milliseconds, was PT0S");
        assertThatThrownBy(() -> builder.expiryNotices(Duration.ofDays(36_501)))
                .hasMessage("expiryNotices must be at most 36500 days, was PT876024H");
    }

    @Test
    void a_notice_covers_those_of_the_same_end_that_say_less() {
        Instant end = f.clock.instant();
        ExpiryNotice day = new ExpiryNotice(end, DAY);
        assertThat(day.covers(day)).isTrue();
        assertThat(day.covers(new ExpiryNotice(end, WEEK))).isTrue();
        assertThat(new ExpiryNotice(end, WEEK).covers(day)).isFalse();
        assertThat(day.covers(new ExpiryNotice(end.plusMillis(1), WEEK))).isFalse();
        StoredToken unused = f.stored(f.issue());
        assertThat(unused.expiryNotice()).isNull();
    }
}
