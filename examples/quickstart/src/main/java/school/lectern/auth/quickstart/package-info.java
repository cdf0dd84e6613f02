/** A small API that is guarded by the library. {@link school.lectern.auth.quickstart.Quickstart} wires it together. */
@NullMarked
package school.lectern.auth.quickstart;

import org.jspecify.annotations.NullMarked;
