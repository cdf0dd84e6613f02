package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/schema.md: the tests of the tables run its Java code, and it names every file. */
class SchemaGuideTest {

    private static final Path GUIDE = Path.of("..", "docs", "schema.md");
    private static final Path EXAMPLES = Path.of("src/test/java/school/lectern/auth/jdbc/SchemaExamples.java");

    /** Returns the contents of the guide's code blocks in that language, in their order. */
    static List<String> blocks(String language) throws IOException {
        return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(Files.readString(GUIDE))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        String compiled = withoutBlanks(Files.readString(EXAMPLES));
        assertThat(blocks("java"))
                .hasSize(2)
                .allSatisfy(block -> assertThat(compiled).contains(withoutBlanks(block)));
    }

    @Test
    void the_guide_names_every_file() throws IOException {
        String guide = Files.readString(GUIDE);
        String yaml = blocks("yaml").get(0);
        for (String file : Schema.FILES) {
            for (String product : List.of("h2", "postgresql", "mariadb")) {
                assertThat(guide).contains(file.replace("${product}", product));
            }
            assertThat(yaml).contains("school/lectern/auth/jdbc/" + file.replace("${product}", "postgresql"));
        }
    }

    private static String withoutBlanks(String text) {
        return text.replaceAll("\\s+", "");
    }
}
