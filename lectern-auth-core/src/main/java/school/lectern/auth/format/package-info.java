/** The format of a credential: how a token is written, generated, recognized and redacted, and the type of a secret. */
@NullMarked
package school.lectern.auth.format;

import org.jspecify.annotations.NullMarked;
