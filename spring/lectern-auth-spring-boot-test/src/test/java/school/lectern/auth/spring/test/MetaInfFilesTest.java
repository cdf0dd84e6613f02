package school.lectern.auth.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.webflux.test.autoconfigure.AutoConfigureWebFlux;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureWebMvc;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.test.context.TestExecutionListener;
import org.springframework.util.ClassUtils;
import school.lectern.auth.spring.boot.LecternAuthCustomizer;
import school.lectern.auth.spring.boot.RouteRulesCustomizer;

/** Each file in META-INF has the name of an annotation of Spring Boot's, and the classes that guard a test. */
class MetaInfFilesTest {

    private static final Path META_INF = Path.of("src/main/resources/META-INF");

    private static final Set<String> CUSTOMIZERS =
            Set.of(LecternAuthCustomizer.class.getName(), RouteRulesCustomizer.class.getName());

    /** The file of each annotation, and its classes of this project. */
    private static Map<String, Set<String>> expected() {
        return Map.of(
                AutoConfigureLecternAuth.class.getName() + ".imports",
                guarding("nothing is left out"),
                AutoConfigureWebMvc.class.getName() + ".imports",
                guarding("Reactive"),
                AutoConfigureWebFlux.class.getName() + ".imports",
                guarding("LecternAuthServlet|LecternAuthSecurity"),
                AutoConfigureMockMvc.class.getName() + ".imports",
                Set.of(LecternAuthMockMvcAutoConfiguration.class.getName()),
                AutoConfigureWebTestClient.class.getName() + ".imports",
                Set.of(LecternAuthWebTestClientAutoConfiguration.class.getName()),
                WebMvcTest.class.getName() + ".includes",
                CUSTOMIZERS,
                WebFluxTest.class.getName() + ".includes",
                CUSTOMIZERS);
    }

    /**
     * Returns the auto-configurations that guard an application, and the one of tests, without those for another kind of
     * application.
     */
    private static Set<String> guarding(String leftOut) {
        Stream<String> ofApplications =
                ImportCandidates.load(AutoConfiguration.class, MetaInfFilesTest.class.getClassLoader())
                        .getCandidates()
                        .stream()
                        .filter(name -> name.startsWith("school.lectern."))
                        .filter(name -> !name.matches(".*(Metrics|Health|OpenApi)AutoConfiguration"));
        return Stream.concat(ofApplications, Stream.of(LecternAuthTestAutoConfiguration.class.getName()))
                .filter(name -> !name.matches(".*(" + leftOut + ").*"))
                .collect(Collectors.toSet());
    }

    @Test
    void each_file_belongs_to_an_annotation_and_names_the_classes_for_it() throws IOException {
        Map<String, Set<String>> expected = expected();
        try (Stream<Path> files = Files.list(META_INF.resolve("spring"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(expected.keySet());
        }
        for (Map.Entry<String, Set<String>> file : expected.entrySet()) {
            List<String> lines = Files.readAllLines(META_INF.resolve("spring").resolve(file.getKey()));
            assertThat(lines.stream().filter(name -> name.startsWith("school.lectern.")))
                    .as(file.getKey())
                    .containsExactlyInAnyOrderElementsOf(file.getValue());
            // Those of Spring Boot are optional, and exist.
            assertThat(lines.stream().filter(name -> !name.startsWith("school.lectern.")))
                    .as(file.getKey())
                    .allMatch(name -> name.startsWith("optional:org.springframework.boot.security.autoconfigure."))
                    .allMatch(name -> ClassUtils.isPresent(name.substring("optional:".length()), null));
        }
    }

    @Test
    void slices_have_the_auto_configurations_of_spring_boot_for_security() throws IOException {
        for (Class<?> slice : List.of(AutoConfigureWebMvc.class, AutoConfigureWebFlux.class)) {
            assertThat(Files.readAllLines(META_INF.resolve("spring/" + slice.getName() + ".imports")))
                    .as(slice.getName())
                    .contains("optional:org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration");
        }
    }

    @Test
    void the_listener_is_registered() throws IOException {
        Properties factories = new Properties();
        try (var in = Files.newInputStream(META_INF.resolve("spring.factories"))) {
            factories.load(in);
        }
        assertThat(new TreeSet<>(factories.stringPropertyNames()))
                .containsExactly(TestExecutionListener.class.getName());
        assertThat(factories.getProperty(TestExecutionListener.class.getName()))
                .isEqualTo(WithLecternTokenListener.class.getName());
    }
}
