package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.jdbc.TcpProxy.Cut;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;

/**
 * A connection breaks while permits are taken or put back, so the outcome is unknown. Permits may be lost, but none are
 * created.
 */
class UnknownPermitsTest {

    private static final RateLimit LIMIT = RateLimit.fixed(40, Duration.ofDays(366));

    @TempDir
    Path folder;

    static List<TestDatabase.Kind> servers() {
        return TestDatabase.Kind.servers();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void an_unknown_outcome_creates_no_permits(TestDatabase.Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (TcpProxy proxy = new TcpProxy(database.port());
                HikariDataSource pool = database.through(proxy).pool();
                HikariDataSource direct = database.pool();
                OpenStorage other = JdbcStorage.builder(direct)
                        .deadline(Duration.ofSeconds(10))
                        .build()
                        .open();
                OpenStorage storage = JdbcStorage.builder(pool)
                        .deadline(Duration.ofSeconds(2))
                        .existingTables()
                        .build()
                        .open()) {
            for (Cut where : List.of(Cut.BEFORE_IT_ARRIVES, Cut.BEFORE_ITS_ANSWER)) {
                for (LimitStore limits : List.of(storage.exactLimits(), storage.limits())) {
                    LimitKey key = new LimitKey(where + "_" + limits.getClass().getSimpleName(), "read");
                    int used = take(limits, key, 3);
                    cutPutBack(proxy, where, limits, key);
                    used += take(limits, key, 5);
                    used += take(other.exactLimits(), key, 100);
                    assertThat(used).isBetween(20, 40);
                    LimitKey first = new LimitKey(key.subject() + "_first", "read");
                    proxy.cutNextCommit(where);
                    assertThatThrownBy(() -> limits.take(
                                    LimitTake.of(first, LIMIT), Clocks.system().now()))
                            .isInstanceOf(StorageException.class);
                    assertThat(take(limits, first, 100)).isBetween(39, 40);
                }
            }
        }
    }

    /** The call is not repeated, because it may have succeeded. */
    private static void cutPutBack(TcpProxy proxy, Cut where, LimitStore limits, LimitKey key) {
        Reservation reserved =
                limits.reserve(LimitTake.of(key, LIMIT), Clocks.system().now());
        int cuts = proxy.cuts();
        proxy.cutNextCommit(where);
        assertThatThrownBy(reserved::putBack).isInstanceOf(StorageException.class);
        assertThat(proxy.cuts()).isEqualTo(cuts + 1);
        reserved.putBack();
    }

    private static int take(LimitStore limits, LimitKey key, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            admitted +=
                    limits.take(LimitTake.of(key, LIMIT), Clocks.system().now()).admitted() ? 1 : 0;
        }
        return admitted;
    }
}
