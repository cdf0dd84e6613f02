package school.lectern.auth.jdbc.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.StorageException;

class RedactedSqlExceptionTest {

    private static final SQLException DUPLICATE_KEY =
            new SQLException("Duplicate entry 'canary' for key 'selector'", "23000", 1062);

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void it_keeps_the_class_the_codes_and_what_the_error_means() {
        RedactedSqlException redacted = RedactedSqlException.of(DUPLICATE_KEY);
        assertThat((Throwable) redacted)
                .hasToString("java.sql.SQLException [SQL state 23000, vendor code 1062]: Duplicate entry …");
        assertThat(redacted.getSQLState()).isEqualTo("23000");
        assertThat(redacted.getErrorCode()).isEqualTo(1062);
        assertThat(redacted.getStackTrace()).isEqualTo(DUPLICATE_KEY.getStackTrace());
        assertThat(SqlFailure.of(new StorageException("x", redacted))).isEqualTo(SqlFailure.DUPLICATE_KEY);
        assertThat(SqlFailure.of(RedactedSqlException.of(new SQLTransientConnectionException("no connection"))))
                .isEqualTo(SqlFailure.NOT_AVAILABLE);
        assertThat((Throwable) RedactedSqlException.of(redacted)).isSameAs(redacted);
    }

    @Test
    void it_keeps_the_errors_of_a_batch_without_their_data() {
        BatchUpdateException batch = new BatchUpdateException("Batch entry 0 INSERT VALUES ('canary')", new int[0]);
        batch.setNextException(DUPLICATE_KEY);
        batch.initCause(new IllegalStateException("value 'canary'", DUPLICATE_KEY));
        batch.addSuppressed(new SQLException("canary='canary'"));
        assertThat(printed(RedactedSqlException.of(batch)))
                .doesNotContain("'canary'")
                .contains("Suppressed: java.sql.SQLException [SQL state 23000, vendor code 1062]: Duplicate entry …");
    }

    @Test
    void errors_that_go_round_are_cut() {
        SQLException first = new SQLException("first");
        SQLException second = new SQLException("second", first);
        first.setNextException(second);
        first.addSuppressed(second);
        assertThat(printed(RedactedSqlException.of(first))).contains("first", "second");
    }
}
