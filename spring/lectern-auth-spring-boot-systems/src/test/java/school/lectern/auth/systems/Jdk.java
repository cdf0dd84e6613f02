package school.lectern.auth.systems;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A JDK that is installed: the one that runs the tests, those that environment variables such as JAVA_HOME name, and those in
 * the folders beside them.
 *
 * @param home its folder
 * @param version its feature version
 */
record Jdk(Path home, int version) {

    private static final int OLDEST_SUPPORTED = 17;

    /** The first one with virtual threads. */
    private static final int VIRTUAL_THREADS = 21;

    private static final List<Jdk> INSTALLED = installed();

    static Jdk oldest() {
        return INSTALLED.get(0);
    }

    static Jdk newest() {
        return INSTALLED.get(INSTALLED.size() - 1);
    }

    Path java() {
        return home.resolve("bin").resolve("java");
    }

    boolean hasVirtualThreads() {
        return version >= VIRTUAL_THREADS;
    }

    private static List<Jdk> installed() {
        List<Path> homes = new ArrayList<>();
        homes.add(Path.of(System.getProperty("java.home")));
        System.getenv().forEach((name, value) -> {
            if (name.startsWith("JAVA_HOME") && Files.isDirectory(Path.of(value))) {
                homes.add(Path.of(value));
            }
        });
        return homes.stream()
                .flatMap(Jdk::withThoseBeside)
                .distinct()
                .flatMap(Jdk::at)
                .sorted(Comparator.comparingInt(Jdk::version))
                .toList();
    }

    private static Stream<Path> withThoseBeside(Path home) {
        try {
            Path real = home.toRealPath();
            List<Path> all = new ArrayList<>(List.of(real));
            try (Stream<Path> beside = Files.list(real.resolveSibling("."))) {
                for (Path folder : beside.filter(Files::isDirectory).toList()) {
                    all.add(folder.toRealPath());
                }
            }
            return all.stream();
        } catch (IOException unreadable) {
            return Stream.of(home);
        }
    }

    private static Stream<Jdk> at(Path home) {
        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(home.resolve("release"))) {
            release.load(in);
        } catch (IOException isNoJdk) {
            return Stream.of();
        }
        String version = release.getProperty("JAVA_VERSION", "").replace("\"", "");
        return version.matches("\\d+([.+-].*)?") && Files.isExecutable(home.resolve("bin/java"))
                ? Stream.of(new Jdk(home, Integer.parseInt(version.split("[.+-]")[0])))
                        .filter(jdk -> jdk.version() >= OLDEST_SUPPORTED)
                : Stream.of();
    }
}
