package school.lectern.auth.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import school.lectern.auth.spi.StorageException;

class RedactedFailureTest {

    private static final String DATA = "5f4dcc3b5aa765d61d8327deb882cf99";

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static IllegalStateException holding(String text) {
        return new IllegalStateException(text + "\n  Detail: Key (hash)=(" + DATA + ") already exists.");
    }

    @Test
    void no_text_that_a_logged_stack_prints_holds_data() {
        IllegalStateException failure = holding("outer");
        failure.initCause(new RuntimeException(holding("inner")));
        failure.addSuppressed(holding("suppressed"));
        failure.getCause().addSuppressed(holding("of the cause"));
        assertThat(printed(failure)).contains(DATA);

        assertThat(printed(RedactedFailure.of(failure)))
                .doesNotContain(DATA)
                .contains(
                        "java.lang.IllegalStateException: outer…",
                        "Caused by: java.lang.RuntimeException: java.lang.IllegalStateException: inner…",
                        "Suppressed: java.lang.IllegalStateException: suppressed…",
                        "Suppressed: java.lang.IllegalStateException: of the cause…",
                        "at " + RedactedFailureTest.class.getName() + ".holding");
    }

    @Test
    void a_line_break_in_a_text_makes_no_line_of_its_own() {
        for (Throwable failure : Stream.of(
                        new IllegalStateException("a\r\nERROR forged"), new StorageException("a\r\nERROR forged"))
                .toList()) {
            assertThat(printed(RedactedFailure.of(failure)).lines()).noneMatch(line -> line.startsWith("ERROR"));
        }
        assertThat(RedactedFailure.describe(new StorageException("a\r\nb"))).endsWith(": a\\u000d\\u000ab");
    }

    @Test
    void a_failure_of_this_library_is_logged_whole() {
        StorageException own = new StorageException("token \"apitoken_8b1d3c4e-0f5a-4b6c-8d7e\" was changed by others");
        assertThat(RedactedFailure.of(own)).isSameAs(own);
    }

    @Test
    void a_storage_exception_holds_no_data_of_its_cause_wherever_it_is_logged() {
        StorageException failure = new StorageException("keeping a token failed", holding("duplicate key"));
        assertThat(printed(failure))
                .doesNotContain(DATA)
                .contains("Caused by: java.lang.IllegalStateException: duplicate key…");
        assertThat(failure.reasons())
                .isEqualTo("keeping a token failed: java.lang.IllegalStateException: duplicate key…");
    }

    @Test
    @Timeout(10)
    void causes_that_go_round_or_never_end_are_cut() {
        IllegalStateException first = holding("first");
        IllegalStateException second = holding("second");
        first.initCause(second);
        second.initCause(first);
        second.addSuppressed(first);
        assertThat(printed(RedactedFailure.of(first)))
                .contains("first…", "second…")
                .doesNotContain(DATA);
        Throwable deep = holding("deepest");
        for (int i = 0; i < 10_000; i++) {
            deep = new IllegalStateException("level", deep);
        }
        assertThat(printed(RedactedFailure.of(deep))).contains("level").doesNotContain(DATA, "deepest");
    }

    @Test
    void a_failure_without_a_text_is_its_class() {
        assertThat(RedactedFailure.of(new StackOverflowError())).hasToString("java.lang.StackOverflowError");
        assertThat(RedactedFailure.of(RedactedFailure.of(new StackOverflowError())))
                .hasToString("java.lang.StackOverflowError");
    }
}
