package school.lectern.auth.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.dialect.Lectern;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;

/** What building a judge adds to the start of a JVM: pairs of JVMs are started in turn, with a judge and without. */
public final class StartUp {

    private static final int PAIRS = 15;

    private StartUp() {}

    /** Without arguments, prints the median of the pairs, and the least and the greatest of them. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 0) {
            compare();
        } else if (arguments[0].equals("judge")) {
            InMemoryTokenStore tokens = new InMemoryTokenStore(new InMemoryAuditLog(1_000));
            LecternAuth.builder(Lectern.DIALECT, tokens).build().close();
        }
    }

    private static void compare() throws IOException, InterruptedException {
        List<Long> added = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            long bare = millisOf("bare");
            added.add(millisOf("judge") - bare);
        }
        Collections.sort(added);
        System.out.printf(
                "class load and build of a judge over a bare JVM: %d ms [%d…%d], goal ≤ 150%n",
                added.get(PAIRS / 2), added.get(0), added.get(PAIRS - 1));
    }

    private static long millisOf(String what) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartUp.class.getName(),
                        what)
                .inheritIO()
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the JVM with " + what + " did not end well");
        }
        return (System.nanoTime() - start) / 1_000_000;
    }
}
