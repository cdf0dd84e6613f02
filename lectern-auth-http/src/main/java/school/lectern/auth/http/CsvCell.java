package school.lectern.auth.http;

import school.lectern.auth.log.LogText;

/**
 * A cell of a CSV file (RFC 4180) that a spreadsheet does not execute as a formula. Some cells contain text that a client sent,
 * and a spreadsheet evaluates a cell that starts with one of a few characters as a formula, whether it is quoted or not. So
 * such a cell is prefixed with an apostrophe, as is a cell that starts with an apostrophe: a reader that removes one leading
 * apostrophe from each cell has the original values. Invisible characters are escaped as by {@link LogText#escape}.
 */
final class CsvCell {

    /** The first characters of formulas, half and full width, and the apostrophe itself. */
    private static final String FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20'";

    /** Characters that must be quoted; in some languages, spreadsheets separate cells by semicolons. */
    private static final String SEPARATORS = "\",;";

    private CsvCell() {}

    /** Returns the cell in the form in which it is written between two commas. */
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
