package school.lectern.auth.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process with the class path of this process. It reads commands as lines, answers in lines, and ends when its input ends.
 */
final class ChildProcess {

    private final Process process;

    private ChildProcess(Process process) {
        this.process = process;
    }

    static ChildProcess start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Xms512m",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ChildProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    void say(String line) throws IOException {
        process.outputWriter().write(line + "\n");
        process.outputWriter().flush();
    }

    String hear() throws IOException {
        String line = process.inputReader().readLine();
        if (line == null) {
            throw new IOException("a process that is measured with has ended");
        }
        return line;
    }

    /** Returns the CPU time of the process so far, in nanoseconds. The system counts it in steps of ten milliseconds. */
    long cpu() {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    /** Closes the input of the process, and waits for its end. */
    void stop() throws IOException, InterruptedException {
        process.outputWriter().close();
        if (process.waitFor() != 0) {
            throw new IOException("a process that was measured with did not end well");
        }
    }
}
