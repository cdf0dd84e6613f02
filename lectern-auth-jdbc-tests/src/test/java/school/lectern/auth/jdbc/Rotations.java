package school.lectern.auth.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;

/**
 * Rotates tokens, each up to a different step of its transaction, and then waits to be killed. Prints a line when a rotation
 * has reached its step. The steps are the statements of the transaction and, as the last step, its commit.
 */
final class Rotations {

    /** Rotates in one transaction, as the library does. */
    static final String WHOLE = "whole";

    /** Commits after the predecessor is marked, before its successor is inserted. */
    static final String IN_TWO = "in two";

    /**
     * The steps: read the token's row; mark it; insert the successor; read it; insert audit rows; increment the counter; insert
     * the change; commit.
     */
    static final int COMMITTED = 8;

    /** After these steps the transaction has locked the counter, so only one rotation can get this far and no further. */
    static final int HOLDS_ALL = 7;

    private static final int MARKED = 2;
    private static final int HOLDS_NO_COUNTER = 5;

    private final String mode;
    private final ThreadLocal<Integer> last = new ThreadLocal<>();
    private final ThreadLocal<Integer> done = ThreadLocal.withInitial(() -> 0);

    private Rotations(String mode) {
        this.mode = mode;
    }

    public static void main(String[] arguments) throws Exception {
        new Rotations(arguments[2]).run(Pools.of(arguments[0], arguments[1]));
    }

    private void run(DataSource pool) throws Exception {
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> watched(pool.getConnection())))
                .deadline(Patience.DEADLINE)
                .build()
                .open();
        LecternAuth auth =
                LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open();
        rotate(auth, COMMITTED);
        for (int step = 1; step <= HOLDS_NO_COUNTER; step++) {
            rotate(auth, step);
        }
        rotate(auth, HOLDS_ALL);
    }

    private void rotate(LecternAuth auth, int upTo) throws InterruptedException {
        NewToken token = NewToken.named("step " + upTo).scopes(ScopeSet.parse("read:learners"));
        String id = auth.tenant("123").tokens().issue(token).orElseThrow().id();
        Thread thread = new Thread(() -> {
            last.set(upTo);
            auth.tenant("123").tokens().withoutWaiting().rotate(id, GracePeriod.untilRevoked());
        });
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING
                || !thread.getName().equals("there")) {
            Thread.sleep(5);
        }
    }

    private void step(Connection real) throws SQLException {
        Integer upTo = last.get();
        if (upTo == null) {
            return;
        }
        done.set(done.get() + 1);
        if (done.get() == MARKED && mode.equals(IN_TWO)) {
            real.commit();
        }
        if (done.get().equals(upTo)) {
            KillableProcess.say("step " + upTo);
            Thread.currentThread().setName("there");
            waitForTheEnd();
        }
    }

    private static void waitForTheEnd() {
        while (true) {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException nobodyDoes) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Connection watched(Connection real) {
        return proxy(Connection.class, real, (method, arguments, result) -> {
            if (method.equals("commit")) {
                step(real);
            }
            // A query of the session's state is not a step of the rotation.
            boolean isStep = method.equals("prepareStatement") && !((String) arguments[0]).contains("@@");
            return isStep ? watched(real, (PreparedStatement) result) : result;
        });
    }

    private PreparedStatement watched(Connection connection, PreparedStatement real) {
        return proxy(PreparedStatement.class, real, (method, arguments, result) -> {
            if (method.startsWith("execute") && !connection.getAutoCommit()) {
                step(connection);
            }
            return result;
        });
    }

    private interface After {
        Object call(String method, Object[] arguments, Object result) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, T real, After after) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    Object result = invoke(real, method, arguments);
                    return after.call(method.getName(), arguments, result);
                }));
    }

    private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
