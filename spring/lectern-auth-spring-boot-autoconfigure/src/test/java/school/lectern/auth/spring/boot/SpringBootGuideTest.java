package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import school.lectern.auth.http.RouteRules;

/** The Java of docs/spring-boot.md is that of tested classes, and its table has the properties of the metadata. */
class SpringBootGuideTest {

    private static final Path ROOT = Path.of("..", "..");

    private static String guide() throws IOException {
        return Files.readString(ROOT.resolve("docs/spring-boot.md"));
    }

    private static Stream<String> java(String markdown) {
        return blocks("java", markdown);
    }

    private static String yaml(String markdown) {
        return blocks("yaml", markdown).collect(Collectors.joining());
    }

    private static Stream<String> blocks(String language, String markdown) {
        return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(markdown)
                .results()
                .map((MatchResult block) -> block.group(1));
    }

    private static String withoutBlanks(String text) {
        return text.replaceAll("\\s+", "");
    }

    private static String sources(Path... folders) throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path folder : folders) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    all.append(withoutBlanks(Files.readString(file)));
                }
            }
        }
        return all.toString();
    }

    @Test
    void the_guides_java_is_compiled_and_tested() throws IOException {
        String compiled = sources(
                Path.of("src/test/java"),
                Path.of("../lectern-auth-spring-boot-test/src/test/java"),
                ROOT.resolve("examples/spring-boot/src/main/java"));
        String readme = Files.readString(ROOT.resolve("README.md"));
        List<String> statements = Stream.concat(java(guide()), java(ofSpringBoot(readme)))
                .flatMap(block -> Stream.of(block.split("[;{}]")))
                .map(SpringBootGuideTest::withoutBlanks)
                .filter(statement -> !statement.isEmpty())
                .toList();
        assertThat(statements)
                .hasSizeGreaterThan(10)
                .allSatisfy(statement -> assertThat(compiled).contains(statement));
    }

    private static String ofSpringBoot(String readme) {
        return readme.substring(readme.indexOf("### In Spring Boot"), readme.indexOf("### In a servlet application"));
    }

    /** A guarded route, a scope, limits, a durable audit log and the management API. Blank lines do not count. */
    @Test
    void the_readme_guards_an_application_with_few_lines_and_its_settings_are_those_of_the_example()
            throws IOException {
        String section = ofSpringBoot(Files.readString(ROOT.resolve("README.md")));
        assertThat(java(section).flatMap(String::lines).filter(line -> !line.isBlank()))
                .hasSizeBetween(1, 12);
        String yaml = yaml(section);
        assertThat(yaml.lines()).hasSizeBetween(1, 12);
        assertThat(Files.readString(ROOT.resolve("examples/spring-boot/src/main/resources/application.yaml"))
                        .lines())
                .containsAll(yaml.lines().toList());
    }

    @Test
    void the_guides_settings_start_an_application() throws IOException {
        String yaml = yaml(guide());
        PropertySource<?> settings = new YamlPropertySourceLoader()
                .load("guide", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
                .get(0);
        new WebApplicationContextRunner()
                .withInitializer(
                        context -> context.getEnvironment().getPropertySources().addFirst(settings))
                .withPropertyValues("lectern.auth.storage=memory", "lectern.auth.filter.enabled=true")
                .withConfiguration(AutoConfigurations.of(
                        LecternAuthAutoConfiguration.class,
                        LecternAuthRoutesAutoConfiguration.class,
                        LecternAuthServletAutoConfiguration.class))
                .run(context -> {
                    RouteRules rules = context.getBean(RouteRules.class);
                    assertThat(rules.guards("POST", "/v1/bulk/learners")).isTrue();
                    assertThat(rules.names("GET", "/hello")).isTrue();
                    assertThat(rules.guards("GET", "/hello")).isFalse();
                });
    }

    @Test
    void the_guides_properties_are_those_of_the_metadata() throws IOException {
        Set<String> documented = Pattern.compile("^\\| (`[a-z].*?`) \\|", Pattern.MULTILINE)
                .matcher(guide().substring(guide().indexOf("## Properties")))
                .results()
                .flatMap(row -> Stream.of(row.group(1).split(", ")))
                .map(name -> name.replace("`", ""))
                .map(name -> name.startsWith("management.health.") ? name : "lectern.auth." + name)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(metadata());
    }

    static Set<String> metadata() throws IOException {
        Set<String> names = new TreeSet<>();
        try (InputStream json =
                LecternAuthProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            assertThat(json).as("the metadata that the build generates").isNotNull();
            List<String> found = JsonPath.read(json, "$.properties[*].name");
            names.addAll(found);
        }
        // The elements of a list have no metadata of their own.
        assertThat(names.remove("lectern.auth.routes")).isTrue();
        Stream.of(LecternAuthProperties.Route.class.getRecordComponents())
                .forEach(component -> names.add("lectern.auth.routes[]." + dashed(component.getName())));
        return names;
    }

    /** Returns the name as properties are written. */
    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
