package school.lectern.auth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs JMH for one group of benchmarks in one round, with one fork per benchmark, and writes a file. JMH by itself runs all
 * forks of one benchmark before the next benchmark, so benchmarks that are compared run minutes apart, and the machine may have
 * been busy for only one of them.
 */
public final class Rounds {

    private Rounds() {}

    /**
     * Runs one group's part of a round. Further arguments are passed to JMH. The file is named after the group and the round.
     */
    public static void main(String[] arguments) throws CommandLineOptionException, RunnerException, IOException {
        if (arguments.length < 3) {
            System.err.println("usage: Rounds <folder> <group> <round> [arguments of JMH]");
            System.exit(2);
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        CommandLineOptions options = new CommandLineOptions(Arrays.copyOfRange(arguments, 3, arguments.length));
        Path file = folder.resolve("%s-%03d.json".formatted(arguments[1], Integer.parseInt(arguments[2])));
        new Runner(new OptionsBuilder()
                        .parent(options)
                        .forks(1)
                        .shouldFailOnError(true)
                        // As in a server that has run for some time, live objects are next to each other, without the
                        // garbage of their creation in between. Otherwise each token would be on memory pages of its
                        // own.
                        .shouldDoGC(true)
                        // The first access to each page of the heap is not part of the measurement.
                        .jvmArgsPrepend("-XX:+AlwaysPreTouch")
                        .addProfiler(GCProfiler.class)
                        .addProfiler(CpuTime.class)
                        .resultFormat(ResultFormatType.JSON)
                        .result(file.toString())
                        .build())
                .run();
    }
}
