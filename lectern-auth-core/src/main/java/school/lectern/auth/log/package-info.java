/** Texts that may be written to a log: without line breaks, invisible characters, or the data that exceptions quote. */
@NullMarked
package school.lectern.auth.log;

import org.jspecify.annotations.NullMarked;
