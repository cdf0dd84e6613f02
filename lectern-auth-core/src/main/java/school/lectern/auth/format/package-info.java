/** The shape of a credential: how a token is written, generated, recognized and redacted, and the type that holds a secret. */
@NullMarked
package school.lectern.auth.format;

import org.jspecify.annotations.NullMarked;
