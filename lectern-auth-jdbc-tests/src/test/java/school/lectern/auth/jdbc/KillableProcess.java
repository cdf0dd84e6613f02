package school.lectern.auth.jdbc;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A separate process that a test kills, like a power cut, and the lines that it had printed until then. */
final class KillableProcess implements AutoCloseable {

    private final Process process;
    private final Path errors;
    private final InputStream said;

    private KillableProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        this.said = process.getInputStream();
    }

    static KillableProcess start(Class<?> main, TestDatabase database, String mode) throws IOException {
        Path errors = Files.createTempFile("errors", ".txt");
        return new KillableProcess(
                ChildProcess.java(main, errors, List.of(), database.url(), database.user(), mode)
                        .start(),
                errors);
    }

    /** Called in that process: prints a line and flushes it before it returns. */
    static void say(String line) {
        try {
            FileOutputStream out = new FileOutputStream(FileDescriptor.out);
            out.write((line + '\n').getBytes(StandardCharsets.US_ASCII));
        } catch (IOException nobodyListens) {
            throw new UncheckedIOException(nobodyListens);
        }
    }

    /** Waits for the next line and returns it. */
    String hear() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = said.read(); read != '\n'; read = said.read()) {
            if (read < 0) {
                throw new IOException("the process ended with "
                        + process.onExit().join().exitValue() + "; its error output:\n" + ChildProcess.tail(errors));
            }
            line.write(read);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    /**
     * Kills the process after it has printed the given number of further lines, and returns all complete lines that it printed.
     */
    List<String> killAfter(int more) throws IOException {
        List<String> lines = new ArrayList<>();
        while (lines.size() < more) {
            lines.add(hear());
        }
        // Uses the handle, because Process.destroyForcibly() would close the stream that the test still reads.
        boolean unused = process.toHandle().destroyForcibly();
        String rest = new String(said.readAllBytes(), StandardCharsets.US_ASCII);
        process.onExit().join();
        lines.addAll(List.of(rest.split("\n", -1)));
        lines.remove(lines.size() - 1);
        return lines;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        Files.deleteIfExists(errors);
    }
}
