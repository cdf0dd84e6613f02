/** What a token may do: actions on resources, and the algebra of sets of them. */
@NullMarked
package school.lectern.auth.scope;

import org.jspecify.annotations.NullMarked;
