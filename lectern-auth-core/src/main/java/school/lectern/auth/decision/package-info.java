/** The question that is put to the library, and its answer. */
@NullMarked
package school.lectern.auth.decision;

import org.jspecify.annotations.NullMarked;
