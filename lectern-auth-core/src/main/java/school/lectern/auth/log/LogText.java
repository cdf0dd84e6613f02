package school.lectern.auth.log;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes texts from outside the library safe to be logged or exported. */
public final class LogText {

    /** The maximum length of an exception's text: people read log lines. */
    private static final int MAX_LENGTH = 300;

    private static final String CUT = "…";

    private static final Pattern END_OF_LINE = Pattern.compile("\\R");

    /** The start of each message of MariaDB's driver. */
    private static final Pattern CONNECTION_ID = Pattern.compile("\\(conn=\\d+\\) ");

    /** The characters that a value may start with. */
    private static final String VALUE_STARTS = "'\"`´‘’‚‛“”„«»‹›([{<=";

    /** The quoted name of a table, a constraint or a similar object, after a {@link #NAMING_WORD}. */
    private static final Pattern NAMED = Pattern.compile("(['\"`])[A-Za-z_][A-Za-z0-9_.$]{0,63}\\1");

    private static final Pattern NAMING_WORD = Pattern.compile(
            "(?i)\\b(?:constraint|relation|table|view|column|index|key|sequence|schema|database|role|user|function|variable"
                    + "|parameter|setting) $");

    /** Counts in the form in which pools and databases report them: {@code (total=2, active=2)}. */
    private static final Pattern COUNTS = Pattern.compile("\\((?:[a-z]+=)?\\d{1,9}(?:, [a-z]+=\\d{1,9})*\\)");

    /** A text that may be a secret, a hash or an identifier, unless it consists of words. */
    private static final Pattern LONG_RUN = Pattern.compile("[A-Za-z0-9_+-]{16,}");

    private static final Pattern SEPARATOR = Pattern.compile("[-_]");

    private static final Pattern WORD =
            Pattern.compile("[a-z]{0,15}|[A-Z]{1,15}|(?:[A-Z]{1,10}[a-z]{2,15})+|\\d{1,5}|[a-z]{1,12}\\d{1,3}");

    /** Invisible characters that Unicode counts among letters and marks. */
    private static final List<Integer> BLANK_LETTERS = List.of(0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0);

    private LogText() {}

    /**
     * {@return the text, in which each character that is invisible, breaks a line or changes the direction of writing is
     * escaped as {@code \}{@code uXXXX}, once for each UTF-16 unit} Inside a JSON string, the result has the same value.
     *
     * @param text any text
     */
    public static String escape(String text) {
        if (text.codePoints().allMatch(LogText::isVisible)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isVisible(c)) {
                escaped.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    escaped.append(String.format("\\u%04x", (int) unit));
                }
            }
        });
        return escaped.toString();
    }

    private static boolean isVisible(int c) {
        if (c < 0x7f) {
            return c >= ' ';
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> !isBlank(c);
        };
    }

    /** {@return whether the character is a filler or a variation selector} */
    private static boolean isBlank(int c) {
        return (c >= 0xfe00 && c <= 0xfe0f)
                || (c >= 0x180b && c <= 0x180f)
                || (c >= 0xe0100 && c <= 0xe01ef)
                || BLANK_LETTERS.contains(c);
    }

    /**
     * {@return the text of an exception without data} Databases quote rows, keys and parameters, the JDK quotes values that
     * it could not parse, and applications quote input of clients. So only the first line is returned, up to the first
     * quoted, bracketed or assigned value, and without long runs of characters that do not consist of words. Names stay if
     * the text itself calls them a table, a constraint or a similar object, and counts stay. The result has at most 300
     * characters and is escaped.
     *
     * @param text the text of an exception
     */
    public static String withoutData(String text) {
        String[] lines = END_OF_LINE.split(text, 2);
        String line = lines[0];
        boolean cut = lines.length > 1 && !lines[1].isBlank();
        Matcher connection = CONNECTION_ID.matcher(line);
        String kept = untilFirstValue(connection.lookingAt() ? line.substring(connection.end()) : line, cut);
        String masked = LONG_RUN.matcher(kept).replaceAll(run -> isMadeOfWords(run.group()) ? "$0" : CUT);
        return escape(masked.length() > MAX_LENGTH ? masked.substring(0, MAX_LENGTH) + CUT : masked);
    }

    private static String untilFirstValue(String line, boolean cut) {
        int at = 0;
        while (at < line.length()) {
            int next = VALUE_STARTS.indexOf(line.charAt(at)) < 0 ? at + 1 : endOfName(line, at);
            if (next < 0) {
                return line.substring(0, at) + CUT;
            }
            at = next;
        }
        return cut ? line + CUT : line;
    }

    /** {@return the end of the name or the count that starts at an index, or -1 if the text there may be anything else} */
    private static int endOfName(String line, int start) {
        for (Pattern harmless : List.of(NAMED, COUNTS)) {
            Matcher matcher = harmless.matcher(line).region(start, line.length());
            boolean named = harmless == COUNTS
                    || NAMING_WORD.matcher(line.substring(0, start)).find();
            if (named && matcher.lookingAt()) {
                return matcher.end();
            }
        }
        return -1;
    }

    private static boolean isMadeOfWords(String run) {
        return SEPARATOR.splitAsStream(run).allMatch(part -> WORD.matcher(part).matches());
    }
}
