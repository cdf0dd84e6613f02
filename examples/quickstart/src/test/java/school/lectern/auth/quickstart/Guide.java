package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A document of the project. Its Java code blocks are compared with classes that compile. */
record Guide(Path file) {

    private static final Path SOURCES =
            Path.of("src", "test", "java").resolve(Guide.class.getPackageName().replace('.', '/'));

    /** A row of a table, or a body as it is sent. */
    private static final Pattern CANNOT_BREAK = Pattern.compile("[|{]");

    /** Returns the document at that path, relative to the project's root. */
    static Guide of(String path) {
        return new Guide(Path.of("..", "..").resolve(path));
    }

    String text() throws IOException {
        return Files.readString(file);
    }

    /** Returns the contents of the code blocks in that language, in their order. */
    List<String> blocks(String language) throws IOException {
        return Pattern.compile("^ *```" + language + "\n(.*?)^ *```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(text())
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    /** Returns the text between backticks in a line that is a chain of calls, such as {@code .visibleCharacters(4)}. */
    List<String> calls() throws IOException {
        return Pattern.compile("`(\\.\\w+\\([^`\n]*)`")
                .matcher(text())
                .results()
                .map((MatchResult span) -> span.group(1))
                .toList();
    }

    /** Returns the targets of the document's links to other files and headings of this project. */
    List<String> links() throws IOException {
        return Pattern.compile("\\]\\(((?!https?:)[^)\\s]+)\\)")
                .matcher(text())
                .results()
                .map((MatchResult link) -> link.group(1))
                .toList();
    }

    /** Returns the anchors of the document's headings, as GitHub forms them. */
    List<String> anchors() throws IOException {
        return Pattern.compile("^#+ (.*)$", Pattern.MULTILINE)
                .matcher(text())
                .results()
                .map((MatchResult heading) -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{Alnum} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    /** Asserts that every statement of the blocks is in one of the classes, ignoring blanks. */
    static void isCompiled(List<String> blocks, Class<?>... examples) throws IOException {
        StringBuilder compiled = new StringBuilder();
        for (Class<?> example : examples) {
            compiled.append(withoutBlanks(source(example)));
        }
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            for (String statement : block.split(";")) {
                assertThat(compiled.toString()).as(statement).contains(withoutBlanks(statement));
            }
        }
    }

    /** Returns the source of a test class. */
    static String source(Class<?> example) throws IOException {
        return Files.readString(SOURCES.resolve(example.getSimpleName() + ".java"));
    }

    /** Asserts that no line is longer than the project's limit, except lines that cannot be broken. */
    void isReadable() throws IOException {
        assertThat(Files.readAllLines(file))
                .allSatisfy(line -> assertThat(CANNOT_BREAK.matcher(line).lookingAt() ? "" : line)
                        .hasSizeLessThanOrEqualTo(125));
    }

    private static String withoutBlanks(String text) {
        return text.replaceAll("\\s+", "");
    }
}
