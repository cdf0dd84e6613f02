/** The request and its requirement, and the decision about them. */
@NullMarked
package school.lectern.auth.decision;

import org.jspecify.annotations.NullMarked;
