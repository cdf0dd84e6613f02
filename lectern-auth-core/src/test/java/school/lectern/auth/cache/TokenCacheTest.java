package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;

/** How many tokens the cache contains, and that a change finds every cached token. */
class TokenCacheTest {

    private static final Moment NOW = new Moment(0, 0);
    private static final long PLENTY = 1L << 30;

    private static void keep(TokenCache entries, StoredToken token) {
        entries.keep(token, NOW, entries.applied());
    }

    @Test
    void holds_no_more_tokens_than_it_may() {
        TokenCache entries = new TokenCache(100, PLENTY);
        IntStream.range(0, 5_000)
                .forEach(i -> keep(entries, CacheFixture.draft().build()));
        entries.settle();
        assertThat(entries.size()).isBetween(90, 100);
    }

    @Test
    void holds_no_more_memory_than_it_may() {
        long bytes = 200_000;
        TokenCache entries = new TokenCache(1_000_000, bytes);
        List<StoredToken> large = IntStream.range(0, 1_000)
                .mapToObj(i -> CacheFixture.draft()
                        .description("x".repeat(5_000))
                        .metadata(Map.of("note", "y".repeat(5_000)))
                        .build())
                .toList();
        large.forEach(token -> keep(entries, token));
        entries.settle();
        assertThat(RowMemory.bytes(large.get(0))).isGreaterThan(20_000);
        assertThat(entries.size()).isBetween(1, (int) (bytes / 20_000));
    }

    @Test
    void a_token_that_is_larger_than_all_room_is_not_kept() {
        TokenCache entries = new TokenCache(10, 10_000);
        keep(entries, CacheFixture.draft().description("x".repeat(10_000)).build());
        entries.settle();
        assertThat(entries.size()).isZero();
    }

    @Test
    void a_new_secret_takes_the_place_of_the_old_one() {
        TokenCache entries = new TokenCache(10, PLENTY);
        StoredToken old = CacheFixture.draft().build();
        StoredToken anew =
                old.toBuilder().secret("another", CacheFixture.hash()).build();
        keep(entries, old);
        keep(entries, anew);
        assertThat(entries.get(Selector.of(old.selector()))).isNull();
        assertThat(entries.get(Selector.of("another"))).isNotNull();
        assertThat(entries.size()).isEqualTo(1);
        assertThat(entries.apply(List.of(new Change.OfToken(old.id())))).isEqualTo(1);
        assertThat(entries.get(Selector.of("another"))).isNull();
    }

    @Test
    void says_how_many_a_change_dropped() {
        TokenCache entries = new TokenCache(100, PLENTY);
        Stream.generate(() -> CacheFixture.draftOf("a").build()).limit(3).forEach(token -> keep(entries, token));
        Stream.generate(() -> CacheFixture.draftOf("b").build()).limit(4).forEach(token -> keep(entries, token));
        assertThat(entries.apply(List.of(new Change.OfToken("unknown")))).isZero();
        assertThat(entries.apply(List.of(new Change.OfTenant("a")))).isEqualTo(3);
        assertThat(entries.apply(List.of(new Change.OfAny()))).isEqualTo(4);
        assertThat(entries.size()).isZero();
    }

    /**
     * While other threads insert, evict and read entries: after a change was applied, an older row of its token can no longer
     * be read; and at the end, a change of its token drops every remaining entry.
     */
    @Test
    void every_change_reaches_its_entry_while_others_come_and_go() {
        int tokens = 64;
        List<StoredToken> drafts = IntStream.range(0, tokens)
                .mapToObj(i -> CacheFixture.draft().build())
                .toList();
        AtomicInteger[] versions =
                Stream.generate(AtomicInteger::new).limit(tokens).toArray(AtomicInteger[]::new);
        TokenCache entries = new TokenCache(8, PLENTY);
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<String>> running = new ArrayList<>();
        running.add(repeat(over, random -> load(entries, drafts, versions, random)));
        running.add(repeat(over, random -> load(entries, drafts, versions, random)));
        running.add(repeat(over, random -> entries.settle()));
        running.add(repeat(
                over,
                random -> entries.get(
                        Selector.of(drafts.get(random.nextInt(tokens)).selector()))));

        Random random = new Random(1);
        int rounds = Boolean.getBoolean("lectern.long") ? 20_000_000 : 300_000;
        int missed = 0;
        for (int i = 0; i < rounds; i++) {
            int which = random.nextInt(tokens);
            int version = versions[which].incrementAndGet();
            entries.apply(List.of(new Change.OfToken(drafts.get(which).id())));
            StoredToken entry = entries.get(Selector.of(drafts.get(which).selector()));
            missed += entry != null && entry.revision() < version ? 1 : 0;
        }
        over.set(true);
        running.forEach(one -> assertThat(one.join()).isEqualTo("over"));
        assertThat(missed).as("changes that left an older row").isZero();

        entries.settle();
        assertThat(entries.size()).isLessThanOrEqualTo(8);
        // Whether an entry is left depends on thread scheduling.
        entries.keep(drafts.get(0), NOW, entries.applied());
        assertThat(entries.size()).isPositive();
        drafts.forEach(token -> entries.apply(List.of(new Change.OfToken(token.id()))));
        assertThat(entries.size()).isZero();
        drafts.forEach(
                token -> assertThat(entries.get(Selector.of(token.selector()))).isNull());
    }

    private static void load(TokenCache entries, List<StoredToken> drafts, AtomicInteger[] versions, Random random) {
        int which = random.nextInt(drafts.size());
        long applied = entries.applied();
        int version = versions[which].get();
        entries.keep(drafts.get(which).toBuilder().revision(version).build(), NOW, applied);
    }

    private static CompletableFuture<String> repeat(AtomicBoolean over, Consumer<Random> step) {
        CompletableFuture<String> result = new CompletableFuture<>();
        CacheFixture.start(
                () -> {
                    Random random = new Random();
                    while (!over.get()) {
                        step.accept(random);
                    }
                    return "over";
                },
                result);
        return result;
    }
}
