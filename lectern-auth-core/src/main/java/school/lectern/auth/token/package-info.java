/** Tokens: the stored row of each token, the hash of its secret, and the verification of a secret against that hash. */
@NullMarked
package school.lectern.auth.token;

import org.jspecify.annotations.NullMarked;
