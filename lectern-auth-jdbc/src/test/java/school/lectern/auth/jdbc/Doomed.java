package school.lectern.auth.jdbc;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that a test kills as a power cut would, and what it had said until then. */
final class Doomed implements AutoCloseable {

    private final Process process;
    private final InputStream said;

    private Doomed(Process process) {
        this.process = process;
        this.said = process.getInputStream();
    }

    static Doomed start(Class<?> main, TestDatabase database, String mode) throws IOException {
        return new Doomed(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        database.url(),
                        database.user(),
                        mode)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Called in that process: says a line, which is out when this returns. */
    static void say(String line) {
        try {
            FileOutputStream out = new FileOutputStream(FileDescriptor.out);
            out.write((line + '\n').getBytes(StandardCharsets.US_ASCII));
        } catch (IOException nobodyListens) {
            throw new UncheckedIOException(nobodyListens);
        }
    }

    /** The next line; waits for it. */
    String hear() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = said.read(); read != '\n'; read = said.read()) {
            if (read < 0) {
                throw new IOException(
                        "the process ended with " + process.onExit().join().exitValue());
            }
            line.write(read);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    /** Kills it after so long, and gives the whole lines that it said until then. */
    List<String> killAfter(long millis) throws Exception {
        Thread killing = new Thread(() -> {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException soBeIt) {
                Thread.currentThread().interrupt();
            }
            // By its handle: the process itself would close the stream that is still to be read.
            process.toHandle().destroyForcibly();
        });
        killing.start();
        String all = new String(said.readAllBytes(), StandardCharsets.US_ASCII);
        killing.join();
        process.onExit().join();
        List<String> lines = new ArrayList<>(List.of(all.split("\n", -1)));
        lines.remove(lines.size() - 1);
        return lines;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
