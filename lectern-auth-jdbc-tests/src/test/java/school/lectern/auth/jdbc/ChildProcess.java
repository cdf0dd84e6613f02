package school.lectern.auth.jdbc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Starts Java processes for tests: quickly, with little memory, and with their error output in a file. */
final class ChildProcess {

    private static final int TAIL = 8_000;

    private ChildProcess() {}

    /** Returns a Java process that runs the main method of a test class. */
    static ProcessBuilder java(Class<?> main, Path errors, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).redirectError(errors.toFile());
    }

    /** Returns the end of a process's error output, for the message of a failed test. */
    static String tail(Path errors) {
        try {
            String all = Files.readString(errors, StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - TAIL));
        } catch (IOException unreadable) {
            return "(unreadable: " + unreadable + ")";
        }
    }
}
