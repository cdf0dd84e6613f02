package school.lectern.auth.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** A DataSource that counts the round trips to the server, and can replace a query by another. */
final class RoundTrips {

    /** Some drivers make some of these calls without a round trip. The count is then too high. */
    private static final Set<String> TRIPS = Set.of(
            "execute",
            "executeQuery",
            "executeUpdate",
            "commit",
            "rollback",
            "setAutoCommit",
            "getTransactionIsolation",
            "setTransactionIsolation");

    private final AtomicInteger count = new AtomicInteger();
    private final UnaryOperator<String> sql;
    private final DataSource source;

    RoundTrips(DataSource real) {
        this(real, UnaryOperator.identity());
    }

    RoundTrips(DataSource real, UnaryOperator<String> sql) {
        this.sql = sql;
        this.source = new LendingDataSource(() -> counted(Connection.class, real.getConnection()));
    }

    DataSource source() {
        return source;
    }

    int count() {
        return count.get();
    }

    private <T> T counted(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (TRIPS.contains(method.getName())) {
                        count.incrementAndGet();
                    }
                    try {
                        if (method.getName().equals("prepareStatement")) {
                            Connection connection = (Connection) real;
                            PreparedStatement statement = connection.prepareStatement(sql.apply((String) arguments[0]));
                            // Only H2 gets this query, and H2 is in this process.
                            boolean trip = !((String) arguments[0]).contains("LOCK_TIMEOUT");
                            return trip ? counted(PreparedStatement.class, statement) : statement;
                        }
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
