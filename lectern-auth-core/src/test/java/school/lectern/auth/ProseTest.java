package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Counts stilted phrases in the comments, string literals and Markdown of the whole repository, and fails if a change adds more
 * of them.
 *
 * <p>Both limits only go down. Rewrite text that exceeds a limit; do not raise the limit. After a rewrite of existing text,
 * lower the limits to the rates that the failure message prints.
 */
class ProseTest {

    /** The maximum number of hits per 10,000 words in the main code of all modules. It only goes down. */
    private static final double MAIN_CODE_LIMIT = 1.0;

    /** The maximum number of hits per 10,000 words in all Java and Markdown files. It only goes down. */
    private static final double ALL_TEXT_LIMIT = 2.4;

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** Folders with no text of the project: build output, and the quickstart's database. */
    private static final Set<String> SKIPPED_FOLDERS = Set.of("target", "data");

    /** The limits of a failure message: the files, and the hits for each file. */
    private static final int LISTED_FILES = 10;

    private static final int LISTED_HITS = 15;

    private static final List<Scan> SCANS = new ArrayList<>();

    @BeforeAll
    static void scan_the_repository() throws IOException {
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = folder.getFileName().toString();
                boolean skipped = !folder.equals(ROOT) && (name.startsWith(".") || SKIPPED_FOLDERS.contains(name));
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                // This class contains the phrases that it looks for.
                if ((name.endsWith(".java") || name.endsWith(".md")) && !name.equals("ProseTest.java")) {
                    SCANS.add(Scan.of(ROOT.relativize(file).toString().replace('\\', '/'), Files.readString(file)));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void main_code_is_within_its_limit() {
        check(MAIN_CODE_LIMIT, "MAIN_CODE_LIMIT", scan -> scan.file().contains("/src/main/"));
    }

    @Test
    void all_text_is_within_its_limit() {
        check(ALL_TEXT_LIMIT, "ALL_TEXT_LIMIT", scan -> true);
    }

    @ParameterizedTest
    @EnumSource
    void each_phrase_is_found_in_its_example(Phrase phrase) {
        String comment = "/** A sentence. " + phrase.example + " */\nclass A {}\n";
        assertThat(Scan.of("A.java", comment).hits()).extracting(Hit::phrase).contains(phrase);
        assertThat(Scan.of("a.md", phrase.example + "\n").hits())
                .extracting(Hit::phrase)
                .contains(phrase);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/** A comment\n * that is told\n * in two lines. */",
                "// A comment that is\n    // told in two lines.",
                "int a; // told",
                "/** {@return the value that {@code b} is told} */",
                "/** {@link A told} */",
                "String a = \"it is \\\"told\\\"\";",
                "String a = \"\"\"\n    a \"told\" b\n    \"\"\";",
                "char a = '\"'; // told",
            })
    void comments_and_string_literals_are_counted(String java) {
        assertThat(Scan.of("A.java", java).hits()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int told = 1;",
                "/** Calls {@code told} and {@link #told(String, int)}. */",
                "/** Calls <code>told</code>.\n <pre>{@code\n told();\n}</pre> */",
                "/** @param told the number of calls\n @throws told if it fails */",
                "char a = '\"', told = '\"';",
                "/** The value that {@code it} {@code is} read from is {@link A}. */",
            })
    void code_is_not_counted(String java) {
        assertThat(Scan.of("A.java", java).hits()).isEmpty();
    }

    @Test
    void headings_code_and_the_terms_of_the_glossary_are_not_counted() {
        String table = "| term | meaning |\n|---|---|\n| told | a word that is told |\n";
        String markdown = "# Told\n\nCall `told`:\n\n```\ntold\n```\n\n[text](told.md)\n\n";
        assertThat(Scan.of("CONTRIBUTING.md", markdown + "## Glossary\n\n" + table)
                        .hits())
                .extracting(Hit::line)
                .containsExactly(15);
        assertThat(Scan.of("CONTRIBUTING.md", "## Other\n\n" + table).hits()).hasSize(2);
    }

    private static void check(double limit, String constant, Predicate<Scan> included) {
        List<Scan> scans = SCANS.stream().filter(included).toList();
        long words = scans.stream().mapToLong(Scan::words).sum();
        long hits = scans.stream().mapToLong(scan -> scan.hits().size()).sum();
        // Fails if the folders have moved, and nothing was read.
        assertThat(words).isGreaterThan(10_000);
        double rate = 10_000.0 * hits / words;
        assertThat(rate)
                .withFailMessage(() -> failure(constant, limit, rate, hits, words, scans))
                .isLessThanOrEqualTo(limit);
    }

    private static String failure(String constant, double limit, double rate, long hits, long words, List<Scan> scans) {
        StringBuilder message = new StringBuilder();
        message.append(String.format(
                Locale.ROOT,
                "%d stilted phrases in %d words are %.2f per 10,000 words; %s is %.2f. Rewrite the text that the change adds.%n",
                hits,
                words,
                rate,
                constant,
                limit));
        scans.stream()
                .filter(scan -> !scan.hits().isEmpty())
                .sorted(Comparator.comparingInt((Scan scan) -> -scan.hits().size()))
                .limit(LISTED_FILES)
                .forEach(scan -> scan.describe(message));
        return message.toString();
    }

    /** A kind of stilted phrase, with an example and the plain form that replaces it. */
    private enum Phrase {
        HEADLESS_WHAT(
                "it returns what was found",
                "name the thing",
                "\\bwhat (?:is|was|are|were|has|have|had|it|they|he|you|comes|came|can|cannot|could|may|must|does|did"
                        + "|follows|remains|stands|decides|breaks|another|other|only"
                        + "|an? \\w+ (?:has|had|is|was|does|did|says|said))\\b"),
        WHO_AS_NOUN(
                "an error for whoever calls it",
                "name the caller, the client or the administrator",
                "\\bwhoever\\b|(?:^|[.:;,] )who \\w+|\\b(?:by|for|of|to|those) who\\b"),
        TELL("the listener is told", "report, return, expose or notify", "\\b(?:tells?|told|telling)\\b"),
        NOBODY("nobody reads it", "no caller, no thread, no transaction", "\\b(?:no|some|every)body\\b"),
        ARCHAIC(
                "it is read anew",
                "again, also, without success, fix",
                "\\b(?:anew|meanwhile|hence|thereby|whereby|henceforth|besides|likewise|lest|in vain|mend(?:s|ed)?)\\b"),
        UNNAMED_NUMBER(
                "it admits so many calls",
                "give the number its name",
                "\\bso (?:many|much|long|often|few)\\b(?! (?:that|as)\\b)"),
        /** The first word of a comment is not counted: "Whether it is closed" is the usual comment of a flag. */
        FRONTED_CLAUSE(
                "Of the body, the first line is read.",
                "subject, verb, object",
                "(?-i:(?:^|[.*] )(?:Of|What|Whoever|Who|Whether|Which) [a-z]+)"),
        THAT_THERE_IS(
                "all tokens that there are", "existing, available", "\\bthat there (?:is|are)\\b|\\bthere is not\\b"),
        STANDS("the rule stands in one place", "is, appears", "\\b(?:stands?|stood)\\b(?! (?:for|in for|out)\\b)");

        final String example;
        final String instead;
        final Pattern pattern;

        Phrase(String example, String instead, String regex) {
            this.example = example;
            this.instead = instead;
            this.pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
        }
    }

    private record Hit(Phrase phrase, int line, String text) {}

    /** The hits in one file. */
    private record Scan(String file, long words, List<Hit> hits) {

        private static final Pattern WORD = Pattern.compile("[A-Za-z']+");

        static Scan of(String file, String source) {
            String prose = file.endsWith(".java") ? Prose.ofJava(source) : Prose.ofMarkdown(file, source);
            // Without runs of blanks and breaks, which most of a Java file has become; with the line of each character.
            StringBuilder text = new StringBuilder(prose.length());
            int[] lines = new int[prose.length() + 1];
            int line = 1;
            for (int i = 0; i < prose.length(); i++) {
                char c = prose.charAt(i);
                int length = text.length();
                char last = length == 0 ? '\n' : text.charAt(length - 1);
                if (c == '\n' && last == ' ') {
                    text.setLength(length - 1);
                    last = length == 1 ? '\n' : text.charAt(length - 2);
                }
                if (c != last || (c != ' ' && c != '\n')) {
                    lines[text.length()] = line;
                    text.append(c);
                }
                if (source.charAt(i) == '\n') {
                    line++;
                }
            }
            List<Hit> hits = new ArrayList<>();
            for (Phrase phrase : Phrase.values()) {
                Matcher matcher = phrase.pattern.matcher(text);
                while (matcher.find()) {
                    hits.add(new Hit(phrase, lines[matcher.end() - 1], matcher.group()));
                }
            }
            hits.sort(Comparator.comparingInt(Hit::line));
            long words = 0;
            Matcher word = WORD.matcher(text);
            while (word.find()) {
                words++;
            }
            return new Scan(file, words, List.copyOf(hits));
        }

        void describe(StringBuilder message) {
            message.append(String.format("  %s: %d%n", file, hits.size()));
            hits.stream()
                    .limit(LISTED_HITS)
                    .forEach(hit -> message.append(String.format(
                            "    line %d: \"%s\" (%s: %s)%n", hit.line, hit.text, hit.phrase, hit.phrase.instead)));
            if (hits.size() > LISTED_HITS) {
                message.append(String.format("    and %d more%n", hits.size() - LISTED_HITS));
            }
        }
    }

    /**
     * The prose of a file, at its original offsets. Characters of code become {@link #CODE}. Line breaks inside a paragraph
     * become blanks, so that a phrase is found across them, and each break between two texts is a line feed.
     */
    private static final class Prose {

        /** Neither a letter nor a blank: no phrase goes across code. */
        private static final char CODE = '`';

        private static final String BRACES = "(?:[^{}]++|\\{[^{}]*+\\})*+\\}";

        private static final Pattern STAR = Pattern.compile("(?m)^[ \t]*\\*");
        private static final Pattern PRE = Pattern.compile("(?s)<(pre|code)>.*?</\\1>");
        private static final Pattern CODE_TAG = Pattern.compile("\\{@(?:code|literal|value)\\b" + BRACES);
        private static final Pattern LINK = Pattern.compile("\\{@link(?:plain)?\\s+[^\\s{}(]+(?:\\([^)]*\\))?");
        private static final Pattern INLINE_TAG = Pattern.compile("\\{@\\w+");
        private static final Pattern NAMED_TAG = Pattern.compile("@(?:param|throws|exception|see)\\s+\\S+");
        private static final Pattern BLOCK_TAG = Pattern.compile("@\\w+");
        private static final Pattern PARAGRAPH_TAG = Pattern.compile("</?(?:p|ul|ol|li|h\\d|table|tr|td|th)\\b[^>]*>");
        private static final Pattern HTML_TAG = Pattern.compile("</?[a-z][^>]*>");

        private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```");
        private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} .*$");
        private static final Pattern INLINE_CODE = Pattern.compile("`[^`]*`");
        private static final Pattern LINK_TARGET = Pattern.compile("\\]\\([^)]*\\)");
        private static final Pattern LIST_MARKER = Pattern.compile("(?m)^ *(?:[-*+]|\\d+\\.|>) ");
        private static final Pattern CELL_BORDER = Pattern.compile("(?m)\\||^[|: -]+$");
        private static final Pattern GLOSSARY = Pattern.compile("(?ims)^#+ [^\n]*glossary.*?(?=^#|\\z)");
        private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\|[^|\n]*\\|");

        private static final Pattern BLANK_LINES = Pattern.compile("\n[ \t\r]*(?=\n)");
        private static final Pattern LINE_BREAK = Pattern.compile("(?<!\n)\r?\n(?!\n)");

        static String ofJava(String source) {
            char[] prose = new char[source.length()];
            int at = 0;
            while (at < source.length()) {
                char c = source.charAt(at);
                int end;
                if (c == '/' && source.startsWith("//", at)) {
                    end = indexOrEnd(source, "\n", at);
                    copy(source, at + 2, end, prose);
                    // Two line comments in succession are one text.
                    prose[at] = ' ';
                    prose[at + 1] = ' ';
                } else if (c == '/' && source.startsWith("/*", at)) {
                    end = Math.min(source.length(), indexOrEnd(source, "*/", at + 2) + 2);
                    breakText(prose, at, end);
                    String comment = comment(source.substring(at + 2, end - 2));
                    comment.getChars(0, comment.length(), prose, at + 2);
                } else if (c == '"' && source.startsWith("\"\"\"", at)) {
                    end = literal(source, at, "\"\"\"", prose);
                } else if (c == '"') {
                    end = literal(source, at, "\"", prose);
                } else if (c == '\'') {
                    end = literal(source, at, "'", prose);
                    breakText(prose, at, end);
                } else {
                    end = at + 1;
                    prose[at] = Character.isWhitespace(c) ? ' ' : '\n';
                }
                at = end;
            }
            return new String(prose);
        }

        static String ofMarkdown(String file, String source) {
            StringBuilder prose = new StringBuilder(source);
            mask(prose, FENCED, '\n');
            if (file.equals("CONTRIBUTING.md")) {
                maskWithin(prose, GLOSSARY, FIRST_CELL);
            }
            mask(prose, HEADING, '\n');
            mask(prose, INLINE_CODE, CODE);
            mask(prose, LINK_TARGET, ' ');
            mask(prose, LIST_MARKER, '\n');
            mask(prose, CELL_BORDER, '\n');
            return joinLines(prose);
        }

        /** Copies a literal that starts at an offset, and returns the offset after it. */
        private static int literal(String source, int start, String quote, char[] prose) {
            int at = start + quote.length();
            while (at < source.length() && !source.startsWith(quote, at)) {
                if (source.charAt(at) == '\\' && at + 1 < source.length()) {
                    prose[at] = ' ';
                    prose[at + 1] = ' ';
                    at += 2;
                } else {
                    prose[at] = source.charAt(at) == '\n' ? ' ' : source.charAt(at);
                    at++;
                }
            }
            int end = Math.min(source.length(), at + quote.length());
            breakText(prose, start, start + quote.length());
            breakText(prose, at, end);
            return end;
        }

        private static String comment(String body) {
            StringBuilder prose = new StringBuilder(body);
            // The second star of a Javadoc comment.
            if (body.startsWith("*")) {
                prose.setCharAt(0, ' ');
            }
            mask(prose, STAR, ' ');
            mask(prose, PRE, CODE);
            mask(prose, CODE_TAG, CODE);
            mask(prose, LINK, CODE);
            mask(prose, INLINE_TAG, '\n');
            mask(prose, NAMED_TAG, '\n');
            mask(prose, BLOCK_TAG, '\n');
            mask(prose, PARAGRAPH_TAG, '\n');
            mask(prose, HTML_TAG, ' ');
            return joinLines(prose);
        }

        private static String joinLines(StringBuilder prose) {
            mask(prose, BLANK_LINES, '\n');
            mask(prose, LINE_BREAK, ' ');
            return prose.toString();
        }

        private static void mask(StringBuilder text, Pattern pattern, char replacement) {
            Matcher matcher = pattern.matcher(text.toString());
            while (matcher.find()) {
                for (int i = matcher.start(); i < matcher.end(); i++) {
                    text.setCharAt(i, replacement);
                }
            }
        }

        private static void maskWithin(StringBuilder text, Pattern section, Pattern pattern) {
            Matcher matcher = section.matcher(text.toString());
            while (matcher.find()) {
                StringBuilder part = new StringBuilder(matcher.group());
                mask(part, pattern, '\n');
                text.replace(matcher.start(), matcher.end(), part.toString());
            }
        }

        private static void copy(String source, int start, int end, char[] prose) {
            source.getChars(start, end, prose, start);
        }

        private static void breakText(char[] prose, int start, int end) {
            Arrays.fill(prose, start, end, '\n');
        }

        private static int indexOrEnd(String source, String text, int start) {
            int at = source.indexOf(text, start);
            return at < 0 ? source.length() : at;
        }
    }
}
