package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link ChangeFeedContract}: the feed returns the changes after a position, in order and without gaps. */
abstract class ChangeHistoryContract extends ChangeFeedFixture {

    @Test
    void returns_the_changes_after_each_number_in_order() {
        List<Position> positions = new ArrayList<>(List.of(newest()));
        List<Change> made = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            StoredToken token = insert();
            revoke(token);
            made.add(new Change.OfToken(token.id()));
            positions.add(newest());
        }
        for (int i = 0; i <= 20; i++) {
            assertEquals(made.subList(i, 20), changesSince(positions.get(i)), "changes since the " + i + "th");
        }
    }

    @Test
    void an_unknown_position_is_reported_as_another_history() {
        revoke(insert());
        Position before = newest();
        revoke(insert());
        Position newest = newest();
        for (Position known : List.of(
                Position.NONE,
                new Position(newest.number() + 1, newest.mark()),
                new Position(newest.number(), newest.mark() + 1),
                new Position(newest.number(), before.mark()),
                new Position(before.number(), newest.mark()),
                new Position(before.number(), 0),
                new Position(-1, 0))) {
            Changes told = feed.since(known);
            assertEquals(newest, told.newest());
            assertEquals(Optional.empty(), told.changes(), "changes since " + known);
        }
        assertEquals(Optional.of(List.of()), feed.since(newest).changes());
    }

    @Test
    void each_change_has_a_random_mark() {
        Set<Long> marks = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            revoke(insert());
            marks.add(newest().mark());
        }
        assertEquals(20, marks.size(), "marks of twenty changes");
        assertTrue(
                marks.stream().anyMatch(mark -> mark > Integer.MAX_VALUE || mark < 0),
                marks + " are drawn from 64 bits");
    }

    @Test
    void a_reader_of_a_number_sees_its_change() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                List<StoredToken> standing = List.of(insert(), insert(), insert());
                Position before = newest();
                AtomicBoolean over = new AtomicBoolean();
                List<Callable<Boolean>> steps = new ArrayList<>();
                steps.add(() -> {
                    revokeAll(new TokenGroup.OfTenant(tenant), NOW, ChangeFeedFixture::event);
                    over.set(true);
                    return true;
                });
                steps.add(() -> seesWhatItIsTold(before, standing, over));
                steps.add(() -> seesWhatItIsTold(before, standing, over));
                race.run(steps)
                        .forEach(seen -> assertTrue(seen, "the feed returns a change only after the token is changed"));
            }
        }
    }

    private boolean seesWhatItIsTold(Position before, List<StoredToken> standing, AtomicBoolean over) {
        boolean isLast = false;
        while (!isLast) {
            isLast = over.get();
            List<Change> told = changesSince(before);
            if (!told.isEmpty()) {
                return standing.stream()
                        .filter(token -> told.stream().anyMatch(change -> change.concerns(token)))
                        .allMatch(token ->
                                Lookups.rows(tokens, token.selector()).stream().allMatch(StoredToken::isRevoked));
            }
        }
        return false;
    }

    @Test
    void numbers_have_no_gaps_and_never_go_back() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                Position before = newest();
                List<Callable<Boolean>> steps = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    StoredToken token = insert();
                    steps.add(() -> {
                        revoke(token);
                        return true;
                    });
                }
                steps.add(() -> rises(before));
                race.run(steps)
                        .forEach(rose -> assertTrue(rose, "numbers increase, and the feed returns them without gaps"));
                assertEquals(before.number() + 4, number(), "number after four concurrent changes");
                assertEquals(4, changesSince(before).stream().distinct().count(), "distinct changes in the feed");
            }
        }
    }

    private boolean rises(Position before) {
        long last = before.number();
        for (int i = 0; i < 20; i++) {
            Changes told = feed.since(before);
            long number = told.newest().number();
            if (number < last || told.changes().orElseThrow().size() != number - before.number()) {
                return false;
            }
            last = number;
        }
        return true;
    }
}
