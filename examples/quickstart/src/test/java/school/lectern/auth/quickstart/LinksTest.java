package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between the documents lead to files and sections that exist. */
class LinksTest {

    static List<String> documents() throws IOException {
        Path root = Path.of("..", "..");
        try (Stream<Path> guides = Files.list(root.resolve("docs"))) {
            Stream<String> others = Stream.of(
                    "README.md",
                    "ARCHITECTURE.md",
                    "SECURITY.md",
                    "CONTRIBUTING.md",
                    "CHANGELOG.md",
                    "benchmarks/README.md",
                    "examples/quickstart/README.md",
                    "examples/spring-boot/README.md");
            return Stream.concat(
                            guides.map(file -> "docs/" + file.getFileName()).filter(file -> file.endsWith(".md")),
                            others)
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void links_lead_to_files_and_sections(String document) throws IOException {
        Guide guide = Guide.of(document);
        for (String link : guide.links()) {
            String[] parts = link.split("#", 2);
            Guide target = parts[0].isEmpty() ? guide : new Guide(guide.file().resolveSibling(parts[0]));
            assertThat(target.file()).exists();
            if (parts.length == 2) {
                assertThat(target.anchors()).as(link).contains(parts[1]);
            }
        }
    }
}
