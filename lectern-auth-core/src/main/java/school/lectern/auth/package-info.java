/** API tokens for Java: {@link school.lectern.auth.LecternAuth} judges them, {@link school.lectern.auth.TokenIssuer} makes and changes them. */
@NullMarked
package school.lectern.auth;

import org.jspecify.annotations.NullMarked;
