/** A token system as configuration: format, scopes, limits, headers, errors and how they are written. */
@NullMarked
package school.lectern.auth.dialect;

import org.jspecify.annotations.NullMarked;
