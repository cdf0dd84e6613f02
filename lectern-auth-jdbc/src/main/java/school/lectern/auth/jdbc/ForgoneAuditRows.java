package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.StorageException;

/**
 * The audit rows of a change that ends tokens. They are written in the change's own transaction. If the table rejects them, the
 * change is made without them, so that a full audit table cannot prevent the revocation of a leaked token; the rows are then
 * offered to the audit log, which writes them later or counts them as dropped.
 */
final class ForgoneAuditRows {

    private static final Logger log = LoggerFactory.getLogger(ForgoneAuditRows.class);

    private final Database database;

    /**
     * Set by the thread that runs the change, which may not be the caller's; the caller reads it after the change has ended.
     */
    private volatile List<AuditEvent> refused = List.of();

    private volatile boolean areForgone;

    private ForgoneAuditRows(Database database) {
        this.database = database;
    }

    /** A change that writes its audit rows with {@link #insert}. */
    interface Change<T> {
        T with(ForgoneAuditRows rows);
    }

    /** Makes a change. If it failed because of its audit rows, makes it again without them. */
    static <T> T make(String what, Database database, AuditLog audit, Change<T> change) {
        ForgoneAuditRows rows = new ForgoneAuditRows(database);
        try {
            return change.with(rows);
        } catch (StorageException failed) {
            if (rows.refused.isEmpty()) {
                throw failed;
            }
            return rows.without(what, failed, audit, () -> change.with(rows));
        }
    }

    private <T> T without(String what, StorageException why, AuditLog audit, Supplier<T> change) {
        areForgone = true;
        T made = change.get();
        log.error(
                "{}: the audit table rejected the rows, so the change was made without them; {} rows are offered to the"
                        + " audit log",
                what,
                refused.size(),
                RedactedFailure.of(why));
        refused.forEach(audit::offer);
        return made;
    }

    /** Begins an attempt, and discards the rows of the previous one. */
    void begin() {
        refused = List.of();
    }

    /** Adds the rows to a transaction, or collects them if the change is made without them. */
    void insert(Connection connection, List<AuditEvent> events) throws SQLException {
        if (areForgone) {
            List<AuditEvent> all = new ArrayList<>(refused);
            all.addAll(events);
            refused = all;
            return;
        }
        try {
            AuditRow.insert(connection, database, events);
        } catch (SQLException failed) {
            // A transaction that conflicted with another one is retried with its rows.
            refused = SqlFailure.of(failed) == SqlFailure.SERIALIZATION_FAILURE ? List.of() : List.copyOf(events);
            throw failed;
        }
    }
}
