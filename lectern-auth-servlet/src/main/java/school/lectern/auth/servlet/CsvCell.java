package school.lectern.auth.servlet;

import school.lectern.auth.log.LogText;

/**
 * A cell of a CSV file (RFC 4180) that spreadsheets show and do not run. Some of what is exported is a client's own word, and
 * a spreadsheet takes a cell for a formula that starts with one of a few characters, whether it is quoted or not. So such a
 * cell gets an apostrophe in front, and a cell that starts with an apostrophe gets another: a reader that removes one leading
 * apostrophe from each cell has the values as they are. Invisible characters are escaped as {@link LogText#escape} does.
 */
final class CsvCell {

    /** What formulas start with, half and full width, and the apostrophe that marks what starts so. */
    private static final String FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20'";

    /** What must be quoted; the semicolon where a spreadsheet's language separates cells by it. */
    private static final String SEPARATORS = "\",;";

    private CsvCell() {}

    /** Returns the cell as it is written between two commas. */
    static String of(String value) {
        String text = LogText.escape(value);
        String shown = text.stripLeading();
        boolean runs = !shown.isEmpty() && FORMULA_STARTS.indexOf(shown.charAt(0)) >= 0;
        return quote(runs ? '\'' + text : text);
    }

    private static String quote(String text) {
        boolean plain = text.chars().noneMatch(c -> SEPARATORS.indexOf(c) >= 0) && text.equals(text.strip());
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
