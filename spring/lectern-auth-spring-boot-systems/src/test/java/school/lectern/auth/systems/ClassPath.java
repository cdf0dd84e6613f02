package school.lectern.auth.systems;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import school.lectern.auth.systems.Variant.Server;
import school.lectern.auth.systems.Variant.SpringBoot;

/**
 * The class path of a variant: that of these tests, without the jars that an application of this kind does not have. {@link
 * VariantsTest} checks that none of their packages is left.
 */
final class ClassPath {

    private static final Pattern NOT_OF_TOMCAT = Pattern.compile("jetty|jakarta\\.(?!annotation)|asm");
    private static final Pattern NOT_OF_JETTY = Pattern.compile("tomcat-(?!embed-el)");
    private static final Pattern NOT_OF_NETTY =
            Pattern.compile("tomcat|jetty|jakarta\\.(?!annotation)|asm|servlet|webmvc");
    private static final Pattern OF_NETTY = Pattern.compile("netty|reactor|reactive-streams|webflux|http-codec");
    private static final Pattern OF_SECURITY = Pattern.compile("spring-(boot-(starter-)?)?security-");
    private static final Pattern OF_TESTS = Pattern.compile(
            "junit|jupiter|opentest4j|apiguardian|assertj|awaitility|mockito|byte-buddy|objenesis|hamcrest|json-path|json-smart"
                    + "|accessors-smart|jsonassert|android-json|xmlunit|xml\\.bind|activation|surefire|-test-\\d");

    private ClassPath() {}

    static String of(Variant variant) {
        return entries(variant).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    static Stream<Path> entries(Variant variant) {
        Predicate<String> misplaced = Stream.of(
                        OF_TESTS,
                        variant.security() ? null : OF_SECURITY,
                        variant.server() == Server.NETTY ? null : OF_NETTY,
                        switch (variant.server()) {
                            case TOMCAT -> NOT_OF_TOMCAT;
                            case JETTY -> NOT_OF_JETTY;
                            case NETTY -> NOT_OF_NETTY;
                        })
                .filter(pattern -> pattern != null)
                .map(Pattern::asPredicate)
                .reduce(name -> false, Predicate::or);
        return variant.boot() == SpringBoot.THREE
                ? Stream.concat(Stream.of(application()), ofSpringBoot3())
                : ofTests()
                        .filter(entry -> isOurs(entry)
                                || !misplaced.test(entry.getFileName().toString()));
    }

    /** The servlet module is one of them, although its name says what Netty does not have. */
    private static boolean isOurs(Path entry) {
        return Files.isDirectory(entry) || entry.getFileName().toString().startsWith("lectern-auth-");
    }

    private static Stream<Path> ofTests() {
        return paths(System.getProperty("java.class.path"));
    }

    private static Path application() {
        return Path.of("target", "test-classes").toAbsolutePath();
    }

    private static Stream<Path> ofSpringBoot3() {
        Path written = Path.of("..", "lectern-auth-spring-boot-3", "target", "class-path.txt");
        try {
            return paths(Files.readString(written).strip());
        } catch (IOException absent) {
            throw new IllegalStateException(
                    "no " + written + ": build lectern-auth-spring-boot-3 before these tests, as \"mvn -am\" does",
                    absent);
        }
    }

    private static Stream<Path> paths(String classPath) {
        return Stream.of(classPath.split(Pattern.quote(File.pathSeparator))).map(Path::of);
    }

    /** Returns the packages that must be absent from the class path of a variant, as the beginnings of names in jars. */
    static Set<String> absentPackages(Variant variant) {
        List<String> foreign = switch (variant.server()) {
            case TOMCAT -> List.of("org/eclipse/jetty/", "io/netty/", "reactor/", "org/springframework/web/reactive/");
            case JETTY -> List.of("org/apache/catalina/", "io/netty/", "reactor/", "org/springframework/web/reactive/");
            case NETTY ->
                List.of(
                        "jakarta/servlet/",
                        "org/apache/catalina/",
                        "org/eclipse/jetty/",
                        "org/springframework/web/servlet/",
                        "org/springframework/boot/servlet/");
        };
        Stream<String> security = variant.security() ? Stream.of() : Stream.of("org/springframework/security/");
        return Stream.of(foreign.stream(), security, Stream.of("org/junit/", "org/assertj/"))
                .flatMap(names -> names)
                .collect(Collectors.toSet());
    }
}
