/** Texts that are safe to log: without line breaks, invisible characters, and the data that texts of exceptions contain. */
@NullMarked
package school.lectern.auth.log;

import org.jspecify.annotations.NullMarked;
