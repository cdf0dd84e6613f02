/** Versions of an API, and the choice of the version that applies to a request. */
@NullMarked
package school.lectern.auth.version;

import org.jspecify.annotations.NullMarked;
