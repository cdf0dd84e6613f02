package school.lectern.auth.systems;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One way to run the application, in a process with a class path of its own.
 *
 * <p>Six variants run in each build. Together they have each pair of a server with Spring Security present or absent, each pair
 * of a server with a kind of threads, each pair of these two, and each of the four systems:
 *
 * <table>
 *   <caption>The variants of each build</caption>
 *   <tr><th>server</th><th>Spring Security</th><th>threads</th><th>system</th></tr>
 *   <tr><td>Spring MVC on Tomcat</td><td>yes</td><td>platform, oldest JDK</td><td>Lectern</td></tr>
 *   <tr><td>Spring MVC on Tomcat</td><td>no</td><td>virtual, newest JDK</td><td>LearnHouse</td></tr>
 *   <tr><td>Spring MVC on Jetty</td><td>yes</td><td>virtual, newest JDK</td><td>LearnCoin</td></tr>
 *   <tr><td>Spring MVC on Jetty</td><td>no</td><td>platform, oldest JDK</td><td>Teacharium</td></tr>
 *   <tr><td>WebFlux on Netty</td><td>yes</td><td>platform, oldest JDK</td><td>LearnHouse</td></tr>
 *   <tr><td>WebFlux on Netty</td><td>no</td><td>virtual, newest JDK</td><td>Lectern</td></tr>
 * </table>
 *
 * <p>The other 42 run in the long form of the tests. One more, of Lectern, runs on Spring Boot 3.
 *
 * @param system the token system
 * @param server the server
 * @param security whether Spring Security is on the class path
 * @param threads the threads of the server, and the JDK
 * @param boot the version of Spring Boot
 */
record Variant(TokenSystem system, Server server, boolean security, Threads threads, SpringBoot boot) {

    /** A token system, with its name in {@code lectern.auth.dialect}. */
    enum TokenSystem {
        LECTERN,
        LEARNCOIN,
        TEACHARIUM,
        LEARNHOUSE;

        String dialect() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A server of Spring Boot. */
    enum Server {
        TOMCAT,
        JETTY,
        NETTY
    }

    /** The threads of the server. */
    enum Threads {
        /** On the oldest JDK that is installed. */
        PLATFORM,
        /** On the newest. */
        VIRTUAL
    }

    /** The version of Spring Boot. */
    enum SpringBoot {
        /** What the library is made for. */
        FOUR,
        /** What the same jars are also tested with. */
        THREE
    }

    /** The variants of each build. */
    static final List<Variant> PAIRWISE = List.of(
            on(TokenSystem.LECTERN, Server.TOMCAT, true, Threads.PLATFORM),
            on(TokenSystem.LEARNHOUSE, Server.TOMCAT, false, Threads.VIRTUAL),
            on(TokenSystem.LEARNCOIN, Server.JETTY, true, Threads.VIRTUAL),
            on(TokenSystem.TEACHARIUM, Server.JETTY, false, Threads.PLATFORM),
            on(TokenSystem.LEARNHOUSE, Server.NETTY, true, Threads.PLATFORM),
            on(TokenSystem.LECTERN, Server.NETTY, false, Threads.VIRTUAL));

    /** Not one of the others: the server and Spring Security are as most applications of Spring Boot 3 have them. */
    static final Variant ON_SPRING_BOOT_3 =
            new Variant(TokenSystem.LECTERN, Server.TOMCAT, true, Threads.PLATFORM, SpringBoot.THREE);

    private static Variant on(TokenSystem system, Server server, boolean security, Threads threads) {
        return new Variant(system, server, security, threads, SpringBoot.FOUR);
    }

    /** Returns every variant of Spring Boot 4. */
    static List<Variant> all() {
        List<Variant> all = new ArrayList<>();
        for (TokenSystem system : TokenSystem.values()) {
            for (Server server : Server.values()) {
                for (Threads threads : Threads.values()) {
                    all.add(on(system, server, true, threads));
                    all.add(on(system, server, false, threads));
                }
            }
        }
        return all;
    }

    /** Returns the variants of a system that run in this build. */
    static Stream<Variant> of(TokenSystem system) {
        return (Boolean.getBoolean("lectern.long") ? all() : PAIRWISE)
                .stream().filter(variant -> variant.system() == system);
    }

    @Override
    public String toString() {
        return String.join(
                        "-",
                        system.name(),
                        server.name(),
                        security ? "with-security" : "without-security",
                        threads.name(),
                        "boot",
                        boot.name())
                .toLowerCase(Locale.ROOT);
    }
}
