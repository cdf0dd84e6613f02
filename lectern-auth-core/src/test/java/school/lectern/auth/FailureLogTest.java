package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import school.lectern.auth.recording.FailureLog;
import school.lectern.auth.spi.StorageException;

class FailureLogTest {

    private static final StorageException OUTAGE = new StorageException(
            "reading a token failed", new SQLException("no connection", new IllegalStateException()));

    private record Line(Level level, String text, @Nullable Throwable stack) {}

    /** Records all log events; the debug level can be on or off. */
    private static final class Kept extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        private final transient List<Line> lines = new ArrayList<>();
        private final boolean debug;

        Kept(boolean debug) {
            this.debug = debug;
        }

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public boolean isDebugEnabled() {
            return debug;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable stack) {
            lines.add(new Line(level, MessageFormatter.basicArrayFormat(pattern, arguments), stack));
        }
    }

    private static List<Line> told(boolean debug, Throwable why) {
        Kept log = new Kept(debug);
        FailureLog.tell(log, Level.ERROR, "request {} is refused", "req_1", why);
        return log.lines;
    }

    @Test
    void an_outage_is_one_line() {
        assertThat(told(false, OUTAGE))
                .containsExactly(new Line(
                        Level.ERROR,
                        "request req_1 is refused: reading a token failed: java.sql.SQLException: no connection:"
                                + " java.lang.IllegalStateException",
                        null));
    }

    @Test
    void the_debug_level_shows_the_complete_failure() {
        assertThat(told(true, OUTAGE)).containsExactly(new Line(Level.ERROR, "request req_1 is refused", OUTAGE));
    }

    @Test
    void an_unexpected_failure_is_logged_with_its_stack() {
        Throwable bug = new IllegalStateException("bug");
        assertThat(told(false, bug)).singleElement().satisfies(line -> {
            assertThat(line.text()).isEqualTo("request req_1 is refused");
            assertThat(line.stack()).hasToString("java.lang.IllegalStateException: bug");
            assertThat(line.stack().getStackTrace()).isEqualTo(bug.getStackTrace());
        });
    }

    @Test
    void neither_form_holds_what_a_text_quotes() {
        Throwable quoting = new IllegalStateException("no row\n Key (hash)=(5f4dcc3b5aa765d6) is there");
        for (boolean debug : List.of(true, false)) {
            for (Throwable why : List.of(quoting, new StorageException("reading failed", quoting))) {
                Line line = told(debug, why).get(0);
                StringWriter stack = new StringWriter();
                if (line.stack() != null) {
                    line.stack().printStackTrace(new PrintWriter(stack));
                }
                assertThat(line.text() + stack)
                        .doesNotContain("5f4dcc3b5aa765d6")
                        .contains("no row");
            }
        }
    }

    @Test
    void reasons_are_one_line_and_end_also_where_they_go_round() {
        StorageException broken = new StorageException("a\n  b\r\nc", new SQLException("d"));
        assertThat(broken.reasons()).isEqualTo("a\\u000a  b\\u000d\\u000ac: java.sql.SQLException: d");
        SQLException first = new SQLException("x");
        first.initCause(new SQLException("y", first));
        assertThat(new StorageException("round", first).reasons())
                .isEqualTo("round: java.sql.SQLException: x: java.sql.SQLException: y");
    }
}
