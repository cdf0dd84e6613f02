package school.lectern.auth.log;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes texts that come from elsewhere fit to be logged or exported. */
public final class LogText {

    /** Longer texts of exceptions end here: a line of a log is read by a person. */
    private static final int MAX_LENGTH = 300;

    private static final String CUT = "…";

    private static final Pattern END_OF_LINE = Pattern.compile("\\R");

    /** How MariaDB's driver starts each of its messages. */
    private static final Pattern CONNECTION_ID = Pattern.compile("\\(conn=\\d+\\) ");

    /** Where a value may begin. */
    private static final String VALUE_STARTS = "'\"`´‘’‚‛“”„«»‹›([{<=";

    /** The name of a table, a constraint and the like, where the text says that it is one. */
    private static final Pattern NAMED = Pattern.compile("(['\"`])[A-Za-z_][A-Za-z0-9_.$]{0,63}\\1");

    private static final Pattern NAMING_WORD = Pattern.compile(
            "(?i)\\b(?:constraint|relation|table|view|column|index|key|sequence|schema|database|role|user|function|variable"
                    + "|parameter|setting) $");

    /** Counts, as pools and databases report them: {@code (total=2, active=2)}. */
    private static final Pattern COUNTS = Pattern.compile("\\((?:[a-z]+=)?\\d{1,9}(?:, [a-z]+=\\d{1,9})*\\)");

    /** What may be a secret, a hash or an identifier if it is not made of words. */
    private static final Pattern LONG_RUN = Pattern.compile("[A-Za-z0-9_+-]{16,}");

    private static final Pattern SEPARATOR = Pattern.compile("[-_]");

    private static final Pattern WORD =
            Pattern.compile("[a-z]{0,15}|[A-Z]{1,15}|(?:[A-Z]{1,10}[a-z]{2,15})+|\\d{1,5}|[a-z]{1,12}\\d{1,3}");

    /** Characters without a shape of their own that Unicode counts among letters and marks. */
    private static final List<Integer> BLANK_LETTERS = List.of(0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0);

    private LogText() {}

    /**
     * Returns the text with every character that is invisible, breaks a line or changes the direction of writing as
     * {@code \}{@code uXXXX}, one for each UTF-16 unit. Inside a JSON string, that is the same value.
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

    /** Fillers and variation selectors. */
    private static boolean isBlank(int c) {
        return (c >= 0xfe00 && c <= 0xfe0f)
                || (c >= 0x180b && c <= 0x180f)
                || (c >= 0xe0100 && c <= 0xe01ef)
                || BLANK_LETTERS.contains(c);
    }

    /**
     * Returns what an exception's text says, without the data that it says it of. Databases quote rows, keys and parameters,
     * the JDK what it could not parse, and applications what a client sent. So the first line alone is kept, up to the first
     * quoted, bracketed or assigned value, and in it no long run of characters that is not made of words. Names that the text
     * itself calls a table, a constraint and so on stay, as do counts. The result has at most 300 characters, and is escaped.
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

    /** Where a name or a count ends that starts there; -1 if what starts there may be anything. */
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
