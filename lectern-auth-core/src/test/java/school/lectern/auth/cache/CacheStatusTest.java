package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;

/** What a cache reports of its polls, without a query. */
class CacheStatusTest {

    private final CacheFixture rig = new CacheFixture();

    @AfterEach
    void close() {
        rig.close();
    }

    private CacheStatus status() {
        int queries = rig.feed.calls() + rig.store.calls();
        CacheStatus status = rig.cache.status();
        assertThat(rig.feed.calls() + rig.store.calls()).as("queries").isEqualTo(queries);
        return status;
    }

    @Test
    void before_the_first_poll_nothing_is_known() {
        rig.pass(Duration.ofMillis(300));
        assertThat(status().changeNumber()).isEmpty();
        assertThat(status().isLeaseLive()).isFalse();
        assertThat(status().leaseAge()).isEqualTo(Duration.ofMillis(300));
        assertThat(status().isFailing()).isFalse();
        assertThat(status().lastError()).isEmpty();
        assertThat(status().lastErrorAt()).isEmpty();
    }

    @Test
    void a_poll_renews_the_lease_and_reports_the_newest_change() {
        rig.cache.polling.pollOrWarn();
        long before = status().changeNumber().orElseThrow();
        rig.revokeElsewhere(rig.insert());
        assertThat(status().changeNumber()).hasValue(before);
        rig.cache.polling.pollOrWarn();
        assertThat(status().changeNumber()).hasValue(before + 1);
        assertThat(status().isLeaseLive()).isTrue();
        rig.pass(Duration.ofMillis(999));
        assertThat(status().leaseAge()).isEqualTo(Duration.ofMillis(999));
        assertThat(status().isLeaseLive()).isTrue();
        rig.pass(Duration.ofMillis(1));
        assertThat(status().isLeaseLive()).isFalse();
    }

    @Test
    void a_failed_poll_is_reported_without_data_and_with_its_time() {
        rig.cache.polling.pollOrWarn();
        rig.feed.instead("since", () -> {
            throw new IllegalStateException("server said", new IllegalStateException("sk_live_lectern_secret"));
        });
        rig.pass(Duration.ofMillis(250));
        rig.cache.polling.pollOrWarn();
        assertThat(status().isFailing()).isTrue();
        assertThat(status().isLeaseLive()).as("until it ends").isTrue();
        assertThat(status().lastError().orElseThrow()).startsWith("java.lang.IllegalStateException: ");
        assertThat(status().lastErrorAt()).contains(rig.wall.instant());
        assertThat(status().toString()).contains("failing").doesNotContain("secret");

        rig.feed.asBefore("since");
        rig.cache.polling.pollOrWarn();
        assertThat(status().isFailing()).isFalse();
        assertThat(status().lastError()).as("the last one").isPresent();
    }

    @Test
    void the_text_of_a_failure_quotes_nothing() {
        rig.feed.instead("since", () -> {
            throw new StorageException(
                    "the database call failed", new IllegalStateException("Key (id)=(secret) exists"));
        });
        rig.cache.polling.pollOrWarn();
        assertThat(status().lastError().orElseThrow()).doesNotContain("secret");
        rig.feed.instead("since", () -> {
            throw new IllegalStateException("Key (id)=(secret) exists");
        });
        rig.cache.polling.pollOrWarn();
        assertThat(status().lastError().orElseThrow()).doesNotContain("secret");
    }

    @Test
    void the_size_is_reported_after_each_poll_whether_it_succeeded_or_not() {
        rig.cache.polling.pollOrWarn();
        rig.cached();
        rig.cached();
        rig.cache.polling.pollOrWarn();
        assertThat(rig.counters.snapshot()).containsEntry("cacheSize", 2L);
        rig.feed.instead("since", () -> {
            throw new StorageException("planted");
        });
        rig.cached();
        rig.cache.polling.pollOrWarn();
        assertThat(rig.counters.snapshot()).containsEntry("cacheSize", 3L);
    }

    @Test
    void tokens_that_are_not_cached_have_no_status() {
        try (LecternAuth cached = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(rig.cache)
                        .clocks(rig.clocks)
                        .open();
                LecternAuth inMemory = LecternAuth.builder(Lectern.DIALECT)
                        .storage(InMemoryStorage.create())
                        .open()) {
            assertThat(cached.cacheStatus()).isPresent();
            assertThat(inMemory.cacheStatus()).isEmpty();
        }
    }
}
