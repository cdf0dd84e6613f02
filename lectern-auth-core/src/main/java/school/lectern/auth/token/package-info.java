/** The token itself: its shape, its secret, its hash, and the row that is kept of it. */
@NullMarked
package school.lectern.auth.token;

import org.jspecify.annotations.NullMarked;
