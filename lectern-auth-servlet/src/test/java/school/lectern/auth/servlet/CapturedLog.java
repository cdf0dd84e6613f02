package school.lectern.auth.servlet;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Captures the log output while it is open: the tests' logger writes to {@link System#err}. Most of the output is from failures
 * that the tests cause, so it is shown only if a test fails.
 */
final class CapturedLog implements AutoCloseable {

    private final PrintStream before = System.err;
    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();

    CapturedLog() {
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    }

    String text() {
        return captured.toString(StandardCharsets.UTF_8);
    }

    void show() {
        before.print(text());
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
