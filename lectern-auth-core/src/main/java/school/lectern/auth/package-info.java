/**
 * API tokens for Java. {@link school.lectern.auth.LecternAuth} decides about requests with tokens, and leads to the operations
 * that issue and change them.
 */
@NullMarked
package school.lectern.auth;

import org.jspecify.annotations.NullMarked;
