package school.lectern.auth.http;

import school.lectern.auth.log.LogText;

/**
 * A cell of a CSV file (RFC 4180) that spreadsheets show and do not run. Some cells are text that a client sent, and
 * a spreadsheet takes a cell for a formula that starts with one of a few characters, whether it is quoted or not. So such a
 * cell gets an apostrophe in front, and a cell that starts with an apostrophe gets another: a reader that removes one leading
 * apostrophe from each cell has the values as they are. Invisible characters are escaped as {@link LogText#escape} does.
 */
final class CsvCell {

    /** The first characters of formulas, half and full width, and the apostrophe that marks such cells. */
    private static final String FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20'";

    /** Characters that must be quoted; in some languages, spreadsheets separate cells by semicolons. */
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
