/** The permissions of tokens: actions on resources, sets of them, and operations on these sets. */
@NullMarked
package school.lectern.auth.scope;

import org.jspecify.annotations.NullMarked;
