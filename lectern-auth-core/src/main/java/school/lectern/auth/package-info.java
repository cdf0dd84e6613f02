/**
 * API tokens for Java. {@link school.lectern.auth.LecternAuth} decides about requests with tokens, and provides the operations
 * that issue and change tokens.
 */
@NullMarked
package school.lectern.auth;

import org.jspecify.annotations.NullMarked;
