package school.lectern.auth.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;

/**
 * How much an instance of the library adds to the start of a JVM: starts pairs of JVMs alternately, with and without an
 * instance.
 */
public final class StartUp {

    private static final int PAIRS = 25;

    /** The library and its dependencies, including a logging provider. */
    private static final List<String> ARCHIVES = List.of(
            "school.lectern.auth.LecternAuth",
            "com.github.benmanes.caffeine.cache.Caffeine",
            "org.slf4j.Logger",
            "org.slf4j.simple.SimpleLogger");

    private StartUp() {}

    /** Without arguments, prints the median of the pairs, with the minimum and maximum. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            compare(classPath());
        } else if (arguments[0].equals("judge")) {
            InMemoryTokenStore tokens = new InMemoryTokenStore(new InMemoryAuditLog(1_000));
            LecternAuth.builder(Lectern.DIALECT).tokens(tokens).open().close();
        }
    }

    /**
     * Returns the class path without the archives of the other benchmarks: the search for a logging provider opens every
     * archive.
     */
    private static String classPath() throws IOException, ClassNotFoundException, URISyntaxException {
        List<String> paths = new ArrayList<>(List.of(thisClassAlone().toString()));
        for (String name : ARCHIVES) {
            Class<?> one = Class.forName(name, false, StartUp.class.getClassLoader());
            paths.add(Path.of(one.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, paths);
    }

    private static Path thisClassAlone() throws IOException {
        Path folder = Files.createTempDirectory("startup");
        Path file = folder.resolve(StartUp.class.getName().replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        try (InputStream bytes = StartUp.class.getResourceAsStream("StartUp.class")) {
            Files.copy(bytes, file);
        }
        try (Stream<Path> made = Files.walk(folder)) {
            made.map(Path::toFile).forEach(File::deleteOnExit);
        }
        return folder;
    }

    private static void compare(String classPath) throws IOException, InterruptedException {
        List<Long> added = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            long bare = millisOf("bare", classPath);
            added.add(millisOf("judge", classPath) - bare);
        }
        Collections.sort(added);
        System.out.printf(
                "class load and build of a judge over a bare JVM: %d ms [%d…%d], goal ≤ 150%n",
                added.get(PAIRS / 2), added.get(0), added.get(PAIRS - 1));
    }

    private static long millisOf(String what, String classPath) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        StartUp.class.getName(),
                        what)
                .inheritIO()
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the JVM with " + what + " failed");
        }
        return (System.nanoTime() - start) / 1_000_000;
    }
}
