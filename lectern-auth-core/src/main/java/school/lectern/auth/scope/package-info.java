/** The scopes of tokens: names, sets of them, and the grammar that defines which exist and which implies which. */
@NullMarked
package school.lectern.auth.scope;

import org.jspecify.annotations.NullMarked;
